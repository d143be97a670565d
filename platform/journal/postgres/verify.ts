/** Reads a whole PostgreSQL store through the checks of every journal, over a connection of its own. The last page and the heads come from one snapshot. */
import pg from 'pg';
import type { MiscountedBlob } from '../blob.ts';
import type { Seal, VerifyReport } from '../journal.ts';
import { LogCheck } from '../log-check.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';
import type { StoredEventRow } from '../rows.ts';
import type { HeadRow } from './rows.ts';
import { toStoredEvent } from '../rows.ts';
import type { SnapshotInLogRow } from '../snapshot/snapshot-row.ts';
import { toSnapshotInLog } from '../snapshot/snapshot-row.ts';
import * as sql from './sql.ts';

const pageSize = 1000;

/** A store the server itself cannot read is a finding, not a throw. */
export async function verifyStore(
  options: ConnectionOptions,
  organisation: string,
  expected: readonly Seal[] = [],
): Promise<VerifyReport> {
  const check = new LogCheck(expected);
  await using connection = new Connection(options);
  try {
    for (;;) {
      const { rows, heads, snapshots, miscounted } = await connection.use((client) => readPage(client, check.last));
      for (const row of rows) check.event(toStoredEvent(row, organisation));
      if (heads) {
        check.heads(heads.map((head) => ({ ...head, streamKey: head.id })));
        check.blobs(miscounted);
        check.snapshots(snapshots.map(toSnapshotInLog));
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    check.unreadable(error.message);
  }
  return check.report();
}

type Page = {
  readonly rows: readonly StoredEventRow[];
  readonly heads: readonly HeadRow[] | undefined;
  readonly snapshots: readonly SnapshotInLogRow[];
  readonly miscounted: readonly MiscountedBlob[];
};

/** The events after a position; with the last of them, the heads and snapshots as of the same moment. */
async function readPage(client: pg.Client, after: number): Promise<Page> {
  await client.query(sql.beginSnapshot);
  try {
    const { rows } = await client.query<StoredEventRow>(sql.readPageToVerify, [after, pageSize]);
    if (rows.length === pageSize) return { rows, heads: undefined, snapshots: [], miscounted: [] };
    const heads = (await client.query<HeadRow>(sql.readAllHeads)).rows;
    const { rows: snapshots } = await client.query<SnapshotInLogRow>(sql.readAllSnapshots);
    const { rows: miscounted } = await client.query<MiscountedBlob>(sql.readMiscounted);
    return { rows, heads, snapshots, miscounted };
  } finally {
    await client.query(sql.rollback).catch(() => undefined); // The first error is the one that says what happened.
  }
}
