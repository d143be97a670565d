/**
 * The port of the journal: the append-only event log that is the only durable truth of a plane. Everything else is a fold of it.
 *
 * It refuses: data that is not JSON, data over `maxDataBytes`, an append whose read set has moved, a second writer, and more waiting work
 * than its queue holds. It never updates or deletes an event. Who may write what is not its business.
 *
 * The design is docs/architecture.md; the canonical form of data is RFC 8785 (JCS). Every adapter runs `describeJournal` (describe-journal.ts).
 */

import type { StoredSnapshot } from './snapshot/snapshot.ts';

/** A value that JSON can carry. Numbers are finite, strings hold no lone surrogate; the journal refuses anything else. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What an event was done under and for. */
export type Lineage = {
  readonly mandate?: string;
  readonly mandateVersion?: number;
  readonly mission?: string;
  readonly task?: string;
  readonly attempt?: string;
  readonly session?: string;
  readonly agent?: string;
};

/** An event as its writer knows it. `type` is in the past tense (`mandate.revoked`); `cause` names what brought it about. */
export type NewEvent = {
  readonly type: string;
  readonly data: JsonValue;
  readonly project: string;
  readonly actor: string;
  readonly cause?: string;
  readonly lineage?: Lineage;
};

/** Events for one stream, in order. */
export type StreamWrite = { readonly stream: string; readonly events: readonly NewEvent[] };

/** The version a stream must have for the append to hold: a stream it writes, or one it only relied on. 0 = the stream does not exist. */
export type Expectation = { readonly stream: string; readonly version: number };

/**
 * An event as the journal keeps it. `position` counts all events of the journal from 1 without a hole, `version` those of the stream;
 * `at` is RFC 3339 in UTC with milliseconds and never runs backwards; `hash` (SHA-256, base64url) chains the event to its stream.
 */
export type Envelope = {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly organisation: string;
  readonly project: string;
  readonly actor: string;
  readonly cause?: string;
  readonly lineage: Lineage;
  readonly data: JsonValue;
  readonly hash: string;
};

/** `position` is the journal's head right after the append; `at_least` on later reads may name it. */
export type AppendResult =
  | { readonly ok: true; readonly position: number; readonly events: readonly Envelope[] }
  | {
      readonly ok: false;
      readonly conflict: { readonly stream: string; readonly expected: number; readonly actual: number };
    };

/** One broken promise of the log. `stream` is empty where the finding concerns the whole log. */
export type VerifyFinding = {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly problem: string;
};

/** Data that was erased, as the event at `erasedAt` tells: by whom, when and why. The event itself still stands in its chain. */
export type Erased = {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly erasedAt: number;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
};

/** Which events to erase, and who wants it. `project` is the erasure's own. */
export type Erasure = {
  readonly positions: readonly number[];
  readonly project: string;
  readonly actor: string;
  readonly reason: string;
};

/**
 * A checkpoint as somebody else may have kept it: `root` covers events up to `to`, signed by `key`. With `from`, the first event it covers, it need not have been recorded in
 * the log to be held against it.
 */
export type Seal = { readonly from?: number; readonly to: number; readonly root: string; readonly key: string };

/** Where an event is. */
export type EventPlace = { readonly position: number; readonly stream: string; readonly version: number };

/** What `verify` found. `ok` means no finding; it cannot prove that the newest events were not cut off: that takes a checkpoint kept elsewhere. */
export type VerifyReport = {
  readonly ok: boolean;
  readonly events: number;
  readonly streams: number;
  readonly head: number;
  readonly findings: readonly VerifyFinding[];
  readonly erased: readonly Erased[];
  /** Events whose data an export leaves out on purpose; none in a store. */
  readonly withheld: readonly EventPlace[];
  /** Signed checkpoints in the log, and the newest of them. */
  readonly checkpoints: number;
  readonly sealed: Seal | null;
  /** The newest checkpoint of the other plane that this log has. */
  readonly witnessed: (Seal & { readonly plane: string }) | null;
};

