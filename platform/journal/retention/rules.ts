/** What a plane was told to keep, and for how long: a fold of its stream `journal/retention`, the newest word on each kind of payload counting. What nobody spoke of is kept. */
import type { Envelope } from '../journal.ts';

export const retentionStream = 'journal/retention';
export const retentionType = 'journal.retention_set';

/** Data of events of `type` in `project` (null: in every project without a rule of its own) goes `days` after the event; null: it is kept. */
export type RetentionChange = { readonly project: string | null; readonly type: string; readonly days: number | null };

/** A change that is in force, and who made it. */
export type RetentionRule = RetentionChange & { readonly setBy: string; readonly setAt: string };

/** The longest that can be said, in days. */
export const mostDays = 36_500;

/** The rules in force, from the events of their stream. A rule that something is kept stands only where it is an exception. */
export function rulesIn(events: readonly Envelope[]): readonly RetentionRule[] {
  const rules = new Map<string, RetentionRule>();
  for (const { data, actor, at } of events) {
    const change = changeIn(data);
    if (change === undefined) continue;
    const key = JSON.stringify([change.project, change.type]);
    rules.delete(key);
    rules.set(key, { ...change, setBy: actor, setAt: at });
  }
  return [...rules.values()].filter(({ project, days }) => days !== null || project !== null);
}

/** The rule for an event, its project's own before the one for all. */
export function ruleFor(
  rules: readonly RetentionRule[],
  { project, type }: Pick<Envelope, 'project' | 'type'>,
): RetentionRule | undefined {
  const ofType = rules.filter((rule) => rule.type === type);
  return ofType.find((rule) => rule.project === project) ?? ofType.find((rule) => rule.project === null);
}

function changeIn(data: Envelope['data']): RetentionChange | undefined {
  if (typeof data !== 'object' || data === null || !('type' in data)) return undefined;
  const { project = null, type, days = null } = data;
  if (typeof type !== 'string' || (project !== null && typeof project !== 'string')) return undefined;
  return days === null || typeof days === 'number' ? { project, type, days } : undefined;
}
