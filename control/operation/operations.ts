/**
 * Verdicts and two-phase operations: check and renew, with what `beginning.ts` and `settling.ts` do beside. (Redeeming is `redeem.ts`.) Each asks
 * the one evaluator; none judges for itself.
 */

import { actionClasses } from '@writ/authority';
import type { Verdict } from '@writ/authority';
import type { Approvals } from '../approval/approvals.ts';
import type { Caller, PointKind } from '../caller.ts';
import type { Core } from '../core.ts';
import { changedWrites } from '../history/judged.ts';
import type { Judgement } from '../judge.ts';
import { restingOn, judgeAgain, tokenFacts } from '../judge.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { destinationOf, destinationStreams, whyMoved } from '../sink/destination.ts';
import type { Signers } from '../token/keys.ts';
import type { Ask, Checked } from './ask.ts';
import { judgeFresh, tooOld } from './ask.ts';
import type { Begin } from './beginning.ts';
import { createBegin } from './beginning.ts';
import { leaseFor, renew } from './decide.ts';
import type { Learning } from './learning.ts';
import { createLearning } from './learning.ts';
import type { OperationRecord } from './operation-record.ts';
import { keepRefused } from './refused-verdict.ts';
import { longestSilenceMs } from '../writing.ts';
import type { Settling } from './settling.ts';
import { createSettling } from './settling.ts';
import { changed, interruptWrites, mayNotHold, placeOf } from './standing.ts';

export interface Operations extends Settling, Learning {
  /** The verdict. One that is not a permit is recorded before it is answered; the same one again is counted. */
  check(ask: Ask, by: Caller): Promise<Outcome<Checked>>;
  readonly begin: Begin;
  /** `beside`: the enforcement point that speaks with the agent's credential. What was begun with one needs one. */
  renew(id: string, leaseMs: number, by: Caller, beside?: PointKind): Promise<Outcome<OperationRecord>>;
}

/** The operations, over `core`. */
export function createOperations(core: Core, keys: Signers, approvals: Pick<Approvals, 'askApproval'>): Operations {
  const { projection } = core;

  async function check(asked: Ask, by: Caller): Promise<Outcome<Checked>> {
    const old = asked.atLeast === undefined ? undefined : await tooOld(core, asked.atLeast);
    if (old !== undefined) return old;
    const now = core.now();
    const judged = await judgeFresh(core, asked, by);
    const checked = {
      verdict: judged.verdict,
      evaluationId: core.newId('e'),
      position: projection.position,
      parameterDigest: judged.parameterDigest,
      restsOnApproval:
        judged.verdict.decision === 'permit' && Object.keys(restingOn(core, asked, judged).on).length > 0,
    };
    const sent = destinationOf(core, asked);
    if (judged.verdict.decision === 'permit' && !sent.ok) return sent;
    const { action, resource } = asked;
    if (judged.verdict.decision !== 'permit') {
      const evaluationId = await keepRefused(core, by, { ...checked, asked: 'check', action, resource }, judged);
      return done({ ...checked, evaluationId });
    }
    // What is judged at the head of the journal has been asked of the store just now.
    core.writing.assertOpen(judged.verdict.freshnessMs || longestSilenceMs);
    // What has two phases is noted when it begins.
    if (actionClasses[judged.verdict.actionClass].freshness.kind === 'fresh') return done(checked);
    const writes = changedWrites(core, judged.chain, action);
    await core.commit(by, () => done({ writes, reliedOn: [], value: undefined }));
    const validUntil = Math.min(judged.verdict.validUntil, now + judged.verdict.freshnessMs);
    return done({ ...checked, verdict: { ...judged.verdict, validUntil } });
  }

  /** What may not go on is told to stop, where its class is interrupted by a pause: a yes later on does not bring its permit back. */
  async function stopRefused(id: string, by: Caller, { mandate, policy, reason }: Verdict): Promise<void> {
    // Whoever has a credential that is worth nothing stops no work with it; and what a budget does to work under way is done where it is spent.
    if ((mandate.yes && policy.yes) || reason.code === 'budget_spent') return;
    await core.commit(by, () => {
      const operation = projection.operations.get(id);
      const writes = operation === undefined ? [] : interruptWrites(core, operation);
      return done({ writes, reliedOn: [], value: undefined });
    });
  }

  async function renewLease(
    id: string,
    leaseMs: number,
    by: Caller,
    beside?: PointKind,
  ): Promise<Outcome<OperationRecord>> {
    let refused: { readonly judged: Judgement; readonly operation: OperationRecord } | undefined;
    const outcome = await changed(core, id, by, (operation) => {
      refused = undefined;
      const notHeld = mayNotHold(core, by, operation, beside);
      if (notHeld !== undefined) return notHeld;
      const moved = whyMoved(core, operation.begun);
      if (moved !== undefined) return refuse({ code: 'operation_over', operation: id, sentence: moved });
      const judged = judgeAgain(core, operation, tokenFacts(core, by, operation.begun.boundTo));
      if (judged.verdict.decision !== 'permit') {
        refused = { judged, operation };
        return refuse({ code: 'verdict', verdict: judged.verdict });
      }
      const renewed = renew(operation, leaseFor(leaseMs, judged.verdict, core.now()), core.now());
      return renewed.ok
        ? done({
            writes: [{ ...placeOf(operation), events: renewed.events }],
            reliedOn: [...judged.reliedOn, ...destinationStreams(operation.begun.destination)],
            value: undefined,
          })
        : renewed;
    });
    if (refused !== undefined) {
      const { judged, operation } = refused;
      const { action, resource, parameterDigest } = operation.begun;
      const question = { asked: 'renew', action, resource, parameterDigest, evaluationId: core.newId('e') } as const;
      await keepRefused(core, by, question, judged);
      await stopRefused(id, by, judged.verdict);
    }
    return outcome;
  }

  return {
    check,
    begin: createBegin(core, keys, approvals),
    renew: renewLease,
    ...createSettling(core),
    ...createLearning(core),
  };
}
