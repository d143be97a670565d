/**
 * What follows from readings is derived, and written only where something runs. Beside it here: the same rules in the plainest words, mandate by
 * mandate and moment by moment, over the whole list of what was said.
 */

import fc from 'fast-check';
import type { Condition, SignalValue } from '@writ/authority';
import { describe, expect, it } from 'vitest';
import { emptyProjection, fold } from '../projection.ts';
import { person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

type Act =
  | { readonly what: 'say'; readonly subject: 'a' | 'b'; readonly value: SignalValue }
  | { readonly what: 'wait'; readonly ms: number }
  | { readonly what: 'pause' | 'unpause' | 'begin' | 'settle'; readonly on: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('say' as const),
      subject: fc.constantFrom('a' as const, 'b' as const),
      value: fc.constantFrom<SignalValue>('bad', 'good', 'good', 'fine', 7),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(1, 400, 600, 1_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom('pause' as const, 'unpause' as const, 'begin' as const, 'settle' as const),
      on: fc.nat(9),
    }),
  },
);

const condition = (id: string, subject: string, more: Partial<Condition> = {}): Condition => ({
  id,
  subject,
  test: 'not_equals',
  value: 'bad',
  onFailure: 'suspend',
  returns: 'automatically',
  holdMs: 0,
  maxAgeMs: null,
  whenUnreported: 'holds',
  ...more,
});

/** The mandates of every history: what each asks of the two subjects. */
const kinds: readonly (readonly Condition[])[] = [
  [condition('1', 'a')],
  [condition('1', 'a', { holdMs: 1_000 })],
  [condition('1', 'a', { holdMs: 1_000, maxAgeMs: 800 })],
  [condition('1', 'a', { returns: 'by_reinstatement' })],
  [condition('1', 'a', { onFailure: 'revoke' }), condition('2', 'b')],
  [condition('1', 'a'), condition('2', 'b', { holdMs: 500 })],
  [condition('1', 'a'), condition('2', 'b', { returns: 'by_reinstatement' })],
];

type Moment = { readonly at: number; readonly said?: { readonly subject: string; readonly value: SignalValue } };

/** One mandate in the plainest words. */
class Plain {
  readonly #conditions: readonly Condition[];
  /** Everything that was said, and every moment at which it was looked whether something had lasted. */
  readonly #moments: Moment[] = [];
  state: 'active' | 'paused' | 'held' | 'revoked' = 'active';
  #yesAfter = 0;

  constructor(conditions: readonly Condition[]) {
    this.#conditions = conditions;
  }

  moment(moment: Moment): void {
    this.#moments.push(moment);
    if (this.state === 'revoked') return;
    if (this.#conditions.some((one) => one.onFailure === 'revoke' && this.#failedSinceYes(one))) this.state = 'revoked';
    else if (this.state === 'paused') return;
    else this.state = this.#conditions.some((one) => this.#holdsBack(one)) ? 'held' : 'active';
    // Back by itself is a yes to what was before.
    if (this.state === 'active') this.#yesAfter = this.#moments.length;
  }

  /** Somebody's pause takes the place of a condition's hold: it ends by a person alone. */
  pause(): void {
    if (this.state === 'active' || this.state === 'held') this.state = 'paused';
  }

  mayUnpause = (): boolean =>
    (this.state === 'paused' || this.state === 'held') &&
    this.#conditions.every((one) => this.#latest(one.subject) !== 'bad');

  unpause(): void {
    this.state = 'active';
    this.#yesAfter = this.#moments.length;
  }

  #failedSinceYes({ subject }: Condition): boolean {
    return this.#moments.slice(this.#yesAfter).some(({ said }) => said?.subject === subject && said.value === 'bad');
  }

  #holdsBack(one: Condition): boolean {
    return this.#failedSinceYes(one) && (one.returns === 'by_reinstatement' || !this.#hasLasted(one));
  }

  /** Whether at some moment since it last failed it had held without a break for long enough. */
  #hasLasted({ subject, holdMs, maxAgeMs }: Condition): boolean {
    let since: number | undefined;
    let heard = -Infinity;
    let lasted = true;
    for (const { at, said } of this.#moments) {
      const isStale = maxAgeMs !== null && at - heard > maxAgeMs;
      if (said?.subject === subject) {
        if (isStale) since = undefined;
        heard = at;
        if (said.value === 'bad') [since, lasted] = [undefined, false];
        else if (typeof said.value !== 'string') since = undefined;
        else since ??= at;
      } else if (isStale) continue;
      const isLookedAt = said === undefined || said.subject === subject;
      if (isLookedAt && since !== undefined && at - since >= holdMs) lasted = true;
    }
    return lasted;
  }

  #latest = (subject: string): SignalValue | undefined =>
    this.#moments.findLast(({ said }) => said?.subject === subject)?.said?.value;
}

