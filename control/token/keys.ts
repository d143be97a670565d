/**
 * The keys of control as a service: signs statements, publishes what verifies them, rotates and retires.
 *
 * INVARIANT: a private half is on disk before its key is announced, and a key signs only after the journal says so. A key that signs and whose private half
 * is gone is retired and another takes its place at once.
 */

import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { KeySetWire, KeyUse, PublishedKey, VerificationKey } from '@writ/protocol';
import { keyUseWire, signCompactJws } from '@writ/protocol';
import { privateFolder } from '@writ/journal';
import type { Caller, Itself } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import { claim, claimOf, planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Outcome } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { keysStream, requestStream } from '../streams.ts';
import type { Decision, KeyFacts } from './decide.ts';
import { due, retire, rotate } from './decide.ts';
import type { KeyEvent } from './events.ts';
import { dropKey, makeKey, openKey } from './key-files.ts';
import type { RingKey } from './key-ring.ts';
import { nextKey, signingKey, signingKeyAt } from './key-ring.ts';

/** Signs, and knows its own signatures. */
export interface Signers {
  /** The statement as a JWS of kind `type`, signed with the key that signed for `use` at `at`: the same statement of the same time is the same text. */
  sign(use: KeyUse, type: string, claims: object, at: number): Promise<string>;
  /** The key that may have signed for `use`, by its id. */
  verifier(use: KeyUse): (kid: string) => VerificationKey | undefined;
}

export interface Keys {
  /**
   * Announces a new key for `use`; with `atOnce` it signs from now on. A key that waits already is the answer, unless it is to be at once. Asked again
   * with the same idempotency key it is the same rotation.
   */
  rotateKey(use: KeyUse, atOnce: boolean, asked: Asked): Promise<Outcome<RingKey>>;
  /** What the key signed is believed no more. */
  retireKey(kid: string, reason: string, by: Caller): Promise<Outcome<RingKey>>;
  /** The public keys (RFC 7517), with the epoch of the ring. */
  keySet(): KeySetWire;
  /** Statements that cannot be signed now, for want of a key. */
  usesWithoutKey(): readonly KeyUse[];
}

export type OpenKeys = {
  readonly keys: Keys;
  readonly signers: Signers;
  /** Does what has fallen due: keys that begin to sign, keys that are over. */
  readonly keep: () => Promise<void>;
};

const itself: Itself = { kind: 'control' };
const uses = keyUseWire.options;

export type KeysOptions = {
  /** How long an artifact is believed at most. */
  readonly artifactLifeMs: number;
  /** Whether a key whose private half is not here gives way to another. Not where it is on the machine that invited this one: its own would be retired under it. */
  readonly makesKeys: boolean;
};

