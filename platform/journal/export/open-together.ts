/**
 * Snapshots of several planes' journals that fit together: none knows of a checkpoint of another that the other's snapshot does not have yet. Planes write on meanwhile, so
 * one that was taken too early is taken anew.
 */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { checkpointIn } from '../checkpoint/checkpoint.ts';
import { witnessStream } from '../checkpoint/notary.ts';
import { JournalError } from '../errors.ts';
import type { StorePlace } from '../place.ts';
import type { StoreSnapshot } from './store-snapshot.ts';
import { openSnapshot } from './open-snapshot.ts';

/** A plane's journal, and where it is. */
export type PlanePlace = { readonly plane: string; readonly place: StorePlace };

export type PlaneSnapshot = { readonly plane: string; readonly snapshot: StoreSnapshot };

const mostTries = 20;

/** Opens a snapshot of each place; whoever calls disposes of them. Rejects with a `JournalError`, and with one of kind `busy` when the planes do not come to rest. */
export async function openTogether(places: readonly PlanePlace[]): Promise<readonly PlaneSnapshot[]> {
  await using stack = new AsyncDisposableStack();
  const open = new Map<string, StoreSnapshot>();
  for (const { plane, place } of places) open.set(plane, await openSnapshot(place));
  stack.defer(async () => {
    for (const snapshot of open.values()) await snapshot[Symbol.asyncDispose]();
  });
  for (let tries = 0; tries < mostTries; tries++) {
    const early = await tooEarly(open);
    if (early === undefined) {
      stack.move();
      return [...open].map(([plane, snapshot]) => ({ plane, snapshot }));
    }
    const place = places.find(({ plane }) => plane === early)?.place;
    await open.get(early)?.[Symbol.asyncDispose]();
    open.delete(early);
    if (place) open.set(early, await openSnapshot(place));
  }
  throw new JournalError('busy', 'the journals move too fast for one look at all of them; try again');
}

/** A plane of which another has seen more than its snapshot has. */
async function tooEarly(open: ReadonlyMap<string, StoreSnapshot>): Promise<string | undefined> {
  for (const snapshot of open.values()) {
    const witnessed = await newestWitnessed(snapshot);
    const other = witnessed && open.get(witnessed.plane);
    if (witnessed && other && (await other.head()) < witnessed.to) return witnessed.plane;
  }
  return undefined;
}

async function newestWitnessed(snapshot: StoreSnapshot): Promise<Checkpoint | undefined> {
  const head = (await snapshot.heads()).find(({ stream }) => stream === witnessStream);
  if (!head) return undefined;
  const [event] = await snapshot.page(head.position - 1, 1);
  try {
    return checkpointIn(JSON.parse(event?.dataText ?? 'null'));
  } catch {
    // No JSON any more: verification says so.
    return undefined;
  }
}
