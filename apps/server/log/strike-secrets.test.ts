import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strikeSecrets } from './strike-secrets.ts';

const secret = 'q7Jd0fKc3bVxN2mLrT5yWz8uHs6eAg1PiCoXkE9MvBQ';

test.each([
  [`the token writ_owner_${secret} is not known`],
  [`writ_actor_${secret}.${secret}`],
  [`authorization: Bearer ${secret}`],
  [`{"authorization":"DPoP ${secret}"}`],
  [`Basic ${secret}=`],
  [`permit eyJhbGciOiJFZERTQSJ9.${secret}.${secret}`],
  [`cannot reach postgres://writ:${secret}@db.internal/writ`],
  [`fatal: unable to access 'https://x-access-token:${secret}@github.com/a/b.git/'`],
  [JSON.stringify({ text: JSON.stringify({ kty: 'OKP', d: secret }) })],
  [JSON.stringify(`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`)],
])('a credential is struck out of %j', (line) => {
  expect(strikeSecrets(line)).not.toContain(secret);
  expect(strikeSecrets(line)).toContain('[struck]');
});

test.each([
  ['{"fact":"mandate.revoked","mandate":"m-4QxW1dT0pZbM","position":12}'],
  ['cannot reach postgres://db.internal:5432/writ'],
  ['git://app/refs/heads/feature was refused: workspace://app/src/a.ts'],
])('what is no credential stays: %j', (line) => {
  expect(strikeSecrets(line)).toBe(line);
});

test('whatever stands around it, a token of ours is struck out', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      expect(strikeSecrets(`${before} writ_point_${secret} ${after}`)).not.toContain(secret);
    }),
    { numRuns: 500 },
  );
});
