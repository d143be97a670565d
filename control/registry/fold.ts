/** Enforcement points that there are: a part of the fold. Whether one is heard is no part of it. It decides nothing. */

import type { PointEvent, RegisteredPoint } from './events.ts';

export type PointFold = {
  /** Those that have not left. */
  readonly points: Map<string, RegisteredPoint>;
};

export const noPoints = (): PointFold => ({ points: new Map() });

/** Folds an event in. */
export function foldPoint(p: PointFold, event: PointEvent): void {
  if (event.type === 'point.registered') p.points.set(event.data.id, event.data);
  else p.points.delete(event.data.id);
}
