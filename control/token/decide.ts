/**
 * Decides what happens to the keys: rotation, retirement, and what follows with time. Pure: new keys, the time and who asks are arguments.
 *
 * It refuses to leave a use without a key that signs, and to sign with a key before verifiers could have heard of it, unless a person says so.
 */

import type { KeyUse } from '@writ/protocol';
import type { Refused } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { KeyEvent } from './events.ts';
import type { KeyRing, RingKey } from './key-ring.ts';
import { nextKey, signingKey } from './key-ring.ts';

/** How long a new key is known before it signs, in milliseconds. */
export const announcedMs = 60_000;

export type NewKey = { readonly kid: string; readonly x: string };

export type Decision = { readonly ok: true; readonly events: readonly KeyEvent[] } | Refused;

const happened = (...events: readonly KeyEvent[]): Decision => ({ ok: true, events });

/** Announces `fresh` for `use`. With `atOnce` it signs right away, and one that was announced before it is dropped. */
export function rotate(
  ring: KeyRing,
  { use, fresh, atOnce }: { readonly use: KeyUse; readonly fresh: NewKey; readonly atOnce: boolean },
  { by, at }: { readonly by: string; readonly at: number },
): Decision {
  const waiting = nextKey(ring, use);
  // Asked again before the first one had its turn: that one is the rotation.
  if (waiting !== undefined && !atOnce) return happened();
  const published: KeyEvent = { type: 'key.published', data: { at, use, by, ...fresh } };
  const dropped: readonly KeyEvent[] =
    waiting === undefined
      ? []
      : [{ type: 'key.retired', data: { at, kid: waiting.kid, by, reason: 'another took its turn' } }];
  const isFirst = signingKey(ring, use) === undefined;
  return atOnce || isFirst
    ? happened(...dropped, published, { type: 'key.activated', data: { at, kid: fresh.kid } })
    : happened(published);
}

/** Ends all belief in a key. The one that signs is only retired together with a successor. */
export function retire(
  ring: KeyRing,
  kid: string,
  { by, at, reason }: { readonly by: string; readonly at: number; readonly reason: string },
): Decision {
  const key = ring.keys.get(kid);
  if (key === undefined) return refuse({ code: 'not_found', what: 'key', id: kid });
  if (key.state.name === 'retired') return happened();
  if (key.state.name === 'signing')
    return refuse({
      code: 'out_of_bounds',
      sentence: `key \`${kid}\` signs the ${key.use}s, and nothing would sign them without it`,
      wayOut: `first let another sign: \`writ keys rotate ${key.use} --now\``,
    });
  return happened({ type: 'key.retired', data: { at, kid, by, reason } });
}

/** `oldestOpen`: when the earliest operation that has not settled began; null when all have. */
export type KeyFacts = { readonly now: number; readonly oldestOpen: number | null; readonly artifactLifeMs: number };

/** What has fallen due: announced keys begin to sign, and those whose last statement is over are retired. */
export function due(ring: KeyRing, facts: KeyFacts): readonly KeyEvent[] {
  return [...ring.keys.values()].flatMap((key): readonly KeyEvent[] => {
    const { kid, state } = key;
    if (state.name === 'published')
      return facts.now - state.at >= announcedMs ? [{ type: 'key.activated', data: { at: facts.now, kid } }] : [];
    return isOver(key, facts)
      ? [
          {
            type: 'key.retired',
            data: { at: facts.now, kid, by: 'control', reason: 'the last it signed is over' },
          },
        ]
      : [];
  });
}

function isOver({ use, state }: RingKey, { now, oldestOpen, artifactLifeMs }: KeyFacts): boolean {
  if (state.name !== 'verifying') return false;
  switch (use) {
    case 'permit':
      return oldestOpen === null || oldestOpen >= state.until;
    case 'artifact':
      return now - state.until >= artifactLifeMs;
    case 'evidence':
      return false; // a record is read for as long as it is kept
  }
}
