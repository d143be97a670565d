/**
 * Reads a whole SQLite store through the checks of every journal, and its lists of positions besides.
 *
 * Pages are read in turns of the event loop, so a writer keeps working meanwhile; the last page, the stream heads and the lists come from one snapshot.
 */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MiscountedBlob } from '../blob.ts';
import type { Seal, VerifyReport } from '../journal.ts';
import { LogCheck } from '../log-check.ts';
import { hasSnapshots, readMeta } from './open-database.ts';
import type { StoredEvent } from '../log-check.ts';
import type { EventToVerify, HeadRow, StreamPageRow } from './rows.ts';
import type { SnapshotInLogRow } from '../snapshot/snapshot-row.ts';
import { toSnapshotInLog } from '../snapshot/snapshot-row.ts';
import { PositionsCheck } from './positions-check.ts';
import * as sql from './sql.ts';

const pageSize = 500;

type Ends = {
  readonly heads: readonly HeadRow[];
  readonly pages: readonly StreamPageRow[];
  readonly snapshots: readonly SnapshotInLogRow[];
  readonly miscounted: readonly MiscountedBlob[];
};
type Snapshot = { readonly rows: readonly EventToVerify[]; readonly ends: Ends | undefined };

/** Verifies the store behind `database`. A store SQLite itself cannot read is a finding, not a throw. */
export async function verifyStore(database: DatabaseSync, expected: readonly Seal[] = []): Promise<VerifyReport> {
  const check = new LogCheck(expected);
  const positions = new PositionsCheck();
  try {
    const organisation = readMeta(database, 'organisation') ?? '';
    const page = preparePages(database);
    for (;;) {
      const { rows, ends } = page(check.last);
      for (const row of rows) {
        const event = toStoredEvent(row, organisation);
        check.event(event);
        positions.event(event);
      }
      if (ends) {
        check.heads(ends.heads.map((head) => ({ ...head, streamKey: head.id })));
        positions.lists(ends.heads, ends.pages, check);
        check.blobs(ends.miscounted);
        check.snapshots(ends.snapshots.map(toSnapshotInLog));
        break;
      }
      await nextTurn();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR')) throw error;
    check.unreadable(error.message);
  }
  return check.report();
}

/** Reads the events after a position; with the last of them, the heads and lists as of the same moment. */
function preparePages(database: DatabaseSync): (after: number) => Snapshot {
  const events = database.prepare(sql.readPageToVerify);
  // Read and taken apart sooner than objects.
  events.setReturnArrays(true);
  const heads = database.prepare(sql.readAllHeads);
  const pages = database.prepare(sql.readAllStreamPages);
  const snapshots = hasSnapshots(database) ? database.prepare(sql.readAllSnapshots) : undefined;
  const miscounted = database.prepare(sql.readMiscounted);
  return (after) => {
    database.exec(sql.beginRead);
    try {
      // The casts are the shapes the statements select from STRICT tables.
      const rows = events.all(after, pageSize) as unknown as EventToVerify[];
      if (rows.length === pageSize) return { rows, ends: undefined };
      // As above.
      const ends = { heads: heads.all() as HeadRow[], pages: pages.all() as StreamPageRow[] };
      // As above.
      const beside = { snapshots: (snapshots?.all() ?? []) as SnapshotInLogRow[] };
      // As above.
      return { rows, ends: { ...ends, ...beside, miscounted: miscounted.all() as MiscountedBlob[] } };
    } finally {
      if (database.isTransaction) database.exec(sql.rollback);
    }
  };
}

function toStoredEvent(row: EventToVerify, organisation: string): StoredEvent & { readonly streamKey: number } {
  // prettier-ignore
  const [
    position, name, version, type, at, project, actor, cause, lineageText, hash, , dataText, dataHash, salt, streamKey, isOrphan,
  ] = row;
  const stream = isOrphan === 1 ? undefined : name;
  // prettier-ignore
  const event = {
    position, stream, version, type, at, organisation, project, actor, hash, salt, lineageText, dataText, dataHash, streamKey,
  };
  return cause === null ? event : { ...event, cause };
}
