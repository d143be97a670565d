/** One thing the conformance kit looks at, and what came of it. */

export type KitLine = {
  readonly what: string;
  readonly outcome: 'holds' | 'fails' | 'not_shown';
  /** Of one that does not hold: what was seen instead. */
  readonly detail: string;
};

export type KitPlace = {
  /** The program's path; null where it is not installed. */
  readonly program: string | null;
  readonly path: string;
  readonly signal?: AbortSignal;
};

export const holds = (what: string): KitLine => ({ what, outcome: 'holds', detail: '' });
export const fails = (what: string, detail: string): KitLine => ({ what, outcome: 'fails', detail });
export const notShown = (what: string, detail: string): KitLine => ({ what, outcome: 'not_shown', detail });
