import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessions } from '../src/sessions.js';
import { createUsers } from '../src/users.js';
import { routes } from '../src/routes.js';

function app() {
  const users = createUsers();
  users.add('ada', 'lovelace');
  return routes({ users, sessions: createSessions() });
}

test('a person signs in with a password', () => {
  const table = app();
  const { status, body } = table['POST /login']({ name: 'ada', password: 'lovelace' });
  assert.equal(status, 200);
  assert.equal(table['POST /whoami']({ token: body.token }).body.name, 'ada');
});

test('a wrong password is refused', () => {
  assert.equal(app()['POST /login']({ name: 'ada', password: 'byron' }).status, 401);
});
