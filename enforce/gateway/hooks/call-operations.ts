/**
 * The operations of a harness's tool calls: what is consequential in a call begins one before the call runs, and it is settled with what the harness
 * says of the call's end. Of writes inside the worktree one operation stands for the whole turn.
 *
 * It judges nothing. It refuses to let a call go on without its operation: where control ends one, the call's processes are ended. How a call ended is the
 * harness's word; where it says nothing, nobody knows, and that is what is settled.
 */

import { createHash, randomUUID } from 'node:crypto';
import { actionClasses, classOf } from '@writ/authority';
import type { Clock, Reading } from '../../client/clock.ts';
import { readClock } from '../../client/clock.ts';
import type { ControlClient } from '../../client/control-client.ts';
import type { Asked, Decided, First, Operation, Verdicts } from '../../client/verdicts.ts';
import type { Change } from '../../client/watch.ts';
import { reactionTo } from '../../enforcer/reaction.ts';
import { isSilence } from '../../enforcer/renewal-answer.ts';
import { renewOperation } from '../../enforcer/ask-control.ts';
import type { Settlement } from '../../enforcer/settlements.ts';
import { createSettlements } from '../../enforcer/settlements.ts';
import type { Lease } from '../../supervisor/lease.ts';
import { leaseStanding, leased } from '../../supervisor/lease.ts';
import { ticksNow } from '../../supervisor/process-tree.ts';
import type { CallOutcome } from '../adapters/adapter.ts';

export type CallOperationsDeps = {
  readonly verdicts: Verdicts;
  readonly control: ControlClient;
  /** The point's own bearer, which vouches for what was watched. */
  readonly pointToken: () => string | null;
  readonly clock: Clock;
  /** Ends what was started since `ticks`, as processes count; null: whatever runs. Says how many processes are left. */
  readonly endSince: (ticks: number | null, why: string) => Promise<number>;
  /** Whether its processes stand still: then a lease that ends is no reason to end them. */
  readonly standsStill: () => boolean;
};

export type Call = {
  /** By which the harness names it again at its end. */
  readonly id: string;
  /** Of the main conversation, or of a sub-agent, whose calls outlive a turn. */
  readonly isMain: boolean;
  /** It goes on after the harness has said that it ended. */
  readonly isBackground: boolean;
};

export interface CallOperations extends AsyncDisposable {
  /** Judges everything a call does, in order, to the first no; what takes two phases is begun. After a no nothing of the call is left open. */
  judge(call: Call, all: readonly Asked[]): Promise<readonly Decided[]>;
  /** The harness said how the call ended. */
  ended(call: string, outcome: CallOutcome): void;
  /** The main conversation's turn is over. `evidence`: what the worktree shows. */
  turnOver(evidence: () => Promise<string>): void;
  /** A change at control. */
  changed(change: Change): void;
  /** What is open and was not told to end: it stands still where its processes do. */
  readonly standing: ReadonlySet<string>;
  /** Nothing of it runs any more: settles what is left, with the outcome that is known. Resolves when control was told once. */
  close(outcome: Settlement['outcome'], evidence: string): Promise<void>;
}

type Held = {
  operation: string;
  readonly call: Call | null;
  readonly asked: Asked;
  readonly ticks: number | null;
  lease: Lease;
  isAsking: boolean;
  isEnding: boolean;
};

const askedLeaseMs = 60_000;
const tickMs = 500;
/** How many settlements wait for a control that is away. */
const mostWaiting = 1_000;

