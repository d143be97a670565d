/**
 * Snapshots of several planes' journals that fit together: none knows of a checkpoint of another that the other's snapshot does not have yet. Planes write on meanwhile, so
 * one that was taken too early is taken anew.
 */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { checkpointIn } from '../checkpoint/checkpoint.ts';
import { checkpointStream, witnessStream } from '../checkpoint/notary.ts';
import type { StorePlace } from '../place.ts';
import type { StoreSnapshot } from './store-snapshot.ts';
import { openSnapshot } from './open-snapshot.ts';

/** A plane's journal, and where it is. */
export type PlanePlace = { readonly plane: string; readonly place: StorePlace };

export type PlaneSnapshot = { readonly plane: string; readonly snapshot: StoreSnapshot };

/** Planes tell each other at most every second; what takes longer than this to be looked at between two of those is not going to fit. */
const mostTries = 100;

/** Opens a snapshot of each place; whoever calls disposes of them. Rejects with a `JournalError`. */
export async function openTogether(places: readonly PlanePlace[]): Promise<readonly PlaneSnapshot[]> {
  await using stack = new AsyncDisposableStack();
  const open = new Map<string, StoreSnapshot>();
  for (const { plane, place } of places) open.set(plane, await openSnapshot(place));
  stack.defer(async () => {
    for (const snapshot of open.values()) await snapshot[Symbol.asyncDispose]();
  });
  for (let tries = 0; tries < mostTries; tries++) {
    const early = await tooEarly(open);
    if (early === undefined) break;
    const place = places.find(({ plane }) => plane === early)?.place;
    await open.get(early)?.[Symbol.asyncDispose]();
    open.delete(early);
    if (place) open.set(early, await openSnapshot(place));
  }
  // One that never gets there was set back: verification says so.
  stack.move();
  return [...open].map(([plane, snapshot]) => ({ plane, snapshot }));
}

/** A plane of which another has seen a checkpoint that its snapshot does not have yet: its record may come some events after those it covers. */
async function tooEarly(open: ReadonlyMap<string, StoreSnapshot>): Promise<string | undefined> {
  for (const snapshot of open.values()) {
    const witnessed = await newestIn(snapshot, witnessStream);
    const other = witnessed && open.get(witnessed.plane);
    if (other && ((await newestIn(other, checkpointStream))?.to ?? 0) < witnessed.to) return witnessed.plane;
  }
  return undefined;
}

/** The newest checkpoint in a stream. */
async function newestIn(snapshot: StoreSnapshot, name: string): Promise<Checkpoint | undefined> {
  const head = (await snapshot.heads()).find(({ stream }) => stream === name);
  if (!head) return undefined;
  const [event] = await snapshot.page(head.position - 1, 1);
  try {
    return checkpointIn(JSON.parse(event?.dataText ?? 'null'));
  } catch {
    // No JSON any more: verification says so.
    return undefined;
  }
}
