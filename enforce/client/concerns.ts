/** Whether a change at control concerns what a mandate's verdicts rest on. Pure. What is not known to be harmless does. */

import type { Artifact } from '@writ/authority';
import type { Change } from './watch.ts';

/** Whether `change` may make a verdict under `mandate` another one. `artifact`: what is held of it; without one, only its own events are known to. */
export function concerns({ type, stream, data }: Change, mandate: string, artifact: Artifact | null): boolean {
  if (type.startsWith('policy.') || type.startsWith('key.')) return true;
  const ids = [mandate, ...(artifact?.chain.map(({ id }) => id) ?? [])];
  if (type.startsWith('mandate.')) return type !== 'mandate.delegated' && ids.some((id) => stream === `mandate-${id}`);
  if (type === 'budget.spent') return ids.some((id) => stream === `spend-${id}`);
  if (type !== 'signal.reported') return false;
  const subject = typeof data === 'object' && data !== null && 'subject' in data ? data['subject'] : undefined;
  const subjects = artifact?.chain.flatMap(({ conditions }) => conditions.map((condition) => condition.subject)) ?? [];
  return typeof subject !== 'string' || subjects.includes(subject);
}
