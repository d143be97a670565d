/** What the services of control share: the journal with its fold, the clock, and the making of ids. */

import type { Journal } from '@writ/journal';
import type { UnderWay } from './budget/under-way.ts';
import type { Commit } from './commit.ts';
import type { Lookup } from './mandate/lineage.ts';
import type { MandateFacts } from './mandate/decide.ts';
import type { Policy } from './policy/policy.ts';
import type { Projection } from './projection.ts';
import type { Repeats } from './repeats.ts';
import type { Registry } from './registry/registry.ts';
import type { Writing } from './writing.ts';

export type Core = {
  readonly journal: Journal;
  readonly projection: Projection;
  readonly registry: Registry;
  /** The policy in force now. */
  readonly policy: Policy;
  readonly commit: Commit;
  readonly writing: Writing;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A new id with a prefix, such as `m-7k2p9x4qta`. */
  readonly newId: (prefix: string) => string;
  readonly find: Lookup;
  readonly readings: MandateFacts['readings'];
  /** Refusals that are counted instead of written one by one. */
  readonly repeats: Repeats;
  /** Begins that were handed to the journal and have not come back: a stop that finds none has seen every operation there is. */
  readonly pendingBegins: { count: number };
  /** What was drawn by those decided before in the same append. */
  readonly underWay: UnderWay;
};

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const idLength = 10;

/** Makes ids of 50 random bits in Crockford's alphabet, which a person can read out. Randomness is asked for in one go for a hundred ids. */
export function idMaker(random: (bytes: number) => Uint8Array): (prefix: string) => string {
  let letters = '';
  let used = 0;
  return (prefix) => {
    if (used + idLength > letters.length) {
      letters = String.fromCharCode(...random(idLength * 100).map((byte) => alphabet.charCodeAt(byte & 31)));
      used = 0;
    }
    used += idLength;
    return `${prefix}-${letters.slice(used - idLength, used)}`;
  };
}
