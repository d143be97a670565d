/**
 * Writes a batch of appends in one transaction with one sync. Expectations are judged inside the transaction, each append against what the appends before it
 * in the batch have written, so a refused one leaves no trace and its neighbours never notice. Nothing here waits, and nothing survives a throw:
 * the transaction is rolled back and the caller's state is as before.
 *
 * SQLite may have written frames of a failed commit; a crash of the machine before the next commit overwrites them could bring them back. So a rejected append
 * means "not acknowledged", and whoever needs certainty reads the stream again.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { hashEvent } from '../hash.ts';
import type { AppendResult, Envelope } from '../journal.ts';
import type { PreparedAppend, PreparedEvent } from '../prepare.ts';
import * as sql from './sql.ts';

/** Where the log ends: the newest event's position (0 for none) and its time in milliseconds since the epoch. */
export type LogEnd = { readonly position: number; readonly at: number };

/** `outcomes` are in the order of the batch; `events` are all that were written, in position order. */
export type Committed = {
  readonly outcomes: readonly AppendResult[];
  readonly events: readonly Envelope[];
  readonly end: LogEnd;
};

type Head = { readonly version: number; readonly position: number; readonly hash: string | null };

export type CommitStatements = {
  readonly readHead: StatementSync;
  readonly writeHead: StatementSync;
  readonly insertEvent: StatementSync;
};

export function prepareCommitStatements(database: DatabaseSync): CommitStatements {
  return {
    readHead: database.prepare(sql.readHead),
    writeHead: database.prepare(sql.writeHead),
    insertEvent: database.prepare(sql.insertEvent),
  };
}

/** Commits `batch` after `end`. `now` gives milliseconds since the epoch, once per append; an earlier time than the log's end counts as the log's end. */
export function commitBatch(
  database: DatabaseSync,
  statements: CommitStatements,
  batch: readonly PreparedAppend[],
  end: LogEnd,
  owner: { readonly organisation: string; readonly now: () => number },
): Committed {
  database.exec(sql.begin);
  try {
    const writer = new BatchWriter(statements, owner.organisation, end);
    const outcomes = batch.map((append) => writer.judge(append) ?? writer.write(append, owner.now()));
    writer.finish();
    database.exec(sql.commit);
    return { outcomes, events: writer.events, end: writer.end };
  } catch (error) {
    // SQLite has already rolled back by itself after some errors, a full disk among them.
    if (database.isTransaction) database.exec(sql.rollback);
    throw error;
  }
}

/** The state of one transaction: heads as they are at this point of the batch. */
class BatchWriter {
  readonly events: Envelope[] = [];
  readonly #statements: CommitStatements;
  readonly #organisation: string;
  readonly #heads = new Map<string, Head>();
  readonly #written = new Set<string>();
  #position: number;
  #at: number;
  #atText: string;

  constructor(statements: CommitStatements, organisation: string, end: LogEnd) {
    this.#statements = statements;
    this.#organisation = organisation;
    this.#position = end.position;
    this.#at = end.at;
    this.#atText = new Date(end.at).toISOString();
  }

  get end(): LogEnd {
    return { position: this.#position, at: this.#at };
  }

  /** The refusal of an append whose read set has moved; undefined when it holds. */
  judge(append: PreparedAppend): AppendResult | undefined {
    for (const { stream, version } of append.expect) {
      const actual = this.#head(stream).version;
      if (actual !== version) return { ok: false, conflict: { stream, expected: version, actual } };
    }
    return undefined;
  }

  write(append: PreparedAppend, now: number): AppendResult {
    if (append.events === 0) return { ok: true, position: this.#position, events: [] };
    this.#advanceTo(now);
    const first = this.events.length;
    for (const { stream, events } of append.writes) {
      for (const event of events) this.#insert(stream, event);
    }
    return { ok: true, position: this.#position, events: this.events.slice(first) };
  }

  finish(): void {
    for (const stream of this.#written) {
      const { version, position, hash } = this.#head(stream);
      this.#statements.writeHead.run(stream, version, position, hash);
    }
  }

  #insert(stream: string, event: PreparedEvent): void {
    const head = this.#head(stream);
    const { type, project, actor, cause, lineage, data } = event;
    const common = {
      position: this.#position + 1,
      stream,
      version: head.version + 1,
      type,
      at: this.#atText,
      organisation: this.#organisation,
      project,
      actor,
      lineage,
    };
    const sealed = cause === undefined ? common : { ...common, cause };
    const hash = hashEvent(head.hash, sealed, event.dataHash);
    // prettier-ignore
    this.#statements.insertEvent.run(
      sealed.position, stream, sealed.version, type, sealed.at, sealed.organisation, project, actor, cause ?? null,
      event.lineageText, hash, event.dataHash, event.salt, event.dataText,
    );
    this.#position = sealed.position;
    this.#heads.set(stream, { version: sealed.version, position: sealed.position, hash });
    this.#written.add(stream);
    this.events.push({ ...sealed, data, hash });
  }

  #head(stream: string): Head {
    const known = this.#heads.get(stream);
    if (known) return known;
    const row = this.#statements.readHead.get(stream);
    // The cast is the shape of `readHead` over a STRICT table.
    const head = row ? (row as Head) : { version: 0, position: 0, hash: null };
    this.#heads.set(stream, head);
    return head;
  }

  // INVARIANT: `at` never runs backwards along positions, whatever the clock does.
  #advanceTo(now: number): void {
    if (!Number.isFinite(now)) throw new TypeError(`the clock gave \`${String(now)}\`; it must give milliseconds`);
    if (now <= this.#at) return;
    this.#at = now;
    this.#atText = new Date(now).toISOString();
  }
}
