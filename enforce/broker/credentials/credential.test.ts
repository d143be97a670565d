/** Which request a credential is for, and how it gets in. */

import { expect, test } from 'vitest';
import type { Credential } from './credential.ts';
import { credentialFor, placeholdersIn, whyNoCredential, withCredential } from './credential.ts';

const api: Credential = {
  name: 'api',
  project: 'p',
  origin: 'https://api.example',
  path: '/v1',
  header: 'authorization',
  template: 'Bearer {secret}',
  env: null,
  baseUrlEnv: null,
  git: false,
  secret: 's3cret',
  addedAt: 0,
};
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  ['https://api.example', '/v1', 'api'],
  ['https://api.example', '/v1/x?y', 'api'],
  ['https://api.example', '/v1?y', 'api'],
  ['https://api.example', '/v1/admin/x', 'admin'],
  ['https://api.example', '/v1x', null],
  ['https://api.example', '/', null],
  ['http://api.example', '/v1', null],
  ['https://api.example:8443', '/v1', null],
  ['https://api.example.evil.example', '/v1', null],
])('at %s%s it is %s', (origin, path, name) => {
  const kept = [api, { ...api, name: 'admin', path: '/v1/admin' }];
  expect(credentialFor(kept, { project: 'p', origin, path })?.name ?? null).toBe(name);
  expect(credentialFor(kept, { project: 'q', origin, path })).toBeNull();
  expect(credentialFor(kept, { project: null, origin, path })).toBeNull();
});

test('it goes where its placeholder stands, and else into its own header', () => {
  expect(withCredential({ accept: 'x' }, api)).toEqual({ accept: 'x', authorization: 'Bearer s3cret' });
  expect(withCredential({ 'x-key': 'k=writ_placeholder_api' }, api)).toEqual({ 'x-key': 'k=s3cret' });
  expect(withCredential({ authorization: basic('me:writ_placeholder_api') }, api)).toEqual({
    authorization: basic('me:s3cret'),
  });
  expect(withCredential({ authorization: 'Bearer made up' }, api)).toEqual({ authorization: 'Bearer s3cret' });
  expect(withCredential({}, { ...api, template: 'basic:me' })).toEqual({ authorization: basic('me:s3cret') });
});

test('placeholders are found wherever they stand', () => {
  expect(placeholdersIn({ a: ['x', 'writ_placeholder_one'], b: basic('writ_placeholder_two:') })).toEqual([
    'one',
    'two',
  ]);
  expect(placeholdersIn({ a: 'placeholder', b: 'Basic ???' })).toEqual([]);
});

test.each([
  [{ name: '../x' }, 'is no name'],
  [{ origin: 'https://api.example/' }, 'is no origin'],
  [{ origin: 'http://api.example' }, 'in the clear'],
  [{ origin: 'ftp://api.example' }, 'in the clear'],
  [{ path: 'v1' }, 'is no path'],
  [{ header: 'X Key' }, 'is no header'],
  [{ template: 'Bearer' }, 'has no `{secret}`'],
  [{ secret: '' }, 'the secret is empty'],
  [{ secret: 'a\r\nb' }, 'no header can carry'],
] as const)('%o cannot be kept', (wrong, why) => {
  expect(whyNoCredential(api)).toBeUndefined();
  expect(whyNoCredential({ ...api, ...wrong })).toContain(why);
});