/** The half of the port that only reads. */
export interface JournalReader extends AsyncDisposable {
  /** Events of one stream in order, those after version `after` (default 0), at most `limit` (default: all). An unknown stream is empty. */
  read(stream: string, options?: { readonly after?: number; readonly limit?: number }): Promise<readonly Envelope[]>;

  /** Events of all streams in order, those after position `after` (default 0), at most `limit` (default: all). */
  readAll(options?: { readonly after?: number; readonly limit?: number }): Promise<readonly Envelope[]>;

  /** The position of the newest event; 0 when there is none. */
  head(): Promise<number>;

  /** Recomputes every hash, count and checkpoint and names exactly what does not hold. `expected` (default: none): checkpoints of this log that somebody else kept. */
  verify(expected?: readonly Seal[]): Promise<VerifyReport>;
}

export interface Journal extends JournalReader {
  /** The snapshot of `fold` as somebody stored it, unless something was erased since; undefined when there is none. Nothing of it is proved: `KeptFold` says what may be believed. */
  snapshot(fold: string): Promise<StoredSnapshot | undefined>;

  /**
   * Stores a snapshot in the place of the one of the same fold. It is no event: it is in no backup, copy or export, and an erasure takes it away. One that is older than the newest
   * erasure, or goes beyond the log, is not stored. Rejects when the store does not take it; the journal stays usable.
   */
  keepSnapshot(snapshot: StoredSnapshot): Promise<void>;

  /**
   * Writes events to one or more streams: all of them or none. Resolves when they are on stable storage. A failed expectation refuses this
   * append alone, as a value naming the first that failed; projections have seen what made it fail. Rejects when the events are not acceptable (a `JournalError` of kind `input`), the queue is full
   * (`busy`), or the store fails (`store`); nothing of the append is kept then, and the journal stays usable. A store reached over a network can also go away in the
   * middle of a commit and not come back in time (`unknown`): then only the streams can tell whether the append was kept.
   * An append without events checks its expectations and resolves at the head.
   */
  append(writes: readonly StreamWrite[], expect: readonly Expectation[]): Promise<AppendResult>;

  /**
   * Erases the data of events for good, and appends in the same transaction the event (`journal.erased` in the stream `journal/erasures`) that says by whom, when and why. Their
   * envelopes and hashes stay, and the chains verify; their data reads as null from then on, so only what no fold needs may be erased. Rejects with a `JournalError` of
   * kind `input` when a position is not in the log or is an erasure itself.
   */
  erase(erasure: Erasure): Promise<AppendResult>;

  /**
   * Every event after position `after`, then each new one as it is committed: no gap, no duplicate, in position order. The reader sets the pace;
   * nothing is buffered for it beyond one page. Ends without an error when `signal` aborts or the journal is closed.
   */
  subscribe(options: { readonly after: number; readonly signal: AbortSignal }): AsyncIterable<Envelope>;

  /**
   * Calls `listener` synchronously after each commit, in position order, before the appends of that commit resolve. Nothing is replayed at
   * registration. A listener must not throw: a fold that cannot follow the log answers wrongly from then on, so its error becomes an uncaught
   * exception before any append of that commit is acknowledged. Disposing stops the calls.
   */
  project(listener: (events: readonly Envelope[]) => void): Disposable;

  /**
   * `project`, beginning with every event after position `after`: resolves once the listener has seen all there is, and from then on each commit calls it. No gap and no
   * duplicate between the two, whoever writes meanwhile.
   */
  follow(after: number, listener: (events: readonly Envelope[]) => void): Promise<Disposable>;

  /**
   * Resolves at a position no older than the newest event that was acknowledged anywhere when this was called, once projections have seen all up to it. What is judged from a
   * projection after that is judged *fresh*. A journal with one writer has nothing to wait for.
   */
  refresh(): Promise<number>;

  /**
   * How long ago this process last knew of every event that was acknowledged anywhere, in milliseconds, by the clock that moved more: who cannot reach the store does not know what others wrote
   * meanwhile. 0 for a journal with one writer.
   */
  silentMs(): number;
}

/** `path`: the database file. `organisation`: owner of every event written. `now`: milliseconds since the epoch. */
export type OpenOptions = { readonly path: string; readonly organisation: string; readonly now: () => number };
