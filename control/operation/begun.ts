/** What a begin writes, and the answer it gives again when its key is resent. */

import type { Verdict } from '@writ/authority';
import { drawWrites } from '../budget/draw.ts';
import type { Actor } from '../caller.ts';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { beganWrites } from '../history/judged.ts';
import type { Judgement } from '../judge.ts';
import type { Destination } from '../sink/events.ts';
import type { Rest } from '../judge.ts';
import { versionsOf } from '../judge.ts';
import { usedWrites } from '../advance/in-force.ts';
import { approvalStream, operationStream } from '../streams.ts';
import { leaseFor } from './decide.ts';
import type { Begun } from './events.ts';
import type { OperationRecord } from './operation-record.ts';
import type { Ask, Checked } from './ask.ts';

/** The writes that begin it: the operation, and its draw on the account of its mandate. */
export function beginWrites(
  core: Core,
  id: string,
  asked: Ask,
  { verdict, chain, draws, parameterDigest }: Judgement,
  how: {
    readonly by: Actor;
    readonly leaseMs: number;
    readonly requestDigest: string;
    readonly evaluationId: string;
    /** The yes of a person the verdict rests on, where it needed one. */
    readonly rest: Rest;
    readonly destination: Destination | undefined;
  },
): readonly PlannedWrite[] {
  const at = core.now();
  const leaf = chain.at(-1);
  const { by, leaseMs, requestDigest, evaluationId, rest, destination } = how;
  const { approval, advance } = rest.on;
  const validUntil = Math.min(verdict.validUntil, rest.until);
  const { action, resource, facts, containment, session, vouchedBy } = asked;
  const begun: Begun = {
    at,
    id,
    project: leaf?.project ?? '',
    mandate: leaf?.id ?? '',
    action,
    resource,
    facts,
    containment,
    session,
    requestDigest,
    evaluationId,
    actionClass: verdict.actionClass,
    parameterDigest,
    holder: by.actor,
    boundTo: by.mandate,
    run: by.run,
    ...(vouchedBy !== undefined && { vouchedBy }),
    ...rest.on,
    ...(destination !== undefined && { destination }),
    leaseUntil: at + leaseFor(leaseMs, { ...verdict, validUntil }, at),
    judgedAt: verdict.judgedAt,
    validUntil,
    versions: versionsOf(core),
  };
  const lineage = {
    mandate: begun.mandate,
    mandateVersion: leaf?.version ?? 0,
    agent: by.actor,
    attempt: by.run,
    ...(session !== null && { session }),
  };
  const place = { project: begun.project, lineage };
  return [
    { ...place, stream: operationStream(id), events: [{ type: 'operation.begun', data: begun }] },
    ...(approval === undefined
      ? []
      : [
          {
            ...place,
            stream: approvalStream(approval),
            events: [{ type: 'approval.used', data: { at, approval, operation: id } }],
          } satisfies PlannedWrite,
        ]),
    ...usedWrites(advance, id, at, place),
    ...beganWrites(core, chain, { ...asked, operation: id }, place),
    ...drawWrites(core, { operation: id, chain, draws }, place),
  ];
}

/** The verdict an operation was begun with, as it was answered then. */
export function asPermitted({ begun }: OperationRecord): Checked {
  const yes = { yes: true } as const;
  const verdict: Verdict = {
    decision: 'permit',
    reason: { code: 'permitted' },
    token: yes,
    policy: yes,
    mandate: yes,
    actionClass: begun.actionClass,
    validUntil: begun.validUntil,
    freshnessMs: 0,
    judgedAt: begun.judgedAt,
  };
  const { evaluationId, parameterDigest, approval, advance } = begun;
  const restsOnApproval = approval !== undefined || advance !== undefined;
  return { verdict, evaluationId, position: 0, parameterDigest, restsOnApproval };
}
