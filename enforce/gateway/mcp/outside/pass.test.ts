/** Which token lets an agent outside in: one that says all of what it should, and nothing else of the same key. */

import { generateKeyPairSync } from 'node:crypto';
import { signCompactJws } from '@writ/protocol';
import { expect, test } from 'vitest';
import type { Desk, Pass } from './pass.ts';
import { accessTokenType, admit, claimsOf } from './pass.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const now = 1_800_000_000_000;
const [issuer, resource] = ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/mcp/ledger'];
const pass: Pass = {
  ...{ id: 'mcp-1', server: 'ledger', project: 'p', mandate: 'm-1', chain: ['m-1'], credential: 'c', name: 'a' },
  ...{ expiresAt: now + 60_000, jkt: null },
};
const desk: Desk = {
  ...{ issuer, resource, server: 'ledger' },
  keyOf: (kid) => (kid === 'pass' ? { key: publicKey, signedUntil: null } : undefined),
  passOf: (id) => (id === pass.id ? pass : undefined),
};
const tokenOf = (more: object, header: { readonly type?: string; readonly kid?: string } = {}): Promise<string> =>
  signCompactJws(
    { ...claimsOf(pass, issuer, resource, now), ...more },
    { type: accessTokenType, kid: 'pass', key: privateKey, ...header },
  );

test('the token of a pass lets in, at its server, until it ends', async () => {
  const token = await tokenOf({});
  expect(admit(token, desk, now)).toEqual({ ok: true, pass });
  expect(admit(token, desk, now + 59_999)).toMatchObject({ ok: true });
  expect(admit(token, desk, now + 60_000)).toEqual({ ok: false, why: 'it has expired' });
  expect(admit(token, { ...desk, passOf: () => undefined }, now)).toEqual({ ok: false, why: 'its pass has ended' });
  expect(admit(token, { ...desk, passOf: () => ({ ...pass, server: 'other' }) }, now)).toMatchObject({ ok: false });
});

test('the token of a pass with a key names that key, and counts as no other and without', async () => {
  const bound = { ...pass, jkt: 'a-key' };
  const at = { ...desk, passOf: () => bound };
  const [own, none] = [await tokenOf({ ...claimsOf(bound, issuer, resource, now) }), await tokenOf({})];
  expect(admit(own, at, now)).toEqual({ ok: true, pass: bound });
  for (const token of [none, await tokenOf({ cnf: { jkt: 'another' } }), await tokenOf({ cnf: 'a-key' })])
    expect(admit(token, at, now)).toEqual({ ok: false, why: 'it is bound to another key' });
  expect(admit(own, desk, now)).toMatchObject({ ok: false });
});

test.each<readonly [string, object, { readonly type?: string; readonly kid?: string }]>([
  ['another issuer', { iss: 'http://127.0.0.1:4001' }, {}],
  ['another audience', { aud: 'http://127.0.0.1:4000/mcp/other' }, {}],
  ['several audiences', { aud: [resource, 'http://127.0.0.1:4000/mcp/other'] }, {}],
  ['no end', { exp: undefined }, {}],
  ['an end that is no number', { exp: 'never' }, {}],
  ['no pass', { jti: undefined }, {}],
  ['another pass', { jti: 'mcp-2' }, {}],
  ['another kind', {}, { type: 'permit+jwt' }],
  ['another key', {}, { kid: 'permit' }],
])('one with %s lets nobody in', async (_, claims, header) => {
  expect(admit(await tokenOf(claims, header), desk, now)).toMatchObject({ ok: false });
});
