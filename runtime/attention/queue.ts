/** Opening items and waiting for their answers. An item is durable before anybody is asked, and is answered from anywhere, also after a restart. */

import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Session } from '../session/session.ts';
import { decide } from './decide.ts';
import type { ItemKind, ItemOption } from './events.ts';
import type { Item } from './item.ts';

export type Ask = {
  readonly kind: ItemKind;
  readonly ask: string;
  /** The question at control whose answer sets it going; null where there is none. */
  readonly approval: string | null;
  readonly options: readonly ItemOption[];
  readonly recommendation: string | null;
  /** Who asks; the item belongs to its mission, task and mandate. */
  readonly session: Session;
};

/** Puts one item into the queue. */
export async function openItem(
  { records, newId }: Ports,
  { kind, ask, approval, options, recommendation, session }: Ask,
): Promise<Item> {
  const { project, mission, task, mandate, id } = session;
  return records.items.create(
    newId('q'),
    [
      {
        type: 'item.opened',
        data: { kind, ask, approval, options, recommendation, project, mission, task, mandate, session: id },
      },
    ],
    project,
    itself,
  );
}

/** Resolves when the item is no longer open, or as it stands when `signal` aborts. */
export function waitForItem({ records }: Ports, id: string, signal: AbortSignal): Promise<Item> {
  const read = (): Item => {
    const item = records.items.get(id);
    if (item === undefined) throw new Error(`item \`${id}\` was never opened`);
    return item;
  };
  return new Promise((resolve) => {
    const look = (): void => {
      if (read().state.name === 'open' && !signal.aborted) return;
      listening[Symbol.dispose]();
      signal.removeEventListener('abort', look);
      resolve(read());
    };
    const listening = records.onChange(look);
    signal.addEventListener('abort', look);
    look();
  });
}

/** Takes those of `items` that are open out of the queue. */
export async function voidItems({ records }: Ports, items: readonly Item[], reason: string): Promise<void> {
  for (const item of items) {
    if (item.state.name !== 'open') continue;
    await records.items.act(item.id, (state) => decide(state, { do: 'void', reason }), itself);
  }
}
