/**
 * The public keys of control (JWKS, RFC 7517), fetched and remembered for a bounded time, and the verifying of what control signed with them.
 *
 * It refuses to be driven by strangers: an unknown key id makes it ask again, but no more often than the cooldown. Keys it cannot renew within their age are
 * forgotten, and a set older than one it has seen is not taken, whoever brings it.
 */

import type { KeySetWire, KeyUse, RefusedJws, RingPlace, VerificationKey, VerifiedJws } from '@writ/protocol';
import { controlApi, isBefore, keysFor, keyUseWire, verifyCompactJws } from '@writ/protocol';
import type { Caller } from './caller.ts';
import type { Clock, Reading } from './clock.ts';
import { readClock } from './clock.ts';
import { elapsedMs } from './freshness.ts';

/** The statement expected: which kind, signed with keys for which use, and how long at most. */
export type Expected = { readonly type: string; readonly use: KeyUse; readonly maxLength: number };

export type NotVerified =
  RefusedJws | { readonly ok: false; readonly problem: 'keys_unreachable'; readonly why: string };

export interface KeyStore {
  /** Whether control signed `text` as a statement of that kind. Asks for its keys where they are not known, are too old, or this one is new. */
  verify(text: string, expected: Expected): Promise<VerifiedJws | NotVerified>;
  /** Something happened to the keys: they are asked for again before anything is verified. */
  outdated(): void;
}

const maxAgeMs = 5 * 60_000;
const cooldownMs = 1_000;

type Keys = { readonly [Use in KeyUse]: ReadonlyMap<string, VerificationKey> };
type Kept = { readonly keys: Keys; readonly fetchedAt: Reading };
/** The keys, or why there are none. */
type Renewed = Kept | string;

/** A store that asks `control`. One request at a time, whoever wants a key. */
export function createKeyStore(control: Caller, clock: Clock, timeoutMs: number): KeyStore {
  let kept: Kept | null = null;
  let seen: RingPlace = { incarnation: 1, epoch: 0 };
  let fetching: Promise<Renewed> | null = null;

  const ageOf = ({ fetchedAt }: Kept): number => elapsedMs(fetchedAt, readClock(clock));

  async function fetchKeys(): Promise<Renewed> {
    const fetchedAt = readClock(clock);
    const reply = await control.call(controlApi.keys, { timeoutMs });
    if (!reply.ok) return reply.problem.detail;
    // INVARIANT: never back to an older ring: a key that was retired in between would come back with it. A journal that was set back makes no exception before control
    // knows that it was: then its incarnation is raised, and none of its keys is from before.
    if (isBefore(reply.value, seen)) return 'it shows older keys than it has shown before';
    const keys = readKeys(reply.value);
    if (keys === undefined) return 'what it publishes is not a set of keys';
    seen = reply.value;
    return { keys, fetchedAt };
  }

  async function renew(): Promise<Renewed> {
    fetching ??= fetchKeys().finally(() => {
      fetching = null;
    });
    const renewed = await fetching;
    if (typeof renewed !== 'string') kept = renewed;
    return renewed;
  }

  return {
    async verify(text, { type, use, maxLength }) {
      const attempt = ({ keys }: Kept) =>
        verifyCompactJws(text, { type, maxLength, keyOf: (kid) => keys[use].get(kid) });
      const known = kept !== null && ageOf(kept) <= maxAgeMs ? kept : await renew();
      if (typeof known === 'string') {
        kept = null;
        return { ok: false, problem: 'keys_unreachable', why: known };
      }
      const first = attempt(known);
      if (first.ok || first.problem !== 'unknown_key' || ageOf(known) < cooldownMs) return first;
      const again = await renew();
      return typeof again === 'string' ? first : attempt(again);
    },
    outdated() {
      kept = null;
    },
  };
}

function readKeys(set: KeySetWire): Keys | undefined {
  try {
    // One entry for every member of the union the options are of.
    return Object.fromEntries(keyUseWire.options.map((use) => [use, keysFor(set, use)])) as Keys;
  } catch {
    return undefined; // two keys with one id, or no point of the curve
  }
}
