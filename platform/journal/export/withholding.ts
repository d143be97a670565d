/** Which events' data an export leaves out. What proves the log (checkpoints, erasures) is never left out. */
import type { EventPlace } from '../journal.ts';

/** Events of these streams, of these types or of these projects; a name that ends in `*` stands for all that begin so. */
export type Withholding = {
  readonly streams: readonly string[];
  readonly types: readonly string[];
  readonly projects: readonly string[];
};

export const nothingWithheld: Withholding = { streams: [], types: [], projects: [] };

/** Whether the data of `event` is left out. */
export function isWithheld(
  rules: Withholding,
  event: Pick<EventPlace, 'stream'> & { readonly type: string; readonly project: string },
): boolean {
  if (event.stream.startsWith('journal/')) return false;
  const isOne = (patterns: readonly string[], name: string): boolean =>
    patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  return isOne(rules.streams, event.stream) || isOne(rules.types, event.type) || isOne(rules.projects, event.project);
}
