import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyAssertion } from '../src/assertion.js';
import { createAuthenticator } from './authenticator.js';

const site = { origin: 'https://harbour.example', relyingParty: 'harbour.example' };

test('a genuine assertion verifies', () => {
  const authenticator = createAuthenticator(site);
  const assertion = authenticator.sign('c1');
  assert.deepEqual(verifyAssertion({ ...assertion, publicKey: authenticator.publicKey, challenge: 'c1', ...site }), {
    counter: 1,
  });
});

test('another challenge, origin or key does not', () => {
  const authenticator = createAuthenticator(site);
  const other = createAuthenticator(site);
  const assertion = authenticator.sign('c1');
  const given = { ...assertion, publicKey: authenticator.publicKey, challenge: 'c1', ...site };
  assert.throws(() => verifyAssertion({ ...given, challenge: 'c2' }), /another challenge/);
  assert.throws(() => verifyAssertion({ ...given, origin: 'https://evil.example' }), /another origin/);
  assert.throws(() => verifyAssertion({ ...given, relyingParty: 'evil.example' }), /another relying party/);
  assert.throws(() => verifyAssertion({ ...given, publicKey: other.publicKey }), /does not verify/);
});
