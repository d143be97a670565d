/** Folds what happens to the keys. An event that cannot follow is a corrupt log and stops loudly. */

import type { KeyEvent } from './events.ts';
import type { KeyRing, KeyState, RingKey } from './key-ring.ts';
import { nextKey, signingKey } from './key-ring.ts';

/** The ring after `event`. */
export function evolve(ring: KeyRing, event: KeyEvent): KeyRing {
  switch (event.type) {
    case 'key.published': {
      const { kid, use, x, at } = event.data;
      if (ring.keys.has(kid)) throw new Error(`corrupt log: key \`${kid}\` was published twice`);
      if (nextKey(ring, use) !== undefined) throw new Error(`corrupt log: two keys are announced for ${use}s`);
      return changed(ring, { kid, use, x, state: { name: 'published', at } });
    }
    case 'key.activated': {
      const { kid, at } = event.data;
      const key = known(ring, kid);
      if (key.state.name !== 'published') throw impossible(key, 'begin to sign');
      const before = signingKey(ring, key.use);
      const next = changed(ring, moved(key, { name: 'signing', since: at }));
      return before?.state.name === 'signing'
        ? with_(next, moved(before, { name: 'verifying', since: before.state.since, until: at }))
        : next;
    }
    case 'key.retired': {
      const { kid, at, by, reason } = event.data;
      const key = known(ring, kid);
      if (key.state.name === 'retired') throw impossible(key, 'be retired');
      return changed(ring, moved(key, { name: 'retired', at, by, reason }));
    }
  }
}

const moved = (key: RingKey, state: KeyState): RingKey => ({ ...key, state });

const with_ = (ring: KeyRing, key: RingKey): KeyRing => ({ ...ring, keys: new Map([...ring.keys, [key.kid, key]]) });

const changed = (ring: KeyRing, key: RingKey): KeyRing => ({ ...with_(ring, key), epoch: ring.epoch + 1 });

function known(ring: KeyRing, kid: string): RingKey {
  const key = ring.keys.get(kid);
  if (key === undefined) throw new Error(`corrupt log: key \`${kid}\` was never published`);
  return key;
}

const impossible = ({ kid, state }: RingKey, what: string): Error =>
  new Error(`corrupt log: key \`${kid}\` cannot ${what}: it is ${state.name}`);
