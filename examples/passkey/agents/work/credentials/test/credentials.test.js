import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCredentials } from '../src/credentials.js';

test('a passkey is found by its id and by its owner', () => {
  const credentials = createCredentials();
  credentials.add({ id: 'k1', name: 'ada', publicKey: {} });
  assert.equal(credentials.find('k1').name, 'ada');
  assert.equal(credentials.of('ada').length, 1);
  assert.throws(() => credentials.add({ id: 'k1', name: 'eve', publicKey: {} }));
});

test('a counter that goes back is refused', () => {
  const credentials = createCredentials();
  credentials.add({ id: 'k1', name: 'ada', publicKey: {} });
  assert.equal(credentials.advance('k1', 5), true);
  assert.equal(credentials.advance('k1', 5), false);
});
