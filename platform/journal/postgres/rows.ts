/** Rows of the PostgreSQL journal: heads as they come back, and events and heads as the JSON they are written from. */
import type { BlobKeys } from '../blob.ts';
import type { Head, SealedEvent } from '../seal.ts';

export type HeadRow = {
  readonly id: number;
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly hash: string;
};

/** An event as the JSON that `sql.write` takes. */
export type EventJson = {
  readonly position: number;
  readonly stream: number;
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly project: string;
  readonly actor: string;
  readonly cause: string | null;
  readonly lineage: string;
  readonly hash: string;
  readonly data_hash: string;
  readonly salt: string | null;
  readonly data: string | null;
};

export const eventToJson = ({ envelope, head, prepared }: SealedEvent<Head>): EventJson => ({
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
});

/** Events and the blobs they refer to, as two parameters of `sql.write`. */
export function toParameters(events: readonly EventJson[], keys: BlobKeys): { events: string; blobs: string } {
  const blobs = new Map<string, { address: string; refs: number; content: string }>();
  const rows = events.map((event) => {
    const { project, data } = event;
    const address = data === null ? null : keys.placeOf(project, data);
    if (address === null || data === null) return { ...event, blob: null };
    const blob = blobs.get(address) ?? { address, refs: 0, content: data };
    blob.refs += 1;
    blobs.set(address, blob);
    return { ...event, data: '', blob: address };
  });
  return { events: JSON.stringify(rows), blobs: JSON.stringify([...blobs.values()]) };
}

export function headsToJson(heads: ReadonlyMap<string, Head>): string {
  return JSON.stringify(
    [...heads].map(([stream, { id, version, position, hash }]) => ({ id, stream, version, position, hash })),
  );
}
