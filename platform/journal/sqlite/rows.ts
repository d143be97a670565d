/** Rows of the SQLite journal as they come back, and the envelopes they hold. */
import type { Envelope, JsonValue, Lineage } from '../journal.ts';

export type EventRow = {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly organisation: string;
  readonly project: string;
  readonly actor: string;
  readonly cause: string | null;
  readonly lineage: string;
  readonly hash: string;
  readonly data: string | null;
};

export type StoredEventRow = EventRow & { readonly data_hash: string; readonly salt: Uint8Array | null };

export type HeadRow = {
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly hash: string;
};

/** The envelope without its data and hash: what the hash covers. Throws a SyntaxError when the lineage is no JSON. */
export function sealedPart(row: EventRow): Omit<Envelope, 'data' | 'hash'> {
  const { position, stream, version, type, at, organisation, project, actor, cause } = row;
  // The cast holds for what `prepareLineage` wrote; `verify` tells when someone else wrote it.
  const lineage = JSON.parse(row.lineage) as Lineage;
  const sealed = { position, stream, version, type, at, organisation, project, actor, lineage };
  return cause === null ? sealed : { ...sealed, cause };
}

/** Erased data reads as null. */
export function toEnvelope(row: EventRow): Envelope {
  // The cast holds for what `prepareEvent` wrote, as above.
  const data = row.data === null ? null : (JSON.parse(row.data) as JsonValue);
  return { ...sealedPart(row), data, hash: row.hash };
}
