/** Which proof shows that an agent outside holds a key (RFC 9449 §4.3): one for each check that says no. */

import { createHash, randomUUID } from 'node:crypto';
import type { CryptoKey, JWK } from 'jose';
import { CompactSign, SignJWT, calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { createKeyProofs } from './key-proofs.ts';

const url = 'http://127.0.0.1:4000/mcp/ledger';
const start = Date.UTC(2030, 0, 1);
const wanted = { method: 'POST', url, token: 'a-token' };
const athOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
let key: { readonly privateKey: CryptoKey; readonly jwk: JWK; readonly own: JWK };
beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  key = { privateKey, jwk: await exportJWK(publicKey), own: await exportJWK(privateKey) };
});

type Made = { readonly claims?: object; readonly header?: object; readonly with?: CryptoKey | Uint8Array };
function proofs() {
  const clock = { now: start };
  const made = createKeyProofs(() => clock.now);
  const sign = ({ claims = {}, header = {}, with: signer = key.privateKey }: Made = {}): Promise<string> =>
    new SignJWT({
      ...{ htm: 'POST', htu: url, ath: athOf('a-token'), nonce: made.nonce() },
      ...{ jti: randomUUID(), iat: Math.floor(clock.now / 1_000), ...claims },
    })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, ...header })
      .sign(signer);
  return { clock, made, sign };
}

test('a proof of this request and this token shows its key, whatever stands in the query', async () => {
  const { made, sign } = proofs();
  const shown = { ok: true, jkt: await calculateJwkThumbprint(key.jwk) };
  expect(await made.verify(await sign(), wanted)).toEqual(shown);
  expect(await made.verify(await sign({ claims: { htu: `${url}?a=b#c` } }), { ...wanted, url: `${url}?d` })).toEqual(
    shown,
  );
  // Who asks for a token has none to name.
  expect(await made.verify(await sign({ claims: { ath: undefined } }), { ...wanted, token: null })).toEqual(shown);
});

test.each<readonly [string, Made | (() => Promise<Made>)]>([
  ['for another method', { claims: { htm: 'GET' } }],
  ['for another path', { claims: { htu: 'http://127.0.0.1:4000/mcp/other' } }],
  ['for another host', { claims: { htu: 'http://127.0.0.2:4000/mcp/ledger' } }],
  ['for no address', { claims: { htu: undefined } }],
  ['for another token', { claims: { ath: athOf('another') } }],
  ['for no token', { claims: { ath: undefined } }],
  ['made too long ago', { claims: { iat: start / 1_000 - 61 } }],
  ['made in a time to come', { claims: { iat: start / 1_000 + 61 } }],
  ['made at no time', { claims: { iat: undefined } }],
  ['without an id', { claims: { jti: undefined } }],
  ['with an id that is none', { claims: { jti: 'x' } }],
  ['of another kind', { header: { typ: 'JWT' } }],
  ['without its key', { header: { jwk: undefined } }],
  ['that gives away its key', () => Promise.resolve({ header: { jwk: key.own } })],
  ['signed with another key', async () => ({ with: (await generateKeyPair('ES256')).privateKey })],
  [
    'signed with a secret',
    () =>
      Promise.resolve({ header: { alg: 'HS256', jwk: { kty: 'oct', k: 'c2VjcmV0' } }, with: Buffer.from('secret') }),
  ],
])('a proof %s is none', async (_, made) => {
  const { made: desk, sign } = proofs();
  const proof = await sign(typeof made === 'function' ? await made() : made);
  expect(await desk.verify(proof, wanted)).toMatchObject({ ok: false, error: 'invalid_dpop_proof' });
});

test('a proof that two could read differently, or that goes on too long, is none', async () => {
  const { made, sign } = proofs();
  const said = decodeJwt(await sign());
  const twice = await new CompactSign(Buffer.from(JSON.stringify(said).replace('{', '{"htm":"GET",')))
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })
    .sign(key.privateKey);
  for (const proof of [twice, 'x', '', `${await sign()}${'x'.repeat(5_000)}`])
    expect(await made.verify(proof, wanted)).toMatchObject({ ok: false, error: 'invalid_dpop_proof' });
});

test('a proof is good once, and only with a nonce that was given here, lately', async () => {
  const { clock, made, sign } = proofs();
  const proof = await sign();
  expect(await made.verify(proof, wanted)).toMatchObject({ ok: true });
  expect(await made.verify(proof, wanted)).toMatchObject({ ok: false, error: 'invalid_dpop_proof' });
  const first = made.nonce();
  for (const nonce of [undefined, 'made-up', createKeyProofs(() => clock.now).nonce()])
    expect(await made.verify(await sign({ claims: { nonce } }), wanted)).toMatchObject({ error: 'use_dpop_nonce' });
  clock.now += 240_000;
  expect(await made.verify(await sign({ claims: { nonce: first } }), wanted)).toMatchObject({
    error: 'use_dpop_nonce',
  });
});
