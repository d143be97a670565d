import { describe, expect, it } from 'vitest';
import { timeSpan } from '../place/time-span.ts';
import { nextWait } from '../supervisor/backoff.ts';
import { exitCodeOf } from '../exit.ts';
import { remaining } from './mandate-amend.ts';
import { signalValue } from './signal.ts';

const entry = (resource: string, actions: string[]) => ({
  type: 'mission_resource_access' as const,
  resource,
  resource_match: 'exact' as const,
  actions,
  constraints: {},
});

describe('remaining', () => {
  const details = {
    authorization_details: [entry('workspace://p/', ['file.*', 'git.commit']), entry('git://p/x', ['git.push'])],
  };

  it('leaves only what was named, and nothing that was not there', () => {
    expect(remaining(details, ['file.read', 'git.push', 'secret.read'], [])).toEqual([
      entry('workspace://p/', ['file.read']),
      entry('git://p/x', ['git.push']),
    ]);
  });

  it('leaves only the resources that were named', () => {
    expect(remaining(details, [], ['git://p/x'])).toEqual([entry('git://p/x', ['git.push'])]);
  });

  it('does not take a name for a family', () => {
    expect(remaining({ authorization_details: [entry('r', ['file.read'])] }, ['file.*'], [])).toEqual([]);
  });
});

it('reads signal values as what they are', () => {
  expect(['true', 'false', '70', '-1.5', '007', 'frozen', '1e9', ''].map(signalValue)).toEqual([
    true,
    false,
    70,
    -1.5,
    '007',
    'frozen',
    '1e9',
    '',
  ]);
});

it('reads lengths of time, and nothing else', () => {
  expect([timeSpan('30s'), timeSpan('4h'), timeSpan('2d')]).toEqual([30_000, 14_400_000, 172_800_000]);
  for (const text of ['', '4', 'h', '0m', '-1h', '1.5h', '1h30m', '4H'])
    expect(() => timeSpan(text)).toThrow('no length of time');
});

it('doubles the wait between restarts, up to a bound, and forgets it after a long life', () => {
  const waits = [0, 200, 400, 6_400, 10_000].map((before) => nextWait(before, 100));
  expect(waits).toEqual([200, 400, 800, 10_000, 10_000]);
  expect(nextWait(10_000, 30_000)).toBe(200);
});

it.each([
  ['approval_required', 409, 5],
  ['control_unreachable', 503, 4],
  ['not_an_approver', 403, 3],
  ['wrong_state', 409, 1],
  ['not_found', 404, 1],
])('ends with the right exit code for %s', (code, status, exitCode) => {
  expect(exitCodeOf({ code, status })).toBe(exitCode);
});
