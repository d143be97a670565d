/** docs/incidents.md names every incident once, with a test that is there under its name and a rule that this test fails without. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedInIncidents } from '../planted/planted.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/incidents.md'), 'utf8');
const rows = text.split('\n').flatMap((line) => {
  const [, incident = '', , , file = '', rule = ''] = line.split('|').map((cell) => cell.trim());
  return /^[AB]\d+$/.test(incident) ? [{ incident, file: file.replaceAll('`', ''), rule }] : [];
});
const names = (list: string): readonly string[] => list.match(/\b[AB]\d+\b/g) ?? [];

test('all of them stand there, in order and once', () => {
  const numbered = (letter: string): readonly string[] =>
    Array.from({ length: 11 }, (_, n) => `${letter}${String(n + 1)}`);
  expect(rows.map(({ incident }) => incident)).toEqual([...numbered('A'), ...numbered('B')]);
});

test.each(rows)('$incident is a test of $file, and fails without a rule', ({ incident, file, rule }) => {
  const titles = [...readFileSync(join(root, file), 'utf8').matchAll(/\b(?:it|test|describe)\(\s*'([^']*)/g)];
  expect(titles.flatMap(([, title = '']) => names(title))).toContain(incident);
  const planted = plantedInIncidents.filter((one) => one.test === file && names(one.incident).includes(incident));
  expect(planted.map(({ without }) => without)).toContain(rule);
});
