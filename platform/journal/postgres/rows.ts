/** Rows of the PostgreSQL journal: heads as they come back, and events and heads as the JSON they are written from. */
import type { Head, SealedEvent } from '../seal.ts';

export type HeadRow = {
  readonly id: number;
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly hash: string;
};

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
