/** Finding one's way among mandates: successors, ancestors, descent. Reads, never decides. */

import type { Mandate } from '@writ/authority';
import type { MandateRecord } from './mandate-record.ts';

export type Lookup = (id: string) => MandateRecord | undefined;

/** The mandate that answers for `id` now: itself, or the last of its successors. Undefined when it does not exist. */
export function current(find: Lookup, id: string): MandateRecord | undefined {
  let record = find(id);
  // The log cannot hold a cycle: a successor is always created in the append that supersedes.
  while (record?.mandate.state.name === 'superseded') record = find(record.mandate.state.successor);
  return record;
}

/** The mandate and its ancestors, root first. Empty when the mandate or an ancestor is unknown. */
export function chainOf(find: Lookup, id: string): readonly Mandate[] {
  const chain: Mandate[] = [];
  for (let at: string | null = id; at !== null;) {
    const record = find(at);
    if (record === undefined) return [];
    chain.push(record.mandate);
    at = record.mandate.parent;
  }
  return chain.reverse();
}

/** Whether `id`, or what answers for it now, stands under `ancestor` or is it. */
export function isWithin(find: Lookup, id: string, ancestor: string): boolean {
  const leaf = current(find, id);
  return leaf !== undefined && chainOf(find, leaf.mandate.id).some((mandate) => mandate.id === ancestor);
}
