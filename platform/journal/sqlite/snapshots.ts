/** The snapshots beside the log of a SQLite store. Whether one may be believed is not its business. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredSnapshot } from '../snapshot/snapshot.ts';
import type { SnapshotRow } from '../snapshot/snapshot-row.ts';
import { columnsOf, toSnapshot } from '../snapshot/snapshot-row.ts';
import * as sql from './sql.ts';

export class SqliteSnapshots {
  readonly #read: StatementSync;
  readonly #write: StatementSync;

  constructor(database: DatabaseSync) {
    this.#read = database.prepare(sql.readSnapshot);
    this.#write = database.prepare(sql.writeSnapshot);
  }

  /** Undefined where there is none, or something was erased since. */
  read(fold: string): StoredSnapshot | undefined {
    // The cast is the shape the statement selects from a STRICT table.
    const row = this.#read.get(fold) as SnapshotRow | undefined;
    return row && toSnapshot(row);
  }

  /** In a transaction of its own. */
  write(snapshot: StoredSnapshot): void {
    this.#write.run(...columnsOf(snapshot), snapshot.content);
  }
}
