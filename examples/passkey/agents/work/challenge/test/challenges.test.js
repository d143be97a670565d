import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChallenges } from '../src/challenges.js';

test('a challenge is good once, for its purpose', () => {
  const challenges = createChallenges();
  const challenge = challenges.issue('ada', 'login');
  assert.equal(challenges.take(challenge, 'register'), undefined);
  const second = challenges.issue('ada', 'login');
  assert.equal(challenges.take(second, 'login').name, 'ada');
  assert.equal(challenges.take(second, 'login'), undefined);
});

test('a challenge dies after a minute', () => {
  let time = 0;
  const challenges = createChallenges({ now: () => time });
  const challenge = challenges.issue('ada', 'login');
  time = 60_000;
  assert.equal(challenges.take(challenge, 'login'), undefined);
});
