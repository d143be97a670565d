import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { CryptoKey } from 'jose';
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { createActorProofs } from './actor-proof.ts';

const url = 'http://127.0.0.1:1/v1/check';
const start = Date.UTC(2030, 0, 1);
let key: { readonly privateKey: CryptoKey; readonly jwk: object; readonly jkt: string };

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  key = { privateKey, jwk, jkt: await calculateJwkThumbprint(jwk) };
});

function proofs() {
  const clock = { now: start };
  const made = createActorProofs({ now: () => clock.now, random: randomBytes, proofsPerNonce: 3 });
  const proven = { method: 'POST', url, token: 't', jkt: key.jkt };
  const sign = (nonce: string): Promise<string> =>
    new SignJWT({ htm: 'POST', htu: url, ath: createHash('sha256').update('t').digest('base64url'), nonce })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })
      .setJti(randomUUID())
      .setIssuedAt(Math.floor(clock.now / 1_000))
      .sign(key.privateKey);
  const judge = async (proof: string): Promise<string> => {
    const answer = await made.verify(proof, proven);
    return answer.ok ? 'ok' : answer.error;
  };
  return { clock, made, proven, sign, judge };
}

it('takes a proof once, and its nonce for two spans at most, whatever the clock does', async () => {
  const { clock, made, sign, judge } = proofs();
  const first = made.nonce();
  const proof = await sign(first);
  expect([await judge(proof), await judge(proof)]).toEqual(['ok', 'invalid_dpop_proof']);
  clock.now += 120_000;
  expect(made.nonce()).not.toBe(first);
  expect(await judge(await sign(first))).toBe('ok');
  clock.now += 120_000;
  expect(await judge(await sign(first))).toBe('use_dpop_nonce');
  const later = made.nonce();
  clock.now += 600_000;
  expect(await judge(await sign(later))).toBe('use_dpop_nonce');
  const now = made.nonce();
  clock.now -= 1;
  expect(await judge(await sign(now))).toBe('use_dpop_nonce');
});

it('keeps a bounded number of uses: a nonce that was used up gives way, and what was used with it stays used', async () => {
  const { made, sign, judge } = proofs();
  const first = made.nonce();
  const used = [await sign(first), await sign(first), await sign(first)];
  for (const proof of used) expect(await judge(proof)).toBe('ok');
  const second = made.nonce();
  expect(second).not.toBe(first);
  for (const proof of used) expect(await judge(proof)).toBe('invalid_dpop_proof');
  for (let n = 0; n < 3; n += 1) expect(await judge(await sign(second))).toBe('ok');
  // Two nonces later nothing is kept of the first, and nothing is taken with it.
  made.nonce();
  for (const proof of used) expect(await judge(proof)).toBe('use_dpop_nonce');
});

it('takes a proof on a connection by that connection’s challenge alone', async () => {
  const { made, proven, sign } = proofs();
  const proof = await sign('here');
  expect(await made.verifyOn('here', proof, proven)).toEqual({ ok: true });
  expect(await made.verifyOn('there', proof, proven)).toMatchObject({ ok: false });
  expect(await made.verify(proof, proven)).toMatchObject({ error: 'use_dpop_nonce' });
  expect(await made.verifyOn('here', proof, { ...proven, token: 'another' })).toMatchObject({ ok: false });
});
