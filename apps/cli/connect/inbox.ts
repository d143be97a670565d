/**
 * What waits for a person, from both planes: what the runtime's queue holds, and what control itself was asked to approve. A task that is parked
 * for a question at control is one entry, not two. A plane that does not answer contributes nothing, and that is said.
 */

import { controlApi, runtimeApi } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import { CommandEnd } from '../exit.ts';
import type { Context } from '../program/context.ts';
import type { AttentionWire, WaitingWire } from './wire.ts';

export type Entry =
  /** `item`: what of the runtime's waits for the same answer. */
  | { readonly at: 'control'; readonly waiting: WaitingWire; readonly item: AttentionWire | null }
  | { readonly at: 'runtime'; readonly item: AttentionWire };

export type Inbox = {
  readonly entries: readonly Entry[];
  /** What is to be known and asks for no answer. */
  readonly notices: readonly { readonly at: string; readonly sentence: string; readonly way_out: string }[];
  readonly silent: readonly ProblemWire[];
};

/** The id a person types. */
export const idOf = (entry: Entry): string => (entry.at === 'control' ? entry.waiting.id : entry.item.id);

/** Everything that waits, what unblocks most first; with `all`, also what the runtime has had answered. */
export async function readInbox({ planes }: Context, all: boolean): Promise<Inbox> {
  const runtime = await planes.runtime();
  const control = await planes.control();
  const [queue, asked] = await Promise.all([
    runtime.attempt(runtimeApi.inbox, { query: all ? { all: true } : {} }),
    control.attempt(controlApi.waiting),
  ]);
  const silent = [queue, asked].flatMap((result) => (result.ok ? [] : [result.problem]));
  const [first] = silent;
  if (first !== undefined && (silent.length === 2 || first.code !== 'not_running')) throw new CommandEnd(first);
  return {
    entries: merge(queue.ok ? queue.value.items : [], asked.ok ? asked.value.items : []),
    notices: asked.ok ? asked.value.notices : [],
    silent,
  };
}

/** One entry for each thing to answer, what unblocks most first, then what waited longest. Pure. */
export function merge(items: readonly AttentionWire[], waiting: readonly WaitingWire[]): readonly Entry[] {
  const open = items.filter(({ state }) => state === 'open');
  const entries: Entry[] = [
    ...waiting.map((one): Entry => {
      const item = open.find(({ approval }) => approval === one.id) ?? null;
      return { at: 'control', waiting: one, item };
    }),
    ...items
      .filter((item) => item.approval === null || !waiting.some(({ id }) => id === item.approval))
      .map((item): Entry => ({ at: 'runtime', item })),
  ];
  return entries.toSorted((a, b) => unblocks(b) - unblocks(a) || (since(a) < since(b) ? -1 : 1));
}

/** What waits at control keeps at least its agent waiting. */
const unblocks = (entry: Entry): number =>
  entry.at === 'runtime' ? (entry.item.state === 'open' ? entry.item.unblocks : -1) : (entry.item?.unblocks ?? 1);
const since = (entry: Entry): string => (entry.at === 'control' ? entry.waiting.since : entry.item.created_at);
