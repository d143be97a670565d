/** What is kept of enforcement points: that they exist, each start of one, and that one left. */

import type { PointKind } from '../caller.ts';

export type RegisteredPoint = {
  readonly at: number;
  readonly id: string;
  readonly kind: PointKind;
  readonly boot: string;
  /** Of a launcher: all it will ever hold something under. Absent where that is not known, of every other kind. */
  readonly mandates?: readonly string[];
};

export type PointEvent =
  | { readonly type: 'point.registered'; readonly data: RegisteredPoint }
  | { readonly type: 'point.left'; readonly data: { readonly at: number; readonly id: string; readonly boot: string } };
