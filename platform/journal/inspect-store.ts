/** What there is where a journal could be, without opening or making anything. */
import { existsSync } from 'node:fs';
import { inspectSqlite } from './sqlite/raw.ts';
import type { StorePlace } from './place.ts';
import type { StoreState } from './copy/raw-store.ts';

/** Rejects with a `JournalError` when it cannot be told. */
export async function inspectStore(place: StorePlace): Promise<StoreState> {
  if (place.kind === 'postgres') return (await import('./postgres/raw.ts')).inspectPostgres(place);
  return existsSync(place.path) ? inspectSqlite(place.path) : { state: 'none' };
}
