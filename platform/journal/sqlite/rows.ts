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
