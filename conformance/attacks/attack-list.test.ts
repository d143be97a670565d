/** The table of attacks holds: every number that concerns a mandate has a test that says it, and every test of this folder is in the table. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const required = [
  ...[1, 2, 3, 4, 5, 6],
  ...Array.from({ length: 15 }, (_, index) => 12 + index),
  ...[28, 29, 30, 34, 35, 39, 40, 41],
  ...Array.from({ length: 7 }, (_, index) => 47 + index),
];
const rows = readFileSync(join(here, 'README.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number = '', , files = '', rests = ''] = line.split('|').map((cell) => cell.trim());
    const pathsIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
    const rules = pathsIn(rests).filter((path) => path.includes('/'));
    return /^\d+$/.test(number) ? [{ number: Number(number), paths: pathsIn(files), rules }] : [];
  });
const textOf = (path: string): string => readFileSync(path.includes('/') ? join(root, path) : join(here, path), 'utf8');

/** The numbers a file says: `attack 7`, `attacks 7 to 11`, `Attacks 7 to 11, 29 and 53`, or a case that begins with its number. */
function saidIn(text: string): ReadonlySet<number> {
  const said = new Set<number>();
  for (const [, list = ''] of text.matchAll(/attacks? (\d+(?:(?:, | and | to |, and )\d+)*)/gi)) {
    const numbers = [...list.matchAll(/(to )?(\d+)/g)];
    for (const [index, [, range, digits]] of numbers.entries()) {
      const from = range === undefined ? Number(digits) : Number(numbers[index - 1]?.[2]);
      for (let number = from; number <= Number(digits); number += 1) said.add(number);
    }
  }
  return said;
}

test('every number that is due has a row, once', () => {
  const numbers = rows.map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  expect(required.filter((number) => !numbers.includes(number))).toEqual([]);
});

test.each(rows)('attack $number is in the files that its row names', ({ number, paths }) => {
  expect(paths).not.toEqual([]);
  for (const path of paths) expect({ path, says: saidIn(textOf(path)).has(number) }).toEqual({ path, says: true });
});

test('the files that its rules stand in are there', () => {
  expect(rows.flatMap(({ rules }) => rules).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('every test here is in the table, under each number it says', () => {
  const files = readdirSync(here).filter((name) => name.endsWith('.test.ts') && name !== 'attack-list.test.ts');
  const missing = files.flatMap((name) => {
    const numbers = [...saidIn(textOf(name))];
    if (numbers.length === 0) return [`${name} says no number`];
    return numbers
      .filter((number) => !rows.some((row) => row.number === number && row.paths.includes(name)))
      .map((number) => `${name} says ${String(number)}`);
  });
  expect(missing).toEqual([]);
});
