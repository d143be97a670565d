/**
 * Attacks 4, 5 and 6: a proof of an actor's key used again, made for something else, or made with another key. Each is refused, nothing is done, and
 * what is no honest mistake is on record. The proofs are DPoP (RFC 9449).
 */

import { createHash, randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { createCaller, newActorKey, proofOf } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { chooseStore, startControlServer } from '@writ/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresServer } from '../../test/kit/postgres/postgres-server.ts';
import { details, ownControl } from './own-control.ts';

type World = Awaited<ReturnType<typeof ownControl>>;

const ask = (mandate: string) => ({
  mandate,
  action: 'git.push',
  resource: 'git://p/refs/heads/writ/x',
  parameters: { oid: 'a' },
});

/** A mandate that names a key; `kept` is the credential with the key, `credential` the credential alone. */
async function keyed(world: World) {
  const key = await newActorKey();
  const { mandate, credential } = await world.run({ actor_key: key.jkt });
  return { mandate, credential, kept: key.keptWith(credential) };
}

type Sent = {
  readonly status: number;
  readonly code: unknown;
  readonly nonce: string | null;
  readonly challenge: string | null;
};

/** Sends one check exactly so. */
async function check(url: string, mandate: string, headers: Record<string, string>): Promise<Sent> {
  const response = await fetch(`${url}/v1/check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(ask(mandate)),
  });
  // Problems and answers are both objects.
  const body = (await response.json()) as { readonly code?: unknown };
  const { headers: got, status } = response;
  return { status, code: body.code, nonce: got.get('dpop-nonce'), challenge: got.get('www-authenticate') };
}

const nonceOf = async (url: string, mandate: string, kept: string, credential: string): Promise<string> => {
  const dpop = await proofOf(kept, { method: 'POST', url: `${url}/v1/check`, nonce: undefined });
  const { nonce } = await check(url, mandate, { authorization: `DPoP ${credential}`, dpop });
  if (nonce === null) throw new Error('no nonce was given');
  return nonce;
};

const attemptsIn = async (world: World): Promise<readonly unknown[]> => {
  const audit = await world.must(world.person.call(controlApi.audit, { query: { limit: 1_000 } }));
  return audit.items.filter(({ type }) => type === 'attempt.refused');
};

describe('attack 4: a proof used again', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('is refused the second time, and at another process over the same store', async () => {
    await using world = await ownControl((dir) => chooseStore(dir, server.url));
    await using other = await startControlServer({ dir: world.dir });
    const { mandate, credential, kept } = await keyed(world);
    const nonce = await nonceOf(world.url, mandate, kept, credential);
    const dpop = await proofOf(kept, { method: 'POST', url: `${world.url}/v1/check`, nonce });
    const headers = { authorization: `DPoP ${credential}`, dpop };
    expect(await check(world.url, mandate, headers)).toMatchObject({ status: 200 });
    expect(await check(world.url, mandate, headers)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
    expect(await check(other.url, mandate, headers)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
    // One that was never used, made out for the other: it has not given that nonce.
    const elsewhere = await proofOf(kept, { method: 'POST', url: `${other.url}/v1/check`, nonce });
    expect(await check(other.url, mandate, { ...headers, dpop: elsewhere })).toMatchObject({
      status: 401,
      code: 'use_dpop_nonce',
    });
    expect(await attemptsIn(world)).not.toEqual([]);
  });

  test('is refused after a restart', async () => {
    await using world = await ownControl();
    const { mandate, credential, kept } = await keyed(world);
    const nonce = await nonceOf(world.url, mandate, kept, credential);
    const port = Number(new URL(world.url).port);
    const dpop = await proofOf(kept, { method: 'POST', url: `${world.url}/v1/check`, nonce });
    const headers = { authorization: `DPoP ${credential}`, dpop };
    expect(await check(world.url, mandate, headers)).toMatchObject({ status: 200 });
    await world.restart(port);
    expect(await check(world.url, mandate, headers)).toMatchObject({ status: 401, code: 'use_dpop_nonce' });
  });
});

type Forged = {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly iat?: number;
  readonly jwk?: JWK;
};

describe('attack 5: a proof of something else', () => {
  test('another method, address, credential, time or kind, and none of the server’s nonces: each is refused', async () => {
    await using world = await ownControl();
    const { mandate, credential, kept } = await keyed(world);
    const nonce = await nonceOf(world.url, mandate, kept, credential);
    const [, x = '', d = ''] = kept.split('.');
    const own = { kty: 'OKP', crv: 'Ed25519', x, d };
    const seconds = Math.floor(Date.now() / 1_000);
    const forge = async ({ claims = {}, header = {}, iat = seconds, jwk = { ...own, d: undefined } }: Forged) => {
      const honest = {
        htm: 'POST',
        htu: `${world.url}/v1/check`,
        ath: createHash('sha256').update(credential).digest('base64url'),
        jti: randomUUID(),
        nonce,
        iat,
      };
      // JSON leaves out what is undefined.
      const payload = JSON.parse(JSON.stringify({ ...honest, ...claims })) as Record<string, unknown>;
      return new SignJWT(payload)
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'EdDSA', jwk: JSON.parse(JSON.stringify(jwk)) as JWK, ...header })
        .sign({ ...own, alg: 'EdDSA' });
    };
    const sent = async (forged: Forged, headers: Record<string, string> = {}) => {
      const { status, code } = await check(world.url, mandate, {
        authorization: `DPoP ${credential}`,
        dpop: await forge(forged),
        ...headers,
      });
      return `${String(status)} ${String(code)}`;
    };
    expect(await sent({})).toBe('200 undefined');
    expect(await sent({ claims: { htu: `${world.url}/v1/./check?x=1#y` } })).toBe('200 undefined');
    const wrong: readonly Forged[] = [
      { claims: { htm: 'GET' } },
      { claims: { htm: 'post' } },
      { claims: { htu: `${world.url}/v1/operations` } },
      { claims: { htu: world.url.replace('127.0.0.1', 'example.com') + '/v1/check' } },
      { claims: { htu: `https${world.url.slice('http'.length)}/v1/check` } },
      { claims: { htu: '/v1/check' } },
      { claims: { ath: createHash('sha256').update('another').digest('base64url') } },
      { claims: { ath: undefined } },
      { claims: { jti: undefined } },
      { claims: { jti: 'x'.repeat(200) } },
      { claims: { htm: undefined } },
      { claims: { htu: undefined } },
      { iat: seconds - 61 - 60 },
      { iat: seconds + 61 + 60 },
      { header: { typ: 'JWT' } },
      { jwk: own },
    ];
    for (const forged of wrong)
      expect({ forged, answer: await sent(forged) }).toEqual({ forged, answer: '401 invalid_dpop_proof' });
    expect(await sent({ claims: { nonce: undefined } })).toBe('401 use_dpop_nonce');
    expect(await sent({ claims: { nonce: 'guessed' } })).toBe('401 use_dpop_nonce');
    const twice = `${await forge({})}, ${await forge({})}`;
    expect(await sent({}, { dpop: twice })).toBe('401 invalid_dpop_proof');
    const unsigned = (await forge({})).replace(/[^.]*$/, '');
    expect(await sent({}, { dpop: unsigned })).toBe('401 invalid_dpop_proof');
  });
});

