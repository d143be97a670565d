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
import type { Head } from './head-cache.ts';
import { HeadCache, readHead } from './head-cache.ts';
import { pageLength, writeTail } from './stream-positions.ts';
import * as sql from './sql.ts';

/** Where the log ends: the newest event's position (0 for none) and its time in milliseconds since the epoch. */
export type LogEnd = { readonly position: number; readonly at: number };

/** `outcomes` are in the order of the batch; `events` are all that were written, in position order. */
export type Committed = {
  readonly outcomes: readonly AppendResult[];
  readonly events: readonly Envelope[];
  readonly end: LogEnd;
};

const statements = [
  'begin',
  'commit',
  'readHead',
  'insertHead',
  'updateHead',
  'insertStreamPage',
  'insertEvent',
] as const;

type CommitStatements = Readonly<Record<(typeof statements)[number], StatementSync>>;

function prepareStatements(database: DatabaseSync): CommitStatements {
  // The cast says what the line before it does: one statement for each name.
  return Object.fromEntries(statements.map((name) => [name, database.prepare(sql[name])])) as CommitStatements;
}

/** Commits batches to one store, of which it is the only writer: it may remember where streams end. */
export class Committer {
  readonly #database: DatabaseSync;
  readonly #statements: CommitStatements;
  readonly #owner: { readonly organisation: string; readonly now: () => number };
  readonly #heads: HeadCache;

  /** `now` gives milliseconds since the epoch, once per append; an earlier time than the log's end counts as the log's end. */
  constructor(database: DatabaseSync, owner: { readonly organisation: string; readonly now: () => number }) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#owner = owner;
    this.#heads = new HeadCache((stream) => readHead(this.#statements.readHead, stream));
  }

  /** Commits `batch` after `end`. */
  commit(batch: readonly PreparedAppend[], end: LogEnd): Committed {
    this.#statements.begin.run();
    try {
      const { organisation, now } = this.#owner;
      const writer = new BatchWriter(this.#statements, this.#heads, organisation, end);
      const outcomes = batch.map((append) => writer.judge(append) ?? writer.write(append, now()));
      writer.finish();
      this.#statements.commit.run();
      this.#heads.trim();
      return { outcomes, events: writer.events, end: writer.end };
    } catch (error) {
      // SQLite has already rolled back by itself after some errors, a full disk among them.
      if (this.#database.isTransaction) this.#database.exec(sql.rollback);
      this.#heads.clear();
      throw error;
    }
  }
}

/** The state of one transaction: heads as they are at this point of the batch. */
class BatchWriter {
  readonly events: Envelope[] = [];
  readonly #statements: CommitStatements;
  readonly #organisation: string;
  readonly #heads: HeadCache;
  readonly #written = new Map<string, Head>();
  #position: number;
  #at: number;
  #atText: string;

  constructor(statements: CommitStatements, heads: HeadCache, organisation: string, end: LogEnd) {
    this.#statements = statements;
    this.#heads = heads;
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
      const actual = this.#heads.get(stream).version;
      if (actual !== version) return { ok: false, conflict: { stream, expected: version, actual } };
    }
    return undefined;
  }

  write(append: PreparedAppend, now: number): AppendResult {
    if (append.events === 0) return { ok: true, position: this.#position, events: [] };
    this.#advanceTo(now);
    const first = this.events.length;
    for (const { stream, events } of append.writes) {
      if (events.length === 0) continue;
      const head = this.#heads.get(stream);
      this.#written.set(stream, head);
      for (const event of events) this.#insert(stream, head, event);
    }
    return { ok: true, position: this.#position, events: this.events.slice(first) };
  }

  finish(): void {
    for (const [stream, head] of this.#written) {
      this.#storePages(head);
      const { id, version, position, hash } = head;
      const tail = writeTail(head.tail);
      if (head.isNew) this.#statements.insertHead.run(id, stream, version, position, hash, tail);
      else this.#statements.updateHead.run(version, position, hash, tail, id);
      head.isNew = false;
    }
  }

  #insert(stream: string, head: Head, event: PreparedEvent): void {
    const { type, project, actor, cause, lineage, data } = event;
    const position = this.#position + 1;
    const common = {
      position,
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
    if (head.version === 0) head.id = position;
    // prettier-ignore
    this.#statements.insertEvent.run(
      position, head.id, sealed.version, type, this.#atText, project, actor, cause ?? null,
      event.lineageText, hash, event.dataHash, event.salt, event.dataText,
    );
    this.#position = position;
    head.version = sealed.version;
    head.position = position;
    head.hash = hash;
    head.tail.push(position);
    this.events.push({ ...sealed, data, hash });
  }

  /** Stores what fills whole pages and leaves the rest. */
  #storePages(head: Head): void {
    while (head.tail.length >= pageLength) {
      const page = head.tail.splice(0, pageLength);
      this.#statements.insertStreamPage.run(head.id, head.version - head.tail.length, writeTail(page));
    }
  }

  // INVARIANT: `at` never runs backwards along positions, whatever the clock does.
  #advanceTo(now: number): void {
    if (!Number.isFinite(now)) throw new TypeError(`the clock gave \`${String(now)}\`; it must give milliseconds`);
    if (now <= this.#at) return;
    this.#at = now;
    this.#atText = new Date(now).toISOString();
  }
}
