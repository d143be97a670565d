/** Rows of a journal as they come back, of whichever database, and the events they hold. */
import type { BlobKeys } from './blob.ts';
import type { Envelope, JsonValue, Lineage } from './journal.ts';
import type { StoredEvent } from './log-check.ts';

export type EventRow = {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly project: string;
  readonly actor: string;
  readonly cause: string | null;
  readonly lineage: string;
  readonly hash: string;
  /** Where its data is kept, if not in the event itself. */
  readonly blob: string | null;
  readonly data: string | null;
};

/** `is_orphan`: no stream has the id, so nobody knows the stream's name. SQLite says it as 0 or 1. */
export type StoredEventRow = EventRow & {
  readonly data_hash: string;
  readonly salt: Uint8Array | null;
  readonly stream_id: number;
  readonly is_orphan: boolean | number;
};

/** Erased data reads as null. Throws a SyntaxError when the data or the lineage is no JSON, and as `BlobKeys.check` does; `blobs` is null for a store that has none. */
export function toEnvelope(row: EventRow, organisation: string, blobs: BlobKeys | null): Envelope {
  blobs?.check(row);
  const { position, stream, version, type, at, project, actor, cause, hash } = row;
  // The casts hold for what `prepareEvent` wrote; `verify` tells when someone else wrote it.
  const lineage = JSON.parse(row.lineage) as Lineage;
  // As above.
  const data = row.data === null ? null : (JSON.parse(row.data) as JsonValue);
  const common = { position, stream, version, type, at, organisation, project, actor, lineage, data, hash };
  return cause === null ? common : { ...common, cause };
}

export function toStoredEvent(row: StoredEventRow, organisation: string): StoredEvent {
  const { position, version, type, at, project, actor, cause, hash, salt } = row;
  const stream = Number(row.is_orphan) === 1 ? undefined : row.stream;
  const texts = { lineageText: row.lineage, dataText: row.data, dataHash: row.data_hash };
  const common = { position, stream, version, type, at, organisation, project, actor, hash, salt, ...texts };
  return { ...common, streamKey: row.stream_id, ...(cause === null ? {} : { cause }) };
}
