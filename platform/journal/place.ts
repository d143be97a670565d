/** Where a journal lives, and opening it there. */
import type { Journal } from './journal.ts';
import type { OpenPostgresOptions } from './postgres/open.ts';
import { placeOf } from './postgres/servers.ts';
import { openSqliteJournal } from './sqlite/open.ts';

/** A SQLite file, or a schema in a PostgreSQL database. */
export type StorePlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string };

/** `openPostgresJournal` of postgres/open.ts. Its driver is loaded when it is needed: most installations have no use for it. */
export async function openPostgresJournal(options: OpenPostgresOptions): Promise<Journal> {
  const postgres = await import('./postgres/open.ts');
  return postgres.openPostgresJournal(options);
}

/** Opens the journal at `place` for writing, making it where there is none. Rejects as `openSqliteJournal` and `openPostgresJournal` do. */
export function openJournal(
  place: StorePlace,
  options: { readonly organisation: string; readonly now: () => number },
): Promise<Journal> {
  const { organisation, now } = options;
  return place.kind === 'file'
    ? openSqliteJournal({ path: place.path, organisation, now })
    : openPostgresJournal({ url: place.url, schema: place.schema, organisation, now });
}

/** The place as it may be shown: no user, no password. */
export function showPlace(place: StorePlace): string {
  return place.kind === 'file' ? place.path : `schema ${place.schema} at ${placeOf(place.url)}`;
}