/** Opens the keys of `folder`, making those that are missing where it makes keys. */
export async function openKeys(
  core: Core,
  folder: string,
  { artifactLifeMs, makesKeys }: KeysOptions,
): Promise<OpenKeys> {
  const { projection, commit } = core;
  const privateHalves = new Map<string, KeyObject>();
  const publicHalves = new Map<string, VerificationKey['key']>();
  const ring = () => projection.keys;

  const append = (by: Caller | Itself, plan: () => Decision): Promise<Outcome<void>> =>
    commit(by, () => {
      const decided = plan();
      return decided.ok ? done({ writes: [keysWrite(decided.events)], reliedOn: [], value: undefined }) : decided;
    });

  async function open(key: RingKey): Promise<KeyObject | undefined> {
    const kept = privateHalves.get(key.kid) ?? (await openKey(folder, key));
    if (kept !== undefined) privateHalves.set(key.kid, kept);
    return kept;
  }

  /** Every use has a key that signs and can; one whose private half is lost gives way. */
  async function mend(use: KeyUse): Promise<void> {
    const now = signingKey(ring(), use);
    if (now !== undefined && (!makesKeys || (await open(now)) !== undefined)) return;
    await rotateWith(use, true, { by: itself });
    if (now === undefined) return;
    const reason = 'its private half is not where it was kept';
    await append(itself, () => retire(ring(), now.kid, { by: 'control', at: core.now(), reason }));
  }

  /** The value is the key this very rotation made, where it was asked for with a key and made one. */
  async function rotateWith(
    use: KeyUse,
    atOnce: boolean,
    asked: Asked<Caller | Itself>,
  ): Promise<Outcome<string | undefined>> {
    const { by } = asked;
    const fresh = await makeKey(folder);
    const route = `rotate key ${use}`;
    const id = by.kind === 'control' ? undefined : claimOf({ ...asked, by }, route);
    const plan = (): Outcome<Plan<string | undefined>> => {
      const claimed = by.kind === 'control' ? undefined : claim(projection, { ...asked, by }, route, core.now());
      if (claimed !== undefined && 'ok' in claimed) return claimed;
      if (claimed?.kind === 'repeated') return done({ writes: [], reliedOn: [], value: claimed.refs.keys[0] });
      const decided = rotate(ring(), { use, fresh, atOnce }, { by: nameOf(by), at: core.now() });
      if (!decided.ok) return decided;
      return done({ writes: [...(claimed?.writes ?? []), keysWrite(decided.events)], reliedOn: [], value: undefined });
    };
    const outcome = await commit(by, plan, id === undefined ? undefined : requestStream(id));
    if (!ring().keys.has(fresh.kid)) await dropKey(folder, fresh.kid);
    await dropRetired();
    return outcome;
  }

  async function dropRetired(): Promise<void> {
    for (const kid of privateHalves.keys()) {
      if (ring().keys.get(kid)?.state.name !== 'retired') continue;
      privateHalves.delete(kid);
      await dropKey(folder, kid);
    }
  }

  function factsNow(): KeyFacts {
    let oldestOpen: number | null = null;
    for (const id of projection.openOperations) {
      const at = projection.operations.get(id)?.begun.at;
      if (at !== undefined) oldestOpen = Math.min(oldestOpen ?? at, at);
    }
    return { now: core.now(), oldestOpen, artifactLifeMs };
  }

  const isQuiet = (): boolean =>
    [...ring().keys.values()].every(
      ({ state, use }) =>
        state.name === 'signing' || state.name === 'retired' || (state.name === 'verifying' && use === 'evidence'),
    );

  async function keep(): Promise<void> {
    if (isQuiet() || due(ring(), factsNow()).length === 0) return;
    await append(itself, () => {
      const events: readonly KeyEvent[] = due(ring(), factsNow());
      return { ok: true, events };
    });
    await dropRetired();
    for (const use of uses) await mend(use);
  }

  const verificationKey = ({ kid, x, state }: RingKey): VerificationKey => {
    const key = publicHalves.get(kid) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    publicHalves.set(kid, key);
    return { key, signedUntil: state.name === 'verifying' ? Math.floor(state.until / 1_000) : null };
  };

  const found = (kid: string): Outcome<RingKey> => {
    const key = ring().keys.get(kid);
    return key === undefined ? refuse({ code: 'not_found', what: 'key', id: kid }) : done(key);
  };

  await privateFolder(folder);
  for (const use of uses) await mend(use);
  for (const key of ring().keys.values()) if (key.state.name !== 'retired') await open(key);

  const signers: Signers = {
    async sign(use, type, claims, at) {
      for (const key of [signingKeyAt(ring(), use, at), signingKey(ring(), use)]) {
        if (key === undefined) continue;
        // One that took its place without this service is opened as it is first needed.
        const half = privateHalves.get(key.kid) ?? (await open(key));
        if (half !== undefined) return signCompactJws(claims, { type, kid: key.kid, key: half });
      }
      throw new Error(`there is no key to sign ${use}s with`);
    },
    verifier: (use) => (kid) => {
      const key = ring().keys.get(kid);
      return key?.use === use && key.state.name !== 'retired' ? verificationKey(key) : undefined;
    },
  };

  const keys: Keys = {
    async rotateKey(use, atOnce, asked) {
      if (asked.by.kind !== 'person')
        return refuse({ code: 'not_an_approver', attempted: `rotate the key of the ${use}s` });
      if (!makesKeys)
        return refuse({
          code: 'out_of_bounds',
          sentence: `the key of the ${use}s is rotated on the machine that invited this one`,
          wayOut: '`writ keys rotate` there, then `writ store invite` and `writ store join` again',
        });
      const rotated = await rotateWith(use, atOnce, asked);
      if (!rotated.ok) return rotated;
      if (rotated.value !== undefined) return found(rotated.value);
      const key = atOnce ? signingKey(ring(), use) : (nextKey(ring(), use) ?? signingKey(ring(), use));
      return found(key?.kid ?? '');
    },
    async retireKey(kid, reason, by) {
      if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: `retire key \`${kid}\`` });
      const outcome = await append(by, () => retire(ring(), kid, { by: nameOf(by), at: core.now(), reason }));
      await dropRetired();
      return outcome.ok ? found(kid) : outcome;
    },
    usesWithoutKey: () =>
      uses.filter((use) => {
        const key = signingKey(ring(), use);
        return key === undefined || !privateHalves.has(key.kid);
      }),
    keySet: () => ({
      keys: [...ring().keys.values()].flatMap(publish),
      incarnation: projection.incarnation,
      epoch: ring().epoch,
    }),
  };

  return { keys, signers, keep };
}

const keysWrite = (events: readonly KeyEvent[]): PlannedWrite => ({
  stream: keysStream,
  events,
  project: planeProject,
  lineage: {},
});

/** What verifiers are told of a key: nothing once it is retired. */
function publish({ kid, use, x, state }: RingKey): readonly PublishedKey[] {
  if (state.name === 'retired') return [];
  const until = state.name === 'verifying' ? { writ_signed_until: Math.floor(state.until / 1_000) } : {};
  return [{ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig', writ_use: use, ...until }];
}
