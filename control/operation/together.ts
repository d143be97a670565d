/**
 * Begins that draw on one account, decided one after another and written by one append: many at once cost one commit, and none waits for another's.
 *
 * INVARIANT: each is decided as if those before it were written, and all are written or none is. One that touches what an earlier one of the append writes, the
 * accounts apart, waits for the next: a key, an approval and whatever else is for one use is seen by one.
 */

import type { Caller } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Plan, PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Outcome } from '../refusal.ts';
import { done } from '../refusal.ts';
import { isSpendStream } from '../streams.ts';

type Member = {
  readonly plan: () => Outcome<Plan<void>>;
  readonly resolve: (outcome: Outcome<void>) => void;
  readonly reject: (error: unknown) => void;
};

/** The most that are decided in one turn. */
const mostTogether = 128;

/** `write` is how a round gets to the journal, such as in turn with others that refill from the same account above. */
export type Together = (
  account: string,
  by: Caller,
  plan: Member['plan'],
  write: (round: () => Promise<void>) => Promise<void>,
) => Promise<Outcome<void>>;

export function createTogether({ commit, underWay }: Pick<Core, 'commit' | 'underWay'>): Together {
  const lines = new Map<string, Member[]>();

  async function round(by: Caller, line: Member[]): Promise<void> {
    const members = line.splice(0, mostTogether);
    try {
      const written = await commit(by, () => underWay.during(() => combined(members)));
      // A key that is too old refuses its own begin alone.
      if (!written.ok && written.refusal.code === 'idempotency_expired' && members.length > 1) {
        for (const member of members) await round(by, [member]);
        return;
      }
      const outcomes = written.ok ? written.value : members.map(() => written);
      members.forEach(({ resolve }, at) => {
        const outcome = outcomes[at];
        if (outcome !== undefined) resolve(outcome.ok ? done(undefined) : outcome);
      });
      line.unshift(...members.slice(outcomes.length));
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }

  return (account, by, plan, write) => {
    const key = `${account} ${nameOf(by)}`;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome<void>>();
    const member = { plan, resolve, reject };
    const waiting = lines.get(key);
    if (waiting !== undefined) {
      waiting.push(member);
      return promise;
    }
    const line = [member];
    lines.set(key, line);
    void (async () => {
      while (line.length > 0) await write(() => round(by, line));
      lines.delete(key);
    })();
    return promise;
  };
}

/** What became of the first members; those after them wait for the next append. */
type Round = readonly Outcome<void>[];

/** The plans of `members` as one. A plan is asked for only once those before it are in. */
function combined(members: readonly Member[]): Outcome<Plan<Round>> {
  const written = new Set<string>();
  const writes: PlannedWrite[] = [];
  const reliedOn = new Set<string>();
  const outcomes: Outcome<void>[] = [];
  for (const { plan } of members) {
    const outcome = plan();
    if (outcome.ok) {
      const own = outcome.value;
      const touched = [...own.writes.map(({ stream }) => stream), ...own.reliedOn];
      if (touched.some((stream) => written.has(stream))) break;
      for (const { stream } of own.writes) if (!isSpendStream(stream)) written.add(stream);
      for (const stream of own.reliedOn) reliedOn.add(stream);
      writes.push(...own.writes);
    }
    outcomes.push(outcome.ok ? done(undefined) : outcome);
  }
  return done({ writes, reliedOn: [...reliedOn], value: outcomes });
}
