/** Temporary journals for the tests of this folder. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { noon } from '../describe-journal.ts';
import type { Journal } from '../journal.ts';
import { openSqliteJournal } from './open.ts';

/** A folder that is gone at the end of the block. */
export class TestStore implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'writ-journal-'));
  readonly path = join(this.folder, 'control.db');

  open(organisation = 'acme'): Promise<Journal> {
    return openSqliteJournal({ path: this.path, organisation, now: () => noon });
  }

  /** What someone with the file, `sqlite3` and no respect for our triggers does to it. */
  tamper(sql: string): void {
    const database = new DatabaseSync(this.path);
    for (const trigger of ['events_are_never_deleted', 'envelopes_are_never_changed', 'data_is_only_ever_erased']) {
      database.exec(`DROP TRIGGER IF EXISTS ${trigger}`);
    }
    database.exec(sql);
    database.close();
  }

  query(sql: string): readonly Record<string, unknown>[] {
    const database = new DatabaseSync(this.path, { readOnly: true });
    const rows = database.prepare(sql).all();
    database.close();
    return rows;
  }

  /** Overwrites the page that holds the events with noise, as a failing disk does. */
  damage(): void {
    const [page] = this.query(`SELECT rootpage FROM sqlite_schema WHERE name = 'events'`);
    const [size] = this.query('PRAGMA page_size');
    const bytes = Number(size?.['page_size']);
    const file = openSync(this.path, 'r+');
    writeSync(file, Buffer.alloc(bytes, 0xa5), 0, bytes, (Number(page?.['rootpage']) - 1) * bytes);
    closeSync(file);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
