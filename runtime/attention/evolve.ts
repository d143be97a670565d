/** The fold of an item's log. */

import type { Item, ItemEvent } from './item.ts';

/** The item after `event`; `undefined` before the first. */
export function evolve(
  item: Item | undefined,
  event: ItemEvent,
  stamp: { readonly stream: string; readonly version: number; readonly at: string },
): Item {
  if (event.type === 'item.opened') {
    if (item !== undefined) throw new Error(`the log is corrupt: \`${stamp.stream}\` was opened twice`);
    const id = stamp.stream.slice(stamp.stream.indexOf('/') + 1);
    return { id, ...event.data, state: { name: 'open' }, version: stamp.version, createdAt: stamp.at };
  }
  if (item?.state.name !== 'open')
    throw new Error(`the log is corrupt: \`${event.type}\` on \`${stamp.stream}\`, which is not open`);
  switch (event.type) {
    case 'item.answered':
      return { ...item, state: { name: 'answered', ...event.data }, version: stamp.version };
    case 'item.voided':
      return { ...item, state: { name: 'void', reason: event.data.reason }, version: stamp.version };
  }
}