/** Follows nothing yet. */
export function createCallOperations(deps: CallOperationsDeps): CallOperations {
  const { verdicts, control, pointToken, clock, endSince, standsStill } = deps;
  const asker = { control, pointToken };
  const settlements = createSettlements(asker, mostWaiting);
  const held = new Set<Held>();
  let turn: Held | null = null;
  /** Calls that write in the worktree and have not ended, with when they began: the turn's operation stands for them. */
  const writing = new Map<string, { readonly isMain: boolean; readonly ticks: number | null }>();
  let beginningTurn: Promise<unknown> = Promise.resolve();
  let endingTurn: Promise<unknown> = Promise.resolve();
  const now = (): Reading => readClock(clock);

  function keep(operation: Operation, asked: Asked, call: Call | null, since: Reading): Held {
    const kept = { operation: operation.id, call, asked, ticks: ticksNow(), isAsking: false, isEnding: false };
    const one: Held = { ...kept, lease: leased(askedLeaseMs, operation, since) };
    held.add(one);
    return one;
  }

  function settle(one: Held, outcome: Settlement['outcome'], evidence: string): Promise<void> {
    if (!held.delete(one)) return Promise.resolve();
    if (turn === one) turn = null;
    return settlements.say({ operation: one.operation, credential: one.asked.credential, outcome, evidence });
  }

  /** The first write of a turn begins the operation that stands for all of them; two at once begin one. */
  function ofTurn(asked: Asked, first: First): Promise<Decided> {
    const deciding = beginningTurn.then(async () => {
      if (turn !== null) return verdicts.decide(asked, first);
      const since = now();
      const decided = await verdicts.begin(asked, first);
      if (decided.operation !== null) turn = keep(decided.operation, asked, null, since);
      return { ...decided, operation: null };
    });
    beginningTurn = deciding.catch(() => undefined);
    return deciding;
  }

  async function decideOne(call: Call, asked: Asked, first: First): Promise<Decided> {
    const { recording } = actionClasses[classOf(asked.action, asked.containment)];
    if (recording === 'per_turn') writing.set(call.id, { isMain: call.isMain, ticks: ticksNow() });
    if (recording === 'per_turn' && turn === null) return ofTurn(asked, first);
    const since = now();
    const decided = await verdicts.decide(asked, first);
    if (decided.operation !== null) keep(decided.operation, asked, call, since);
    return decided;
  }

  const earliest = (): number | null => {
    const marks = [...writing.values()].map(({ ticks }) => ticks);
    return marks.reduce((least, mark) => (least === null || mark === null ? null : Math.min(least, mark)), Infinity);
  };

  /** Control ended it, or it can no longer be renewed: what it was for does not go on. */
  async function endHeld(one: Held, why: string): Promise<void> {
    if (!held.has(one)) return;
    const left =
      one.call !== null ? await endSince(one.ticks, why) : writing.size > 0 ? await endSince(earliest(), why) : 0;
    const evidence = left === 0 ? why : `${why}; ${String(left)} processes did not end`;
    await settle(one, left === 0 ? 'interrupted' : 'unknown', evidence);
  }

  /** What stood still beyond its lease goes on only under a new operation, judged anew. */
  async function beginAgain(one: Held): Promise<void> {
    const since = now();
    const asked = { ...one.asked, parameters: { ...one.asked.parameters, resumes: one.operation } };
    const begun = await verdicts.begin(asked, { key: randomUUID(), leaseMs: askedLeaseMs });
    if (begun.operation === null) {
      if (begun.from === 'control') await endHeld(one, `its lease ended, and it may not go on: ${begun.sentence}`);
      return;
    }
    const old = one.operation;
    one.operation = begun.operation.id;
    one.lease = leased(askedLeaseMs, begun.operation, since);
    const evidence = `it stood still until its lease ended; goes on as operation \`${one.operation}\``;
    await settlements.say({ operation: old, credential: one.asked.credential, outcome: 'interrupted', evidence });
  }

  async function renew(one: Held): Promise<void> {
    const askedAt = now();
    const asking = { credential: one.asked.credential, leaseMs: askedLeaseMs };
    const answer = await renewOperation(asker, asking, one.operation);
    if (!held.has(one)) return;
    if (answer.ok && answer.value.interrupt_requested) return endHeld(one, 'it was told to stop');
    if (answer.ok) one.lease = leased(askedLeaseMs, answer.value, askedAt);
    else if (isSilence(answer.problem)) return;
    else if (answer.problem.code === 'operation_over' && leaseStanding(one.lease, askedAt) === 'over')
      return beginAgain(one);
    else if (!standsStill()) return endHeld(one, answer.problem.detail);
  }

  const renewing = async (one: Held): Promise<void> => {
    if (one.isAsking || leaseStanding(one.lease, now()) === 'held') return;
    one.isAsking = true;
    try {
      await renew(one);
    } finally {
      one.isAsking = false;
    }
  };

  const ticker = setInterval(() => {
    for (const one of [...held]) void renewing(one);
    void settlements.flush();
  }, tickMs);
  ticker.unref();

  return {
    async judge(call, all) {
      const answers: Decided[] = [];
      for (const [index, asked] of all.entries()) {
        const key = call.id === '' ? randomUUID() : keyOf(asked.session, call.id, index);
        const decided = await decideOne(call, asked, { key, leaseMs: askedLeaseMs });
        answers.push(decided);
        if (decided.decision === 'permit') continue;
        writing.delete(call.id);
        for (const one of [...held])
          if (one.call === call)
            void settle(one, 'interrupted', 'another part of the call was refused, so that nothing of it ran');
        break;
      }
      return answers;
    },
    ended(id, outcome) {
      writing.delete(id);
      for (const one of [...held]) {
        if (one.call?.id !== id || (one.call.isBackground && outcome === 'done')) continue;
        void settle(one, outcome === 'done' ? 'done' : 'failed', `the harness said that ${wordOn[outcome]}`);
      }
    },
    turnOver(evidence) {
      const over = turn;
      turn = null;
      for (const [id, { isMain }] of writing) if (isMain) writing.delete(id);
      if (over !== null) endingTurn = evidence().then((text) => settle(over, 'done', text));
      for (const one of [...held])
        if (one.call?.isMain === true && !one.call.isBackground)
          void settle(one, 'unknown', 'its turn was over, and the harness did not say how the call ended');
    },
    changed({ type, stream }) {
      const reaction = reactionTo({ type, stream });
      if (reaction.what !== 'interrupt') return;
      for (const one of [...held]) if (one.operation === reaction.operation) void endHeld(one, 'it was told to stop');
    },
    get standing() {
      return new Set([...held].filter(({ isEnding }) => !isEnding).map(({ operation }) => operation));
    },
    async close(outcome, evidence) {
      await endingTurn;
      await Promise.all([...held].map((one) => settle(one, outcome, evidence)));
    },
    async [Symbol.asyncDispose]() {
      clearInterval(ticker);
      await settlements.flush();
    },
  };
}

const wordOn: Readonly<Record<CallOutcome, string>> = {
  done: 'the call ended',
  failed: 'the call failed',
  denied: 'it denied the call, so that nothing of it ran',
};

/** The same hook again is the same key, whatever the harness calls its calls. */
const keyOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
