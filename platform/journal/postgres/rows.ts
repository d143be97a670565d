/** Rows of the PostgreSQL journal as they come back, and the envelopes they hold. */
import type { Envelope, JsonValue, Lineage } from '../journal.ts';
import type { StoredEvent } from '../log-check.ts';
import type { Head, SealedEvent } from '../seal.ts';

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
  readonly data: string | null;
};

/** `is_orphan`: no stream has the id, so nobody knows the stream's name. */
export type StoredEventRow = EventRow & {
  readonly data_hash: string;
  readonly salt: Uint8Array | null;
  readonly stream_id: number;
  readonly is_orphan: boolean;
};

export type HeadRow = {
  readonly id: number;
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly hash: string;
};

/** Erased data reads as null. Throws a SyntaxError when the data or the lineage is no JSON. */
export function toEnvelope(row: EventRow, organisation: string): Envelope {
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
  const stream = row.is_orphan ? undefined : row.stream;
  const texts = { lineageText: row.lineage, dataText: row.data, dataHash: row.data_hash };
  const common = { position, stream, version, type, at, organisation, project, actor, hash, salt, ...texts };
  return { ...common, streamKey: row.stream_id, ...(cause === null ? {} : { cause }) };
}

/** Events as the JSON that `sql.write` takes. */
export function eventsToJson(events: readonly SealedEvent<Head>[]): string {
  return JSON.stringify(
    events.map(({ envelope, head, prepared }) => ({
      position: envelope.position,
      stream: head.id,
      version: envelope.version,
      type: envelope.type,
      at: envelope.at,
      project: envelope.project,
      actor: envelope.actor,
      cause: envelope.cause ?? null,
      lineage: prepared.lineageText,
      hash: envelope.hash,
      data_hash: prepared.dataHash,
      salt: Buffer.from(prepared.salt).toString('base64'),
      data: prepared.dataText,
    })),
  );
}

export function headsToJson(heads: ReadonlyMap<string, Head>): string {
  return JSON.stringify(
    [...heads].map(([stream, { id, version, position, hash }]) => ({ id, stream, version, position, hash })),
  );
}
