/**
 * A sink asks, as it commits, whether a permit is current, and takes its single use. Answers a value; whatever it answers is recorded.
 *
 * It refuses a permit that was not signed here, is for something else, was used, was suspended under, or whose mandate says no now.
 * INVARIANT: the use is taken by an append that expects the operation and everything the yes rests on to be where they were.
 */

import { explain } from '@writ/authority';
import type { Point } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Plan, PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Judgement } from '../judge.ts';
import { judgeAgain } from '../judge.ts';
import { current } from '../mandate/lineage.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { suspendedSince } from '../stop.ts';
import { operationStream, verdictStream } from '../streams.ts';
import { destinationStreams, whyMoved } from '../sink/destination.ts';
import { operationOf } from '../token/permit.ts';
import type { Signers } from '../token/keys.ts';
import { whyOver } from './decide.ts';
import type { OperationRecord } from './operation-record.ts';
import { parameterDigest } from './parameter-digest.ts';

export type RedeemAsked = {
  readonly permit: string;
  readonly action: string;
  readonly resource: string;
  readonly parameters: unknown;
  /** Which sink it is, where it says so. */
  readonly sink?: string | undefined;
};
/** `reason` is `current`, or one sentence. */
export type Redemption = {
  readonly current: boolean;
  readonly reason: string;
  readonly operation: string | null;
  readonly mandate: string | null;
};
export type Redeem = (asked: RedeemAsked, by: Point) => Promise<Outcome<Redemption>>;

/** Redeeming, over `core`. */
export function createRedeem(core: Core, keys: Signers): Redeem {
  const { projection, find, commit } = core;

  function plan(id: string | undefined, asked: RedeemAsked, by: Point): Outcome<Plan<Redemption>> {
    const operation = id === undefined ? undefined : projection.operations.get(id);
    if (operation === undefined)
      return refusedPlan(
        {
          current: false,
          reason: id === undefined ? 'the permit was not signed here' : 'what it was given for is over since long',
          operation: null,
          mandate: null,
        },
        asked,
      );
    const mandate = current(find, operation.begun.mandate)?.mandate.id ?? null;
    const judged = judgeAgain(core, operation);
    const reason = whyNotCurrent(operation, judged, asked);
    const answer: Redemption = {
      current: reason === undefined,
      reason: reason ?? 'current',
      operation: operation.begun.id,
      mandate,
    };
    if (reason !== undefined) return refusedPlan(answer, asked, operation.begun.project);
    const { begun } = operation;
    const lineage = {
      mandate: begun.mandate,
      agent: begun.holder,
      ...(begun.session !== null && { session: begun.session }),
    };
    const taken: PlannedWrite = {
      stream: operationStream(begun.id),
      events: [{ type: 'operation.redeemed', data: { at: core.now(), by: nameOf(by) } }],
      project: begun.project,
      lineage,
    };
    const reliedOn = [...judged.reliedOn, ...destinationStreams(begun.destination)];
    return done({ writes: [taken], reliedOn, value: answer });
  }

  function refusedPlan(
    answer: Redemption,
    { action, resource }: RedeemAsked,
    project = planeProject,
  ): Outcome<Plan<Redemption>> {
    const { operation, mandate, reason } = answer;
    const write: PlannedWrite = {
      stream: verdictStream(mandate ?? 'unknown'),
      events: [{ type: 'redemption.refused', data: { at: core.now(), operation, mandate, action, resource, reason } }],
      project,
      lineage: mandate === null ? {} : { mandate },
      relies: false,
    };
    return done({ writes: [write], reliedOn: [], value: answer });
  }

  function whyNotCurrent(operation: OperationRecord, { verdict }: Judgement, asked: RedeemAsked): string | undefined {
    const { begun } = operation;
    if (asked.action !== begun.action) return `it was given for \`${begun.action}\`, not \`${asked.action}\``;
    if (asked.resource !== begun.resource) return `it was given for \`${begun.resource}\`, not \`${asked.resource}\``;
    if (parameterDigest(asked.parameters) !== begun.parameterDigest) return 'it was given for other parameters';
    if (asked.sink !== undefined && begun.destination !== undefined && asked.sink !== begun.destination.sink)
      return `it was given for the sink \`${begun.destination.sink}\`, not \`${asked.sink}\``;
    if (operation.redeemedAt !== null)
      return `its single use was taken ${new Date(operation.redeemedAt).toISOString()}`;
    // The mandate speaks before the operation: a stop is the reason a person needs to see.
    if (verdict.decision !== 'permit') return explain(verdict.reason).sentence;
    const over = whyMoved(core, begun) ?? whyOver(operation, core.now());
    if (over !== undefined) return over;
    return suspendedSince(core, operation) !== undefined
      ? 'its mandate was suspended since it was given, which voids it for ever'
      : undefined;
  }

  return async (asked, by) => {
    // The use of a permit is a sink's to take: anybody else could only spend it without effect, and make the record say it landed.
    if (by.name !== 'sink')
      return refuse({
        code: 'not_yours',
        sentence: `a permit is redeemed by a sink as it commits, not by the ${by.name}`,
      });
    const id = operationOf(asked.permit, keys);
    return commit(by, () => plan(id, asked, by));
  };
}
