/**
 * The public keys permits are signed with (JWKS, RFC 7517), fetched from control and remembered for a bounded time.
 *
 * It refuses to be driven by strangers: an unknown key id makes it ask again, but no more often than the cooldown; keys it cannot renew
 * within their age are forgotten.
 */

import { controlApi } from '@writ/protocol';
import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { Caller } from '../client/caller.ts';
import type { Clock, Reading } from '../client/clock.ts';
import { readClock } from '../client/clock.ts';
import { elapsedMs } from '../client/freshness.ts';

/** Thrown by the key lookup when control does not give its keys; everything else it throws is about the permit. */
export class KeysUnreachable extends Error {}

const maxAgeMs = 5 * 60_000;
const cooldownMs = 1_000;
const maxKeys = 16;

type Kept = { readonly find: JWTVerifyGetKey; readonly fetchedAt: Reading };

/** A key lookup for jose. One request at a time, whoever asks. */
export function createPermitKeys(control: Caller, clock: Clock, timeoutMs: number): JWTVerifyGetKey {
  let kept: Kept | null = null;
  let fetching: Promise<Kept> | null = null;

  const ageOf = ({ fetchedAt }: Kept): number => elapsedMs(fetchedAt, readClock(clock));
  const renew = (): Promise<Kept> => {
    fetching ??= fetchKeys(control, clock, timeoutMs).finally(() => {
      fetching = null;
    });
    return fetching;
  };

  return async (header, token) => {
    if (kept === null || ageOf(kept) > maxAgeMs) kept = await renew();
    try {
      return await kept.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || ageOf(kept) < cooldownMs) throw error;
    }
    kept = await renew();
    return kept.find(header, token);
  };
}

async function fetchKeys(control: Caller, clock: Clock, timeoutMs: number): Promise<Kept> {
  const fetchedAt = readClock(clock);
  const reply = await control.call(controlApi.keys, { timeoutMs });
  if (!reply.ok) throw new KeysUnreachable(reply.problem.detail);
  // What is not a key in it is found by jose when it is used, and refused there.
  const jwks: JSONWebKeySet = { keys: reply.value.keys.slice(0, maxKeys) };
  try {
    return { find: createLocalJWKSet(jwks), fetchedAt };
  } catch {
    throw new KeysUnreachable('what control publishes is not a set of keys');
  }
}
