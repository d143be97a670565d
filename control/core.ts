/** What the services of control share: the journal with its fold, the clock, and the making of ids. */

import type { Journal } from '@writ/journal';
import type { Commit } from './commit.ts';
import type { Lookup } from './mandate/lineage.ts';
import type { MandateFacts } from './mandate/decide.ts';
import type { Policy } from './policy/policy.ts';
import type { Projection } from './projection.ts';
import type { Registry } from './registry/registry.ts';

export type Core = {
  readonly journal: Journal;
  readonly projection: Projection;
  readonly registry: Registry;
  readonly policy: Policy;
  readonly commit: Commit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A new id with a prefix, such as `m-7k2p9x4qta`. */
  readonly newId: (prefix: string) => string;
  readonly find: Lookup;
  readonly readings: MandateFacts['readings'];
  /** Begins that were handed to the journal and have not come back: a stop that finds none has seen every operation there is. */
  readonly pendingBegins: { count: number };
};

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes ids of 50 random bits in Crockford's alphabet, which a person can read out. */
export const idMaker =
  (random: (bytes: number) => Uint8Array) =>
  (prefix: string): string =>
    `${prefix}-${[...random(10)].map((byte) => alphabet[byte & 31]).join('')}`;
