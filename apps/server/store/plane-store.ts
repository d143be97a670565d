/**
 * Where the planes of an installation keep their journals: a file each in its folder, or a schema each in one PostgreSQL database. The choice is a file beside them,
 * `store.json`, readable by its user alone since a connection string may carry a password. Nothing else of an installation depends on it.
 */

import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal, StorePlace } from '@writ/journal';
import { isPostgresUrl, openJournal } from '@writ/journal';

/** The planes that have a journal. */
export type JournalPlane = 'control' | 'runtime';

/** Both planes' journals: `embedded`, or a PostgreSQL connection string. */
export type Store = string;

export const embedded: Store = 'embedded';

const organisation = 'local';

/** The store of the installation in `dir`. Throws when its file is there and says nothing that can be understood: guessing would be another journal, and what it revoked forgotten. */
export function storeOf(dir: string): Store {
  const path = join(dir, 'store.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return embedded;
    throw error;
  }
  const said: unknown = JSON.parse(text);
  const store = typeof said === 'object' && said !== null && 'store' in said ? said.store : undefined;
  if (typeof store === 'string' && (store === embedded || isPostgresUrl(store))) return store;
  throw new Error(
    `\`${path}\` does not say where the journals are; write {"store": "embedded"} or a PostgreSQL connection string`,
  );
}

/** Makes `store` that of the installation in `dir`. */
export function chooseStore(dir: string, store: Store): void {
  const path = join(dir, 'store.json');
  if (store === embedded) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify({ store })}\n`, { mode: 0o600, flush: true });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

/** Where the journal of `plane` is when the installation in `dir` keeps its journals in `store`. */
export function placeOfPlane(dir: string, plane: JournalPlane, store: Store): StorePlace {
  return store === embedded
    ? { kind: 'file', path: join(dir, plane, `${plane}.db`) }
    : { kind: 'postgres', url: store, schema: plane };
}

/** Opens the journal of `plane`. Rejects with a `JournalError`. */
export function openPlaneJournal(dir: string, plane: JournalPlane, now: () => number): Promise<Journal> {
  return openJournal(placeOfPlane(dir, plane, storeOf(dir)), { organisation, now });
}
