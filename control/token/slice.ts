/**
 * Slices: calls set aside for one run at one enforcement point, so that the point can say yes that many times without asking. Until the point says how many it
 * used, all of them count as made; what it did not use comes back when the slice is closed.
 *
 * It refuses to hoard: a slice is a small part of what is left, so that others under the same budget are not refused for what nobody uses.
 */

import type { Mandate, Slice } from '@writ/authority';
import { amounts, isBounded, nothing } from '../budget/amounts.ts';
import { drawWrites } from '../budget/draw.ts';
import { leftFor } from '../budget/spend-facts.ts';
import type { Actor, Point } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { sliceStream, spendStream } from '../streams.ts';
import type { OpenSlice } from './slice-events.ts';

/** What a point says of a slice: how many of its calls it has used so far. */
export type SliceUse = { readonly id: string; readonly drawn: number };

/** A slice is at most this part of what is left, and at most so many calls. */
const sparePart = 8;
const mostCalls = 64;
/** With so little of a slice left, another one takes its place while it can still be waited for. */
const lowPart = 4;

/** Whether a run under `chain` needs a slice to be answered by a point. */
export const needsSlice = (chain: readonly Mandate[]): boolean => isBounded(chain, 'calls');

/** Whether the slice is still good for a while. */
export const lasts = ({ calls }: Pick<Slice, 'calls'>, drawn: number): boolean =>
  calls - drawn >= Math.max(1, Math.floor(calls / lowPart));

/** The writes that open a slice for a run; none where nothing is left. */
export function openSlice(
  core: Core,
  chain: readonly Mandate[],
  { point, by, replaces }: { readonly point: string; readonly by: Actor; readonly replaces: Slice['replaces'] },
): readonly PlannedWrite[] {
  const leaf = chain.at(-1);
  const left = leftFor(core.projection, chain).calls;
  if (leaf === undefined || !(left >= 1)) return [];
  const calls = Math.min(mostCalls, Math.max(1, Math.floor(left / sparePart)));
  const id = core.newId('slice');
  const place = placeOf(leaf, by.run);
  const slice: OpenSlice = { id, calls, replaces, point, mandate: leaf.id, run: by.run };
  return [
    { ...place, stream: sliceStream(id), events: [{ type: 'slice.opened', data: { at: core.now(), ...slice } }] },
    ...drawWrites(core, { operation: id, chain, draws: { ...nothing, calls } }, place),
  ];
}

/** The writes that close a slice: what was used of it stays counted, and no more than it had. */
export function closeSlice(core: Core, slice: OpenSlice, drawn: number, by: Point): readonly PlannedWrite[] {
  const mandate = core.find(slice.mandate)?.mandate;
  if (mandate === undefined) return [];
  const used = Math.min(slice.calls, Math.max(0, drawn));
  const made = amounts((kind) => (kind === 'calls' ? used : 0));
  const place = placeOf(mandate, slice.run);
  return [
    {
      ...place,
      stream: sliceStream(slice.id),
      events: [
        { type: 'slice.closed', data: { at: core.now(), id: slice.id, point: slice.point, run: slice.run, used } },
      ],
    },
    {
      ...place,
      stream: spendStream(slice.mandate),
      events: [
        {
          type: 'spend.used',
          data: {
            at: core.now(),
            mandate: slice.mandate,
            operation: slice.id,
            by: nameOf(by),
            used: made,
            held: made,
            source: 'reported',
            currency: null,
            isFinal: true,
          },
        },
      ],
    },
  ];
}

const placeOf = ({ id, project, actor }: Mandate, run: string): Pick<PlannedWrite, 'project' | 'lineage'> => ({
  project,
  lineage: { mandate: id, agent: actor, attempt: run },
});
