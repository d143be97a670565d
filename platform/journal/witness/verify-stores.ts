/** Verifies journals where they are stored, without opening them for writing: each by itself, and against what the others and outsiders have of it. */
import type { VerifyReport } from '../journal.ts';
import type { PlanePlace } from '../export/open-together.ts';
import type { StorePlace } from '../place.ts';
import { checkpointIn } from '../checkpoint/checkpoint.ts';
import { checkpointStream } from '../checkpoint/notary.ts';
import { openJournalReadOnly } from '../sqlite/open.ts';
import type { Verifiable } from './verify-together.ts';
import { verifyTogether } from './verify-together.ts';
import type { Witnessed } from './witness-file.ts';

/** Rejects with a `JournalError` when there is no journal at one of the places that can be read. */
export function verifyStores(
  places: readonly PlanePlace[],
  witnesses: readonly Witnessed[],
): Promise<Readonly<Record<string, VerifyReport>>> {
  return verifyTogether(
    places.map(({ plane, place }): Verifiable => ({ plane, verify: verifierOf(place) })),
    witnesses,
  );
}

function verifierOf(place: StorePlace): Verifiable['verify'] {
  return async (expected) => {
    if (place.kind === 'postgres') return (await import('../postgres/snapshot.ts')).verifyPostgres(place, expected);
    await using reader = await openJournalReadOnly(place.path);
    return await reader.verify(expected);
  };
}

/** Which plane's journal the file at `path` is, as its checkpoints say; undefined when it has none. Rejects as `verifyStores` does. */
export async function planeOfFile(path: string): Promise<string | undefined> {
  await using reader = await openJournalReadOnly(path);
  // A file that is damaged or was tampered with still has to be verified: what cannot be read names no plane.
  const events = await reader.read(checkpointStream, { limit: 1 }).catch(() => []);
  return checkpointIn(events[0]?.data)?.plane;
}
