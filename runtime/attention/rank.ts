/** The order of the attention queue: what unblocks most first, then what waited longest; and why, in words. Pure. */

import type { Mission } from '../mission/mission.ts';
import { isFinal } from '../mission/mission.ts';
import { dependants } from '../mission/plan.ts';
import type { Item } from './item.ts';

export type RankedItem = { readonly item: Item; readonly unblocks: number; readonly because: string };

/** Ranks `items`; `missionOf` finds the mission of an item. */
export function rank(items: readonly Item[], missionOf: (id: string) => Mission | undefined): readonly RankedItem[] {
  return items
    .map((item) => weigh(item, item.mission === null ? undefined : missionOf(item.mission)))
    .toSorted(
      (a, b) => b.unblocks - a.unblocks || compare(a.item.createdAt, b.item.createdAt) || compare(a.item.id, b.item.id),
    );
}

function weigh(item: Item, mission: Mission | undefined): RankedItem {
  if (item.state.name !== 'open') return { item, unblocks: 0, because: 'nothing waits for it any more' };
  if (item.kind === 'notice') return { item, unblocks: 0, because: 'nothing waits for it; it is to be known' };
  if (item.task === null || mission === undefined)
    return { item, unblocks: item.session === null ? 0 : 1, because: 'one session waits for it' };
  const open = new Set(mission.tasks.filter((task) => !isFinal(task)).map((task) => task.plan.id));
  const below = dependants(
    mission.tasks.map((task) => task.plan),
    item.task,
  ).filter((id) => open.has(id));
  const also = below.length === 0 ? '' : `, and ${below.join(', ')} after it`;
  return { item, unblocks: 1 + below.length, because: `\`${item.task}\` waits for it${also}` };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
