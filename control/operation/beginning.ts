/**
 * The first phase of an effect. Judged by the one evaluator, and appended only if everything the yes rests on is where it was.
 *
 * INVARIANT: `begin` is appended only if every mandate above, every signal their conditions read, the policy, and the account it draws on are where
 * they were when it was judged. So a revocation came first and `begin` is refused, or it comes after and finds the operation on its list.
 */

import type { Approvals } from '../approval/approvals.ts';
import { heldAs } from '../approval/held.ts';
import { needsRefill } from '../budget/draw.ts';
import { isNothing } from '../budget/amounts.ts';
import { announceSpent } from '../budget/spent.ts';
import { otherCurrency } from '../budget/usage.ts';
import type { Actor } from '../caller.ts';
import { callerKey } from '../caller.ts';
import type { Asked, Plan } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson } from '../digest.ts';
import { seesMandate } from '../identity/rights.ts';
import type { Judgement } from '../judge.ts';
import { drawOf, restingOn } from '../judge.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { destinationOf, destinationStreams } from '../sink/destination.ts';
import type { Signers } from '../token/keys.ts';
import { signPermit } from '../token/permit.ts';
import { createTurns } from '../turns.ts';
import type { Ask, Checked } from './ask.ts';
import { judgeAsk, tooOld } from './ask.ts';
import { asPermitted, beginWrites } from './begun.ts';
import type { OperationRecord } from './operation-record.ts';
import { keepRefused } from './refused-verdict.ts';
import { operationNotFound } from './standing.ts';
import { createTogether } from './together.ts';

export type BegunOperation = Checked & { readonly operation: OperationRecord; readonly permit: string };
export type Begin = (ask: Ask, leaseMs: number, asked: Asked) => Promise<Outcome<BegunOperation>>;

/** Beginning, over `core`. */
export function createBegin(core: Core, keys: Signers, { askApproval }: Pick<Approvals, 'askApproval'>): Begin {
  const { projection, commit } = core;
  const inTurn = createTurns();
  const together = createTogether(core);

  async function begin(asked: Ask, leaseMs: number, request: Asked): Promise<Outcome<BegunOperation>> {
    const { by, key } = request;
    if (by.kind !== 'actor')
      return refuse({
        code: 'not_yours',
        sentence: 'an operation is begun by the run that does it, with its own credential',
      });
    if (key === undefined || key === '') return refuse({ code: 'idempotency_key_required' });
    const old = await tooOld(core, asked.atLeast);
    if (old !== undefined) return old;
    const id = `op-${digestJson([callerKey(by), key]).slice(0, 22)}`;
    const requestDigest = digestJson(request.body ?? null);
    let refused: string | undefined;
    let judged: Judgement | undefined;
    const plan = (): Outcome<Plan<void>> => {
      refused = undefined;
      const existing = projection.operations.get(id);
      if (existing !== undefined)
        return existing.begun.requestDigest === requestDigest
          ? done({ writes: [], reliedOn: [], value: undefined })
          : refuse({ code: 'idempotency_conflict', key });
      judged = judgeAsk(core, asked, by);
      const evaluationId = core.newId('e');
      if (judged.verdict.decision !== 'permit') {
        refused = evaluationId;
        return refuse({ code: 'verdict', verdict: judged.verdict });
      }
      const inOther = asked.estimate && otherCurrency(judged.chain, asked.estimate);
      if (inOther !== undefined) return inOther;
      const sent = destinationOf(core, asked);
      if (!sent.ok) return sent;
      const { value: destination } = sent;
      const rest = restingOn(core, asked, judged);
      const how = { by, leaseMs, requestDigest, evaluationId, rest, destination };
      return done({
        writes: beginWrites(core, id, asked, judged, how),
        reliedOn: [...judged.reliedOn, ...destinationStreams(destination)],
        value: undefined,
      });
    };
    const outcome = await counted(core, () => drawing(asked, by, plan));
    if (judged !== undefined) await announceSpent(core, judged.chain, id);
    if (refused !== undefined && judged !== undefined) {
      const { action, resource } = asked;
      const { parameterDigest } = judged;
      const question = { asked: 'begin', action, resource, parameterDigest, evaluationId: refused } as const;
      await keepRefused(core, by, question, judged);
    }
    if (!outcome.ok) return heldOr(outcome, asked, by);
    const operation = projection.operations.get(id);
    if (operation === undefined) return operationNotFound(id);
    return done({
      ...asPermitted(operation),
      operation,
      permit: await signPermit(operation, keys),
      position: projection.position,
    });
  }

  /** What needs a person's yes is put before one; anything else is refused as it was. */
  async function heldOr(refused: Refused, asked: Ask, by: Asked['by']): Promise<Refused> {
    if (refused.refusal.code !== 'verdict' || refused.refusal.verdict.decision !== 'hold') return refused;
    const { verdict } = refused.refusal;
    const put = await askApproval(asked, { by });
    return refuse({ code: 'held', verdict, approval: heldAs(put) });
  }

  /** Begins that draw on one account are written together; those whose account has to be refilled take turns with all that refill from the highest above. */
  function drawing(asked: Ask, by: Actor, plan: () => Outcome<Plan<void>>): Promise<Outcome<void>> {
    const { chain, draws } = drawOf(core, asked);
    const [leaf, top] = [chain.at(-1)?.id ?? '', chain.find(({ budgets }) => budgets.length > 0)?.id];
    if (top === undefined || isNothing(draws) || !seesMandate(core, by, asked.mandate)) return commit(by, plan);
    const isShort = (): boolean => leaf !== top && needsRefill(core, drawOf(core, asked).chain, draws);
    return together(leaf, by, plan, (round) => (isShort() ? inTurn(top, round) : round()));
  }

  return begin;
}

/** Lets a stop know that a begin is on its way. */
async function counted<T>({ pendingBegins }: Core, work: () => Promise<T>): Promise<T> {
  pendingBegins.count += 1;
  try {
    return await work();
  } finally {
    pendingBegins.count -= 1;
  }
}
