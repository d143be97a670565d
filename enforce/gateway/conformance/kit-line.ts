/** One thing the conformance kit looks at, and what came of it. */

export type KitLine = {
  readonly what: string;
  /** `late`: it did not come to it in the time it was given, so that it did nothing wrong, and showed nothing. */
  readonly outcome: 'holds' | 'fails' | 'late' | 'not_shown';
  /** Of one that does not hold: what was seen instead. */
  readonly detail: string;
};

export type KitPlace = {
  /** The program's path; null where it is not installed. */
  readonly program: string | null;
  readonly path: string;
  /** How long one start may take; as long as a slow program needs where it is left out. */
  readonly timeoutMs?: number;
};

export const holds = (what: string): KitLine => ({ what, outcome: 'holds', detail: '' });
export const fails = (what: string, detail: string): KitLine => ({ what, outcome: 'fails', detail });
export const late = (what: string, detail: string): KitLine => ({ what, outcome: 'late', detail });
export const notShown = (what: string, detail: string): KitLine => ({ what, outcome: 'not_shown', detail });