describe('attack 6: a stolen credential', () => {
  test('is worth nothing without the key, as a bearer or with another key, at every route and on the socket', async () => {
    await using world = await ownControl();
    const { mandate, credential, kept } = await keyed(world);
    const bearer = await check(world.url, mandate, { authorization: `Bearer ${credential}` });
    expect(bearer).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
    expect(bearer.challenge).toMatch(/^DPoP error="invalid_dpop_proof", algs="[^"]*EdDSA/);
    const thief = (await newActorKey()).keptWith(credential);
    const nonce = await nonceOf(world.url, mandate, kept, credential);
    const dpop = await proofOf(thief, { method: 'POST', url: `${world.url}/v1/check`, nonce });
    expect(await check(world.url, mandate, { authorization: `DPoP ${credential}`, dpop })).toMatchObject({
      status: 401,
      code: 'invalid_dpop_proof',
    });
    const { endpoint } = world;
    for (const base of [{ url: world.url }, endpoint()]) {
      for (const [token, isHolder] of [
        [credential, false],
        [thief, false],
        [kept, true],
      ] as const) {
        using caller = createCaller({ base, token, timeoutMs: 5_000 });
        const begun = await caller.call(controlApi.begin, {
          body: { ...ask(mandate), lease_ms: 30_000 },
          idempotencyKey: randomUUID(),
        });
        expect({ base, begun: begun.ok }).toEqual({ base, begun: isHolder });
        if (!begun.ok) {
          expect(begun.problem).toMatchObject({ status: 401 });
          continue;
        }
        const { id } = begun.value.operation;
        const renewed = await caller.call(controlApi.renew, { params: { id }, body: { lease_ms: 30_000 } });
        const settled = await caller.call(controlApi.settle, {
          params: { id },
          body: { outcome: 'done', evidence: '' },
        });
        expect([renewed.ok, settled.ok]).toEqual([true, true]);
      }
    }
    expect((await attemptsIn(world)).length).toBeGreaterThan(0);
  });

  test('a parent cannot act as its child that has a key of its own, nor one child as another', async () => {
    await using world = await ownControl();
    const parent = await world.run();
    const [one, two] = [await newActorKey(), await newActorKey()];
    const point = await world.tokenIn('points/enforcer.token');
    using caller = createCaller({ base: { url: world.url }, token: parent.credential, timeoutMs: 5_000 });
    const child = async (jkt: string) => {
      const body = { purpose: 'part', actor: 'builder', actor_key: jkt, authorization_details: details };
      const made = await caller.call(controlApi.delegate, {
        params: { id: parent.mandate },
        body,
        point,
        idempotencyKey: randomUUID(),
      });
      if (!made.ok || made.value.credential === null) throw new Error('no child');
      return { mandate: made.value.mandate.id, credential: made.value.credential };
    };
    const [a, b] = [await child(one.jkt), await child(two.jkt)];
    const may = async (token: string, mandate: string) => {
      const answer = await caller.call(controlApi.check, { token, body: ask(mandate) });
      return answer.ok ? answer.value.decision : answer.problem.code;
    };
    expect(await may(one.keptWith(a.credential), a.mandate)).toBe('permit');
    // The parent reads the child's credential where it was handed over, and has its own.
    expect(await may(a.credential, a.mandate)).toBe('invalid_dpop_proof');
    expect(await may(parent.credential, a.mandate)).not.toBe('permit');
    expect(await may(two.keptWith(a.credential), a.mandate)).toBe('invalid_dpop_proof');
    expect(await may(two.keptWith(b.credential), b.mandate)).toBe('permit');
  });

  test('a key that nobody has to prove is not taken for a proof', async () => {
    await using world = await ownControl();
    const { mandate, credential } = await world.run();
    const kept = (await newActorKey()).keptWith(credential);
    const dpop = await proofOf(kept, { method: 'POST', url: `${world.url}/v1/check`, nonce: undefined });
    expect(await check(world.url, mandate, { authorization: `DPoP ${credential}`, dpop })).toMatchObject({
      status: 401,
      code: 'invalid_token',
    });
  });

  test('a key of a kind that is not on the list proves nothing', async () => {
    await using world = await ownControl();
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const jwk = await exportJWK(publicKey);
    const { mandate, credential } = await world.run({ actor_key: await calculateJwkThumbprint(jwk) });
    const { nonce } = await check(world.url, mandate, { authorization: `Bearer ${credential}` });
    const ath = createHash('sha256').update(credential).digest('base64url');
    const dpop = await new SignJWT({ htm: 'POST', htu: `${world.url}/v1/check`, ath, nonce })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'RS256', jwk })
      .setJti(randomUUID())
      .setIssuedAt()
      .sign(privateKey);
    expect(await check(world.url, mandate, { authorization: `DPoP ${credential}`, dpop })).toMatchObject({
      status: 401,
      code: 'invalid_dpop_proof',
    });
  });
});
