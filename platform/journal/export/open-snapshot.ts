/** Opens a snapshot of a journal, wherever it is stored. */
import type { StorePlace } from '../place.ts';
import { openSqliteSnapshot } from '../sqlite/snapshot.ts';
import type { StoreSnapshot } from './store-snapshot.ts';

/** Rejects with a `JournalError` when there is no journal there that can be read. */
export async function openSnapshot(place: StorePlace): Promise<StoreSnapshot> {
  if (place.kind === 'file') return openSqliteSnapshot(place.path);
  return (await import('../postgres/snapshot.ts')).openPostgresSnapshot(place);
}
