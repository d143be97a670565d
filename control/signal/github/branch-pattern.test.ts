import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPattern, matchesBranch } from './branch-pattern.ts';

test.each([
  ['main', 'main', true],
  ['main', 'maine', false],
  ['main', 'Main', false],
  ['release/*', 'release/2.4', true],
  ['release/*', 'release/2.4/hotfix', false],
  ['release/*', 'release/', true],
  ['release/*', 'release-2', false],
  ['release/**', 'release/2.4/hotfix', true],
  ['qa/**/*', 'qa/foo/bar/foobar', true],
  ['qa/**/*', 'qa/foo', true],
  ['qa/**/*', 'qb/foo', false],
  ['**', 'any/branch', true],
  ['*', 'any/branch', false],
  ['v?', 'v1', true],
  ['v?', 'v', false],
  ['v?', 'v/', false],
  ['*-fix', 'a-fix', true],
  ['*-fix', '-fix', true],
  ['*a*b*', 'xxaxxbxx', true],
  ['*a*b*', 'xxbxxaxx', false],
  ['[ab]', 'a', false],
  ['{a,b}', 'a', false],
  ['', '', true],
])('`%s` and `%s`: %s', (pattern, name, matches) => {
  expect(matchesBranch(pattern, name)).toBe(matches);
});

test('a name without wildcards is itself and nothing else', () => {
  const name = fc.stringMatching(/^[a-z/.-]{1,12}$/);
  fc.assert(
    fc.property(name, name, (one, other) => {
      expect(isPattern(one)).toBe(false);
      expect(matchesBranch(one, other)).toBe(one === other);
    }),
    { seed: 6, numRuns: 300 },
  );
});

test('attack 28: a pattern made to be slow is not', () => {
  const started = process.cpuUsage().user;
  expect(matchesBranch('*a'.repeat(2_000), `${'a'.repeat(1_500)}b`)).toBe(false);
  expect(matchesBranch('**/'.repeat(500), 'a/'.repeat(1_000))).toBe(true);
  // A backtracking matcher needs longer than the world has; a second is no measure but a proof of that.
  expect(process.cpuUsage().user - started).toBeLessThan(5_000_000);
});
