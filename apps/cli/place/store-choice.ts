/** The words a person names a store with, and whether an installation can change to it without leaving its journals behind. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inspectStore, isPostgresUrl, JournalError, showPlace } from '@writ/journal';
import type { Store } from '@writ/server';
import { embedded, placeOfPlane, storeOf } from '@writ/server';
import { failed, usage } from '../exit.ts';
import type { Home } from './home.ts';

export const journalPlanes = ['control', 'runtime'] as const;

/** The store a person named; ends the command when it is none. The words are not repeated: they may hold a password. */
export function storeNamed(words: string): Store {
  if (words === embedded || isPostgresUrl(words)) return words;
  throw usage(
    'the store is neither `embedded` nor a PostgreSQL connection string',
    'such as `postgres://user@host:5432/database`; a password goes into PGPASSWORD or a password file',
  );
}

/** How a store is shown: without user and password. */
export const showStore = (store: Store): string =>
  store === embedded ? 'files beside the planes' : showPlace(placeOfPlane('', 'control', store)).replace(/^.* at /, '');

/** Ends the command when the installation has journals in its present store: starting with others would forget what was revoked. */
export async function refuseToLeaveBehind(home: Home, store: Store): Promise<void> {
  const now = storeOf(home.root);
  if (now === store) return;
  for (const plane of journalPlanes) {
    const place = placeOfPlane(home.root, plane, now);
    const found = await inspectStore(place).catch(asFailure);
    if (found.state !== 'live' || found.head === 0) continue;
    throw failed(
      `this installation has its journals in ${showStore(now)}, and with others it would not know what was approved and revoked`,
      '`writ store copy --to …` takes them along',
    );
  }
}

/** Ends the command when another installation keeps its journals in `store`: started over them with keys of its own, this one would take its place, and what that one signed and began would end. */
export async function refuseToTakeOver(home: Home, store: Store): Promise<void> {
  if (store === embedded || existsSync(join(home.control, 'keys'))) return;
  const found = await inspectStore(placeOfPlane(home.root, 'control', store)).catch(asFailure);
  if (found.state !== 'live' || found.head === 0) return;
  throw failed(
    `another installation has its journals in ${showStore(store)}, and the keys it signs with are not here`,
    '`writ store invite FILE` there and `writ store join FILE` here make both one; where it is gone for good, `writ up --new-keys` takes its place',
  );
}

/** Ends the command with what the journal said. */
export function asFailure(error: unknown): never {
  if (error instanceof JournalError) throw failed(error.message, null);
  throw error;
}
