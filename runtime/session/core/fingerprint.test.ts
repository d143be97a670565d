import { expect, it } from 'vitest';
import { fingerprint } from './fingerprint.ts';

it('is the same for the same error another time and in another place, and another for another', () => {
  const one = "TypeError: cannot read 'x' of undefined\n    at f (/home/a/app/src/login.ts:12:3) 2026-01-01T00:00:00Z";
  expect(fingerprint(one)).toBe(fingerprint(one.replace('12:3', '99:1')));
  expect(fingerprint('Error: connect ECONNREFUSED 127.0.0.1:5432')).toBe(
    fingerprint('Error: connect ECONNREFUSED 127.0.0.1:6543'),
  );
  expect(fingerprint('Error: no such file /tmp/a1b2c3d4e5/x/config.json')).toBe(
    fingerprint('Error: no such file /var/tmp/f0f0f0f0/y/config.json'),
  );
  expect(fingerprint('Error: connect ECONNREFUSED')).not.toBe(fingerprint('Error: connect ETIMEDOUT'));
  expect(fingerprint('')).toBe('');
});
