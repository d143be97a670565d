/** The record of a verdict that was not a permit: what was asked, what was answered, and by which versions. */

import type { PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Judgement } from '../judge.ts';
import { versionsOf } from '../judge.ts';
import { verdictStream } from '../streams.ts';

export type Refused = {
  readonly asked: 'check' | 'begin' | 'renew';
  readonly action: string;
  readonly resource: string;
  readonly parameterDigest: string;
  readonly evaluationId: string;
};

/** The write that keeps it, on a stream nobody relies on. */
export function refusedVerdict(core: Core, question: Refused, { verdict, chain }: Judgement): PlannedWrite {
  const known = chain.at(-1);
  const decision = verdict.decision === 'hold' ? 'hold' : 'refuse';
  const { asked, action, resource, parameterDigest, evaluationId } = question;
  const { actionClass, reason, judgedAt } = verdict;
  const versions = versionsOf(core);
  const data = {
    at: core.now(),
    evaluationId,
    mandate: known?.id ?? '',
    asked,
    action,
    resource,
    parameterDigest,
    actionClass,
    decision,
    reason,
    judgedAt,
    versions,
  } as const;
  return {
    stream: verdictStream(known?.id ?? 'unknown'),
    events: [{ type: 'verdict.refused', data }],
    project: known?.project ?? planeProject,
    lineage: known === undefined ? {} : { mandate: known.id, mandateVersion: known.version },
    relies: false,
  };
}
