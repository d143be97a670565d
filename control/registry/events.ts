/** What is kept of enforcement points: that they exist, and each start of one. */

import type { PointKind } from '../caller.ts';

export type PointEvent = {
  readonly type: 'point.registered';
  readonly data: { readonly at: number; readonly id: string; readonly kind: PointKind; readonly boot: string };
};
