/**
 * Who asked for something, as far as people stand behind it: whoever proposed or revised it, and where an agent did, whose agent that is.
 *
 * INVARIANT: an agent is never the one who asked: behind it stand the people who proposed its mandate, or one above or before it, and those who started it.
 */

import type { Core } from '../core.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';

type Known = Pick<Core, 'find' | 'projection'>;

const isAgent = (name: string): boolean => name.startsWith('agent:');

/** Who proposed or revised it, and behind the agents among them, the people. */
export function requestersOf(core: Known, record: MandateRecord): readonly string[] {
  const before = record.predecessor ?? record.mandate.parent;
  const behind = record.authors.some(isAgent) && before !== null ? peopleBehind(core, before) : [];
  return [...new Set([...record.authors, ...behind])];
}

/** The people whose agent works under a mandate: at any depth above it, and before any extension of it. */
export function peopleBehind(core: Known, mandate: string): readonly string[] {
  const { find, projection } = core;
  const people = new Set<string>();
  const leaf = current(find, mandate)?.mandate.id ?? mandate;
  const open = chainOf(find, leaf).map(({ id }) => id);
  const seen = new Set<string>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const record = seen.has(id) ? undefined : find(id);
    seen.add(id);
    if (record === undefined) continue;
    for (const name of [...record.authors, ...(projection.startedBy.get(id) ?? [])])
      if (!isAgent(name)) people.add(name);
    if (record.predecessor !== null) open.push(...chainOf(find, record.predecessor).map((one) => one.id));
  }
  return [...people];
}
