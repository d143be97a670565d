/**
 * Writes a batch of appends in one transaction with one sync. Nothing here waits, and nothing survives a throw: the transaction is rolled back and the
 * caller's state is as before.
 *
 * SQLite may have written frames of a failed commit; a crash of the machine before the next commit overwrites them could bring them back. So a rejected append
 * means "not acknowledged", and whoever needs certainty reads the stream again.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { BlobKeys } from '../blob.ts';
import { checkErasable } from '../erase.ts';
import type { AppendResult, Envelope } from '../journal.ts';
import type { StoredEvent } from '../log-check.ts';
import type { PreparedAppend } from '../prepare.ts';
import type { LogEnd, Owner, SealedEvent } from '../seal.ts';
import { sealBatch } from '../seal.ts';
import type { SqliteHead } from './head-cache.ts';
import { HeadCache, readHead } from './head-cache.ts';
import { blobKeysOf } from './open-database.ts';
import { addToTail, textOf } from './stream-positions.ts';
import * as sql from './sql.ts';

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
  'insertEvents',
  'keepBlob',
  'readTypes',
  'leaveBlobs',
  'deleteBlobs',
  'eraseData',
  'deleteSnapshots',
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
  readonly #owner: Owner;
  readonly #heads: HeadCache;
  readonly #blobs: BlobKeys;

  constructor(database: DatabaseSync, owner: Owner) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#owner = owner;
    this.#blobs = mustHave(blobKeysOf(database));
    this.#heads = new HeadCache((stream) => readHead(this.#statements.readHead, stream));
  }

  /** Commits `batch` after `end`. */
  commit(batch: readonly PreparedAppend[], end: LogEnd): Committed {
    this.#statements.begin.run();
    try {
      const sealed = sealBatch(batch, (stream) => this.#heads.get(stream), end, this.#owner);
      this.#insert(sealed.events);
      for (const [stream, head] of sealed.written) this.#writeHead(stream, head);
      for (const { erase } of batch) this.#erase(erase);
      this.#statements.commit.run();
      this.#heads.trim();
      return { outcomes: sealed.outcomes, events: sealed.events.map(({ envelope }) => envelope), end: sealed.end };
    } catch (error) {
      // SQLite has already rolled back by itself after some errors, a full disk among them.
      if (this.#database.isTransaction) this.#database.exec(sql.rollback);
      this.#heads.clear();
      throw error;
    }
  }

  /** Writes events as they were stored elsewhere, right after the newest. */
  restore(events: readonly StoredEvent[]): void {
    this.#statements.begin.run();
    try {
      const written = new Map<string, SqliteHead>();
      for (const event of events) {
        const { position, stream = '', version, type, at, project, actor, cause = null, hash } = event;
        const head = this.#heads.get(stream);
        if (version === 1) head.id = position;
        const { dataText } = event;
        const blob = dataText === null ? null : this.#keep(project, dataText);
        // prettier-ignore
        this.#statements.insertEvent.run(
          position, head.id, version, type, at, project, actor, cause, event.lineageText, hash, event.dataHash, event.salt, blob === null ? dataText : '', blob,
        );
        Object.assign(head, { version, position, hash });
        this.#note(head, position, version);
        written.set(stream, head);
      }
      for (const [stream, head] of written) this.#writeHead(stream, head);
      this.#statements.commit.run();
      this.#heads.trim();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec(sql.rollback);
      this.#heads.clear();
      throw error;
    }
  }

  #erase(positions: readonly number[]): void {
    if (positions.length === 0) return;
    const list = JSON.stringify(positions);
    // The cast is the shape the statement selects from a STRICT table.
    checkErasable(positions, this.#statements.readTypes.all(list) as { position: number; type: string }[]);
    this.#statements.leaveBlobs.run(list);
    this.#statements.deleteBlobs.run(list);
    this.#statements.eraseData.run(list);
    // Made when the data was there, so they may tell of it.
    this.#statements.deleteSnapshots.run();
  }

  /** Writes `events` many at a time, and what is left one by one. */
  #insert(events: readonly SealedEvent<SqliteHead>[]): void {
    const { insertEvent, insertEvents } = this.#statements;
    for (let first = 0, count = 0; first < events.length; first += count) {
      count = events.length - first < sql.eventsTogether ? 1 : sql.eventsTogether;
      const values: SQLInputValue[] = [];
      for (const event of events.slice(first, first + count)) this.#bind(event, values);
      (count === 1 ? insertEvent : insertEvents).run(...values);
    }
  }

  /** Adds the columns of an event to `values`. */
  #bind({ envelope, head, prepared }: SealedEvent<SqliteHead>, values: SQLInputValue[]): void {
    const { position, version, type, at, project, actor, cause = null, hash } = envelope;
    const { lineageText, dataHash, salt, dataText } = prepared;
    const blob = this.#keep(project, dataText);
    // prettier-ignore
    values.push(
      position, head.id, version, type, at, project, actor, cause, lineageText, hash, dataHash, salt, blob === null ? dataText : '', blob,
    );
    this.#note(head, position, version);
  }

  /** Notes where a version of a stream is; what makes a page full is written at once. */
  #note({ id, tail }: SqliteHead, position: number, version: number): void {
    const page = addToTail(tail, position);
    if (page !== undefined) this.#statements.insertStreamPage.run(id, version, page);
  }

  /** Keeps a large text apart from its event, which has an empty one instead. Returns its address; null where it stands in the event. */
  #keep(project: string, text: string): string | null {
    const address = this.#blobs.placeOf(project, text);
    if (address !== null) this.#statements.keepBlob.run(address, text);
    return address;
  }

  #writeHead(stream: string, head: SqliteHead): void {
    const { id, version, position, hash } = head;
    const tail = textOf(head.tail);
    if (head.isNew) this.#statements.insertHead.run(id, stream, version, position, hash, tail);
    else this.#statements.updateHead.run(version, position, hash, tail, id);
    head.isNew = false;
  }
}

function mustHave(keys: BlobKeys | null): BlobKeys {
  if (keys === null) throw new TypeError('the store was not opened for writing');
  return keys;
}
