/**
 * The enforcement points as they stand: who was heard when, and what each says it holds. Memory only; that a point exists, and each new boot
 * of one, is an event. It decides nothing.
 *
 * It refuses to forget quickly: a point that fell silent still holds what it said it holds, until it says otherwise, leaves, or an hour is over.
 */

import type { PointKind } from '../caller.ts';

export type HoldingKind = 'session' | 'queued' | 'process_group' | 'connection' | 'permit';

export type Holding = {
  readonly kind: HoldingKind;
  readonly subject: string;
  readonly mandate: string;
  /** Until when an effect of it can still land after a stop nobody confirmed; null when none can. */
  readonly residualUntil: number | null;
};

export type PointReport = {
  readonly kind: PointKind;
  /** Differs each time the point starts. */
  readonly boot: string;
  /** The last journal position it has seen. */
  readonly position: number;
  /** A name for what it holds, another one whenever that changes; absent where it says all of it each time. */
  readonly held?: string | undefined;
  /** Null: what it was when it was last said under this name. */
  readonly holdings: readonly Holding[] | null;
};

export type HeardPoint = PointReport & {
  readonly id: string;
  readonly heardAt: number;
  readonly holdings: readonly Holding[];
};

/** How long a silent point is remembered, in milliseconds. */
export const forgetAfterMs = 3_600_000;

export interface Registry {
  put(point: HeardPoint): void;
  /** Forgets a point that left. */
  remove(id: string): void;
  get(id: string): HeardPoint | undefined;
  /** The points heard within the last hour before `now`. */
  points(now: number): readonly HeardPoint[];
}

/** An empty registry: what control starts with, until the points report. */
export function createRegistry(): Registry {
  const points = new Map<string, HeardPoint>();
  return {
    put: (point) => {
      points.set(point.id, point);
    },
    remove: (id) => {
      points.delete(id);
    },
    get: (id) => points.get(id),
    points(now) {
      for (const [id, point] of points) if (now - point.heardAt > forgetAfterMs) points.delete(id);
      return [...points.values()];
    },
  };
}