async function world(kit: TestControl) {
  const pairs: { readonly id: string; readonly plain: Plain }[] = [];
  for (const conditions of kinds) pairs.push({ id: await kit.approved({ conditions }), plain: new Plain(conditions) });
  const by = await Promise.all(pairs.map(({ id }) => kit.actorOf(id)));
  let keys = 0;
  const perform = async (one: Act): Promise<void> => {
    const { control, clock } = kit;
    if (one.what === 'say') {
      const { subject, value } = one;
      await control.report({ subject, value, source: undefined, sequence: undefined }, { by: person });
      for (const { plain } of pairs) plain.moment({ at: clock.now, said: { subject, value } });
      return;
    }
    if (one.what === 'wait') {
      clock.now += one.ms;
      await control.tick();
      for (const { plain } of pairs) plain.moment({ at: clock.now });
      return;
    }
    const { id, plain } = pairs[one.on % pairs.length]!;
    if (one.what === 'pause' && plain.state !== 'revoked') {
      await control.stop(id, { type: 'suspend', reason: '' }, { by: person });
      plain.pause();
    }
    if (one.what === 'unpause') {
      const back = await control.govern(id, { type: 'reinstate', reason: '' }, { by: person });
      expect({ one, back: back.ok }).toEqual({ one, back: plain.mayUnpause() });
      if (back.ok) plain.unpause();
    }
    if (one.what === 'begin')
      await control.begin(kit.push(id), 60_000, { by: by[one.on % pairs.length]!, key: String(keys++) });
    if (one.what === 'settle')
      for (const operation of control.state.openOperations)
        if (control.state.operations.get(operation)?.begun.mandate === id)
          await control.settle(operation, 'done', '', by[one.on % pairs.length]!);
  };
  const states = () => pairs.map(({ id }) => stateOf(kit, id));
  return { pairs, perform, states };
}

const names = { active: 'active', suspended: 'held', revoked: 'revoked' } as const;
function stateOf(kit: TestControl, id: string): string {
  const { state } = kit.control.answering(id)!.mandate;
  if (state.name === 'suspended' && state.cause.kind === 'person') return 'paused';
  return state.name in names ? names[state.name as keyof typeof names] : state.name;
}

const histories = fc.array(act, { minLength: 3, maxLength: 24 });

describe('what follows from readings', () => {
  it('is what the plain words say, at every step, and the same after a restart', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(histories, async (acts) => {
        await using kit = await testControl();
        const { pairs, perform, states } = await world(kit);
        for (const [step, one] of acts.entries()) {
          await perform(one);
          const wanted = pairs.map(({ plain }) => plain.state);
          expect({ step, one, states: states() }).toEqual({ step, one, states: wanted });
          for (const state of wanted) seen.set(state, (seen.get(state) ?? 0) + 1);
        }
        const before = pairs.map(({ id }) => kit.control.answering(id)?.mandate);
        await kit.restart();
        expect(pairs.map(({ id }) => kit.control.answering(id)?.mandate)).toEqual(before);
      }),
      { seed: 8, numRuns: 25 },
    );
    expect([...seen.keys()].sort()).toEqual(['active', 'held', 'paused', 'revoked']);
  }, 60_000);

  it('leaves nothing running that it stopped, and raises the epoch for every time it was not in force', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (acts) => {
        await using kit = await testControl();
        const { pairs, perform, states } = await world(kit);
        let before = pairs.map(({ id }) => kit.control.answering(id)!.mandate.epoch);
        let wasActive = states().map((state) => state === 'active');
        for (const one of acts) {
          await perform(one);
          const epochs = pairs.map(({ id }) => kit.control.answering(id)!.mandate.epoch);
          const isActive = states().map((state) => state === 'active');
          for (const [index, epoch] of epochs.entries()) {
            const ended = wasActive[index] === true && isActive[index] === false;
            expect({ one, index, raised: epoch > before[index]! }).toEqual({
              one,
              index,
              raised: epoch > before[index]! || ended,
            });
            expect(epoch).toBeGreaterThanOrEqual(before[index]!);
          }
          [before, wasActive] = [epochs, isActive];
          for (const id of kit.control.state.openOperations) {
            const { begun, state } = kit.control.state.operations.get(id)!;
            if (stateOf(kit, begun.mandate) !== 'active')
              expect(state).toMatchObject({ interrupt: { how: 'interrupt' } });
          }
        }
        // Whoever folds the log anew, or reads it up to any point, finds the same.
        const folded = emptyProjection();
        for (const envelope of await kit.journal.readAll()) fold(folded, envelope);
        for (const { id } of pairs) expect(folded.mandates.get(id)).toEqual(kit.control.state.mandates.get(id));
      }),
      { seed: 9, numRuns: 15 },
    );
  }, 60_000);
});
