/** The record of a verdict that was not a permit: what was asked, what was answered, and by which versions. What was only watched is another kind of event: it is nobody's refusal. */

import type { Caller } from '../caller.ts';
import { callerKey } from '../caller.ts';
import type { PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson } from '../digest.ts';
import type { RefusalEvent } from '../event.ts';
import type { Judgement } from '../judge.ts';
import { versionsOf } from '../judge.ts';
import { done } from '../refusal.ts';
import { verdictStream } from '../streams.ts';

export type Refused = {
  readonly asked: 'check' | 'begin' | 'renew';
  readonly action: string;
  readonly resource: string;
  readonly parameterDigest: string;
  readonly evaluationId: string;
};

/**
 * Keeps it, on a stream nobody relies on; the same answer to the same question of the same caller is counted instead. The id of the evaluation that is on record.
 */
export async function keepRefused(
  core: Core,
  by: Caller,
  question: Refused,
  { verdict, chain }: Judgement,
): Promise<string> {
  const known = chain.at(-1);
  const decision = verdict.decision === 'hold' ? ('hold' as const) : ('refuse' as const);
  // What was only watched stopped nobody; what would have begun and did not is a refusal, whoever watches.
  const isWatched = verdict.decision === 'would_refuse' && question.asked === 'check';
  const { asked, action, resource, parameterDigest, evaluationId } = question;
  const { actionClass, reason, judgedAt } = verdict;
  const mandate = known?.id ?? '';
  const exact = { mandate, asked, action, resource, parameterDigest, actionClass, reason, judgedAt };
  const data = { at: core.now(), evaluationId, ...exact, versions: versionsOf(core) } as const;
  const write = (event: RefusalEvent): PlannedWrite => ({
    stream: verdictStream(known?.id ?? 'unknown'),
    events: [event],
    project: known?.project ?? planeProject,
    lineage: known === undefined ? {} : { mandate: known.id, mandateVersion: known.version },
    relies: false,
  });
  const key = digestJson([callerKey(by), mandate, asked, action, resource, parameterDigest]);
  const { isFirst, id, due } = core.repeats.note(key, {
    variant: digestJson([isWatched ? 'would_refuse' : decision, reason]),
    id: evaluationId,
    counted: (times, since) => {
      const again = { ...data, at: core.now(), times, since };
      return write(
        isWatched
          ? { type: 'verdict.watched_again', data: again }
          : { type: 'verdict.refused_again', data: { ...again, decision } },
      );
    },
  });
  const first: RefusalEvent = isWatched
    ? { type: 'verdict.watched', data }
    : { type: 'verdict.refused', data: { ...data, decision } };
  const writes = [...due, ...(isFirst ? [write(first)] : [])];
  await core.commit(by, () => done({ writes, reliedOn: [], value: undefined }));
  return id;
}
