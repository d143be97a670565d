import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChallenges } from '../src/challenges.js';
import { createCredentials } from '../src/credentials.js';
import { passkeyRoutes } from '../src/passkey-routes.js';
import { createSessions } from '../src/sessions.js';
import { createUsers } from '../src/users.js';
import { createAuthenticator } from './authenticator.js';

const site = { origin: 'https://harbour.example', relyingParty: 'harbour.example' };

function app(fallback) {
  const users = createUsers();
  users.add('ada', 'lovelace');
  const sessions = createSessions();
  const table = passkeyRoutes({
    users,
    sessions,
    credentials: createCredentials(),
    challenges: createChallenges(),
    site,
    fallback,
  });
  return { table, signedIn: sessions.open('ada') };
}

test('a person registers a passkey and signs in with it', () => {
  const { table, signedIn } = app('password');
  const authenticator = createAuthenticator(site);
  assert.equal(
    table['POST /passkey/register']({ token: signedIn, id: 'k1', publicKey: authenticator.publicKey }).status,
    201,
  );
  const { challenge } = table['POST /passkey/challenge']({ name: 'ada' }).body;
  const login = { id: 'k1', challenge, ...authenticator.sign(challenge) };
  assert.equal(table['POST /passkey/login'](login).status, 200);
  assert.equal(table['POST /passkey/login'](login).status, 401, 'a challenge is good once');
});

test('a person without a passkey gets what was decided', () => {
  assert.deepEqual(app('password').table['POST /passkey/challenge']({ name: 'ada' }).body, { use: 'password' });
  assert.equal(app('refuse').table['POST /passkey/challenge']({ name: 'ada' }).status, 401);
});
