/**
 * Backups: journals as they stand at one moment that fits them all, each in a file of its own, taken while their writers go on; and putting one back. A backup is a journal
 * file whatever store it was taken from, and can be put into either kind. It refuses to call anything a backup, or to put anything back, that does not verify.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { JournalError } from '../errors.ts';
import { LogFacts } from '../export/log-facts.ts';
import type { PlanePlace } from '../export/open-together.ts';
import { openTogether } from '../export/open-together.ts';
import { eventsOf } from '../export/store-snapshot.ts';
import type { VerifyReport } from '../journal.ts';
import type { StorePlace } from '../place.ts';
import { showPlace } from '../place.ts';
import { createPrivateFile } from '../sqlite/private-file.ts';
import { openJournalReadOnly } from '../sqlite/open.ts';
import { openSqliteSnapshot } from '../sqlite/snapshot.ts';
import { takeWriterLock } from '../sqlite/writer-lock.ts';
import { verifyStores } from '../witness/verify-stores.ts';
import type { Copied } from './copy-store.ts';
import { copyInto, openTarget, proved } from './copy-store.ts';
import { inspectStore } from '../inspect-store.ts';

/** A journal in a backup: how far it goes, and in which incarnation. */
export type BackedUp = { readonly report: VerifyReport; readonly incarnation: number };

/** Writes a journal file for each of `places` to `fileOf` its plane, which must not exist. Rejects with a `JournalError`; what was written until then is for the caller to remove. */
export async function backUp(
  places: readonly PlanePlace[],
  fileOf: (plane: string) => string,
): Promise<Readonly<Record<string, BackedUp>>> {
  const snapshots = await openTogether(places);
  try {
    for (const { plane, snapshot } of snapshots) {
      createPrivateFile(fileOf(plane));
      await snapshot.saveTo(fileOf(plane));
    }
  } finally {
    for (const { snapshot } of snapshots) await snapshot[Symbol.asyncDispose]();
  }
  for (const { plane } of places) syncFolder(dirname(fileOf(plane)));
  return inspectBackup(places.map(({ plane }) => ({ plane, file: fileOf(plane) })));
}

/** Verifies the journals of a backup, by themselves and against each other. Rejects with a `JournalError` of kind `format` when one does not hold. */
export async function inspectBackup(
  files: readonly { readonly plane: string; readonly file: string }[],
): Promise<Readonly<Record<string, BackedUp>>> {
  const places = files.map(({ plane, file }) => ({ plane, place: { kind: 'file', path: file } as const }));
  const reports = await verifyStores(places, []);
  const backedUp: Record<string, BackedUp> = {};
  for (const { plane, file } of files) {
    const report = reports[plane];
    if (!report) continue;
    const [finding] = report.findings;
    if (finding)
      throw new JournalError(
        'format',
        `the backup \`${file}\` does not verify: position ${String(finding.position)}: ${finding.problem}`,
      );
    await using snapshot = await openSqliteSnapshot(file);
    const facts = new LogFacts();
    for await (const event of eventsOf(snapshot)) facts.event(event);
    backedUp[plane] = { report, incarnation: facts.incarnation };
  }
  return backedUp;
}

/** A backup that is written to its place and proved, and not in force yet: nobody can open it as a journal before `finish`. */
export interface Restoration extends AsyncDisposable {
  readonly copied: Copied;
  finish(): Promise<void>;
}

/**
 * Puts the journal in the backup `file` to `to`. What is there, in whatever state, is set aside and kept: a file under another name, a schema under another name. Rejects with a
 * `JournalError`: `locked` while it is written to, `format` when the backup does not verify.
 */
export async function restoreStore(file: string, to: StorePlace): Promise<Restoration> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await openSqliteSnapshot(file));
  const before = await proved({ verify: () => verifyFile(file) }, file);
  await setAside(to, `the backup ${file} that was put back in its place`);
  const target = stack.use(await openTarget(to, source.organisation));
  const copied = await copyInto(source, target, before, showPlace(to));
  const owned = stack.move();
  return { copied, finish: () => target.release(), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function verifyFile(path: string): Promise<VerifyReport> {
  await using reader = await openJournalReadOnly(path);
  return await reader.verify();
}

/** The file is renamed unread: it may be the damaged one that the backup is for. */
async function setAside(place: StorePlace, why: string): Promise<void> {
  if (place.kind === 'postgres') {
    if ((await inspectStore(place)).state !== 'live') return;
    const { openPostgresSource } = await import('../postgres/raw.ts');
    await using source = await openPostgresSource(place);
    await source.retire(why);
    return;
  }
  if (!existsSync(place.path)) return;
  using _lock = takeWriterLock(place.path);
  for (let count = 1; ; count++) {
    const aside = `${place.path}.replaced-${String(count)}`;
    if (existsSync(aside)) continue;
    // The log goes along: without it a journal that was not closed is not whole.
    for (const suffix of ['-wal', '-shm'])
      if (existsSync(`${place.path}${suffix}`)) renameSync(`${place.path}${suffix}`, `${aside}${suffix}`);
    renameSync(place.path, aside);
    return;
  }
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // It cannot sync a folder and needs no such call.
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
