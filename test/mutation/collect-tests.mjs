/**
 * What a test file gets for `vitest` here: its own `expect`, and a `describe` and a `test` that only write down what is to be run. A file that asks for
 * anything else (hooks, mocks, skipped tests) does not load, which fails the first run of all tests.
 */
import { expect } from 'vitest';

/** A collector: `vitest` are the exports to hand to test files, `tests` what was collected, `within(file)` says for which file. */
export function testCollector() {
  const tests = [];
  const names = [];
  const seen = new Map();
  let fileName = '';

  const test = (name, run) => {
    if (typeof run !== 'function') throw new TypeError(`test \`${name}\`: only a name and a function are understood`);
    const full = [fileName, ...names, name].join(' > ');
    const times = (seen.get(full) ?? 0) + 1;
    seen.set(full, times);
    const id = times === 1 ? full : `${full} (${times})`;
    tests.push({ id, fileName, run });
  };
  const describe = (name, body) => {
    names.push(name);
    body();
    names.pop();
  };
  const each = (one) => (rows) => (name, body) => {
    for (const row of rows) one(name, () => body(...(Array.isArray(row) ? row : [row])));
  };
  test.each = each(test);
  describe.each = each(describe);
  const within = (file) => {
    fileName = file;
  };
  return { tests, within, vitest: { test, it: test, describe, expect } };
}
