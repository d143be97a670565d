/**
 * Snapshots of several planes' journals that fit together: none knows of a checkpoint of another that the other's snapshot does not have. Planes write on while one is opened
 * after the other, so that a later one may know more than an earlier one has; it is cut there, and shown only up to that moment.
 *
 * It cuts nothing else: a checkpoint that the other plane's journal has lost by now was set back, and verification has to say so.
 */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { checkpointIn } from '../checkpoint/checkpoint.ts';
import { checkpointStream, witnessStream } from '../checkpoint/notary.ts';
import type { StorePlace } from '../place.ts';
import type { StoreSnapshot } from './store-snapshot.ts';
import { openSnapshot } from './open-snapshot.ts';
import { prefixOf } from './prefix.ts';

/** A plane's journal, and where it is. */
export type PlanePlace = { readonly plane: string; readonly place: StorePlace };

export type PlaneSnapshot = { readonly plane: string; readonly snapshot: StoreSnapshot };

/** Opens a snapshot of each place; whoever calls disposes of them. Rejects with a `JournalError`. */
export async function openTogether(
  places: readonly PlanePlace[],
  open: (place: StorePlace) => Promise<StoreSnapshot> = openSnapshot,
): Promise<readonly PlaneSnapshot[]> {
  await using stack = new AsyncDisposableStack();
  const together: (PlaneSnapshot & PlanePlace)[] = [];
  for (const { plane, place } of places) {
    // INVARIANT: opened in this order, an earlier one knows nothing of a later one that the later one does not have, cut or not.
    const snapshot = stack.use(await open(place));
    const end = await endBesides(snapshot, together, open);
    together.push({ plane, place, snapshot: end === undefined ? snapshot : prefixOf(snapshot, end) });
  }
  stack.move();
  return together;
}

/** The last position of `later` that fits what was opened before it; undefined when all of it does. */
async function endBesides(
  later: StoreSnapshot,
  earlier: readonly (PlaneSnapshot & PlanePlace)[],
  open: (place: StorePlace) => Promise<StoreSnapshot>,
): Promise<number | undefined> {
  const witnessed = await checkpointsIn(later, witnessStream);
  let end: number | undefined;
  for (const { plane, place, snapshot } of earlier) {
    const has = rootsIn(await checkpointsIn(snapshot, checkpointStream));
    const unmet = witnessed.filter(({ checkpoint }) => checkpoint.plane === plane && !has.has(checkpoint.root));
    if (unmet.length === 0) continue;
    await using now = await open(place);
    const hasNow = rootsIn(await checkpointsIn(now, checkpointStream));
    const first = unmet.find(({ checkpoint }) => hasNow.has(checkpoint.root));
    if (first) end = Math.min(end ?? Infinity, first.position - 1);
  }
  return end;
}

type Recorded = { readonly position: number; readonly checkpoint: Checkpoint };

async function checkpointsIn(snapshot: StoreSnapshot, stream: string): Promise<readonly Recorded[]> {
  const events = await snapshot.stream(stream).catch((error: unknown) => {
    // No JSON any more: verification says so.
    if (error instanceof SyntaxError) return [];
    throw error;
  });
  return events.flatMap(({ position, data }) => {
    const checkpoint = checkpointIn(data);
    return checkpoint ? [{ position, checkpoint }] : [];
  });
}

const rootsIn = (recorded: readonly Recorded[]): ReadonlySet<string> =>
  new Set(recorded.map(({ checkpoint }) => checkpoint.root));
