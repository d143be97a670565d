/** Rows of the tables that only the SQLite journal has. */

export type HeadRow = {
  readonly id: number;
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly hash: string;
  readonly tail: string;
};

export type StreamPageRow = { readonly stream: number; readonly upto: number; readonly positions: string };

/** What `readPageToVerify` selects, in its order. */
export type EventToVerify = readonly [
  position: number,
  stream: string,
  version: number,
  type: string,
  at: string,
  project: string,
  actor: string,
  cause: string | null,
  lineage: string,
  hash: string,
  blob: string | null,
  data: string | null,
  dataHash: string,
  salt: Uint8Array | null,
  streamId: number,
  isOrphan: number,
];
