/** The reports are what the programs printed (Go's by its documentation), about the same three tests: one passes, one fails, one is skipped. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTests } from './read-tests.ts';

const report = (name: string): string => readFileSync(join(import.meta.dirname, 'reports', name), 'utf8');

describe('reports of tests', () => {
  it.each([
    ['vitest.txt', 'vitest', 'sum › carries the one', 'sum.test.ts', 'expected 10 to be 11'],
    ['jest.txt', 'jest', 'sum › carries the one', './sum.test.js', 'Expected value to strictly be equal'],
    ['mocha.txt', 'mocha', 'sum › carries the one', null, 'Expected values to be strictly equal'],
    ['pytest.txt', 'pytest', 'test_carries_the_one', 'test_sum.py', 'assert (9 + 1) == 11'],
    ['cargo.txt', 'cargo test', 'tests::carries_the_one', 'src/lib.rs', 'assertion `left == right` failed'],
    ['go.txt', 'go test', 'TestCarriesTheOne', 'example.org/sum', 'got 10, want 11'],
    ['node-spec.txt', 'node --test', 'carries the one', 'sum.test.mjs', '10 !== 11'],
    ['node-tap.txt', 'tap', 'sum › carries the one', '/project/sum.test.mjs:5:3', '10 !== 11'],
    ['node-junit.xml', 'junit', 'sum › carries the one', '/project/sum.test.mjs', '10 !== 11'],
    ['pytest-junit.xml', 'junit', 'test_sum › test_carries_the_one', null, 'assert (9 + 1) == 11'],
  ])('%s', (name, runner, test, file, message) => {
    const found = readTests(report(name));
    expect(found).toMatchObject({ runner, passed: 1, failed: 1, skipped: 1, failing: [{ name: test, file }] });
    expect(found?.failing[0]?.message).toContain(message);
    expect(found?.failing).toHaveLength(1);
    // Colours and what was printed before change nothing.
    const coloured = name.endsWith('.xml')
      ? report(name)
      : report(name).replaceAll('1 failed', '\u001b[31m1 failed\u001b[39m');
    expect(readTests(`> npm test\n\n${coloured}`)).toEqual(found);
  });

  it('is none of what is no report, and reads anything', () => {
    for (const text of ['', 'ok\n', 'it is ok 1 time\n', '<testsuites/>', '<testsuite>', 'Tests: a lot', '--- FAIL: x'])
      expect(readTests(text), text).toBeNull();
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => void readTests(text)),
      { numRuns: 300 },
    );
  });

  it('expands nothing that a document declares', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuite><testcase name="&b;"><failure/></testcase></testsuite>`;
    expect(JSON.stringify(readTests(bomb))).not.toContain('aaaa');
  });

  it.each([
    ['vitest', (at: number) => ` FAIL  f.ts > t${String(at)}`, '      Tests  1 failed | 1 passed (2)'],
    ['jest', (at: number) => `  ● s › t${String(at)}`, 'Tests:       1 failed, 2 total'],
    ['mocha', (at: number) => `  ${String(at)}) s\n       t:\n      no`, '', '  1 passing (1ms)\n  1 failing\n'],
    ['go test', (at: number) => `--- FAIL: T${String(at)} (0.00s)`, 'FAIL'],
    ['node --test', (at: number) => `test at a.mjs:1:1\n✖ t${String(at)} (1.0ms)\n  no`, '', '\nℹ tests 2\nℹ fail 2'],
  ])('of %s with more failures than anybody names is read like any other', (runner, line, after, before = '') => {
    const all = Array.from({ length: 25_000 }, (_, at) => line(at));
    const found = readTests([before, ...all, after].join('\n'));
    expect([found?.runner, found?.failing.length]).toEqual([runner, 100]);
  });
});
