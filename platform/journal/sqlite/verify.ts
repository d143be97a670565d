/**
 * Recomputes the whole log and names what does not hold. It trusts nothing but the arithmetic: data is hashed as stored, never parsed. After a broken link it goes
 * on from the stored hash, so one change is one finding and not one for each event that follows.
 *
 * Pages are read in turns of the event loop, so a writer keeps working meanwhile; the last page and the stream heads come from one snapshot.
 * What it cannot see is told in hash.ts.
 */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { hashData, hashEvent } from '../hash.ts';
import type { VerifyFinding, VerifyReport } from '../journal.ts';
import type { HeadRow, StoredEventRow } from './rows.ts';
import { sealedPart } from './rows.ts';
import * as sql from './sql.ts';

const pageSize = 500;

type Snapshot = { readonly rows: readonly StoredEventRow[]; readonly heads: readonly HeadRow[] | undefined };

/** Verifies the store behind `database`. A store SQLite itself cannot read is a finding, not a throw. */
export async function verifyStore(database: DatabaseSync): Promise<VerifyReport> {
  const check = new LogCheck();
  const page = preparePages(database);
  try {
    for (;;) {
      const { rows, heads } = page(check.last);
      for (const row of rows) check.event(row);
      if (heads) {
        check.heads(heads);
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

/** Reads the events after a position; with the last of them, the heads as of the same moment. */
function preparePages(database: DatabaseSync): (after: number) => Snapshot {
  const events = database.prepare(sql.readPageToVerify);
  const heads = database.prepare(sql.readAllHeads);
  return (after) => {
    database.exec(sql.beginRead);
    try {
      // The casts are the shapes the statements select from STRICT tables.
      const rows = events.all(after, pageSize) as StoredEventRow[];
      if (rows.length === pageSize) return { rows, heads: undefined };
      // As above.
      return { rows, heads: heads.all() as HeadRow[] };
    } finally {
      if (database.isTransaction) database.exec(sql.rollback);
    }
  };
}

type Link = { readonly version: number; readonly position: number; readonly hash: string };

class LogCheck {
  last = 0;
  #events = 0;
  #at = '';
  readonly #links = new Map<string, Link>();
  readonly #findings: VerifyFinding[] = [];

  event(row: StoredEventRow): void {
    if (row.position !== this.last + 1) {
      const missing = { position: this.last + 1, stream: '', version: 0 };
      this.#find(missing, `events ${String(this.last + 1)} to ${String(row.position - 1)} are missing from the log`);
    }
    this.#data(row);
    this.#link(row);
    this.#links.set(row.stream, { version: row.version, position: row.position, hash: row.hash });
    this.last = row.position;
    this.#events += 1;
  }

  heads(heads: readonly HeadRow[]): void {
    const unseen = new Map(this.#links);
    for (const head of heads) {
      const link = unseen.get(head.stream);
      unseen.delete(head.stream);
      if (!link) {
        this.#find(head, `the stream has a head at version ${String(head.version)} but no events`);
      } else if (head.version !== link.version || head.position !== link.position || head.hash !== link.hash) {
        this.#find(head, `the stream head does not match the newest event, version ${String(link.version)}`);
      }
    }
    for (const [stream, link] of unseen) this.#find({ stream, ...link }, 'the stream has events but no head');
  }

  unreadable(reason: string): void {
    const next = { position: this.last + 1, stream: '', version: 0 };
    this.#find(next, `the store cannot be read from here on: ${reason}`);
  }

  report(): VerifyReport {
    const findings = this.#findings;
    return { ok: findings.length === 0, events: this.#events, streams: this.#links.size, head: this.last, findings };
  }

  #data(row: StoredEventRow): void {
    if (row.data === null && row.salt === null) {
      this.#find(row, 'the data was erased and no event says by whom');
    } else if (row.data === null || row.salt === null || hashData(row.salt, row.data) !== row.data_hash) {
      this.#find(row, 'the data does not match its hash');
    }
  }

  #link(row: StoredEventRow): void {
    const before = this.#links.get(row.stream);
    if (row.version !== (before?.version ?? 0) + 1) {
      // The event it chains to is not here, so its own hash can prove nothing.
      this.#find(
        row,
        `version ${String(before?.version ?? 0)} of the stream is followed by version ${String(row.version)}`,
      );
    } else if (hashOf(row, before?.hash ?? null) !== row.hash) {
      this.#find(row, 'the hash does not match the envelope and the event before it');
    } else if (row.at < this.#at) {
      this.#find(row, `the time ${row.at} is before the time of an earlier event, ${this.#at}`);
    }
    if (row.at > this.#at) this.#at = row.at;
  }

  #find({ position, stream, version }: Omit<VerifyFinding, 'problem'>, problem: string): void {
    this.#findings.push({ position, stream, version, problem });
  }
}

function hashOf(row: StoredEventRow, previous: string | null): string | undefined {
  try {
    return hashEvent(previous, sealedPart(row), row.data_hash);
  } catch {
    // The lineage is no JSON, so nothing that was ever hashed.
    return undefined;
  }
}
