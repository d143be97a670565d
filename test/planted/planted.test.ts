/** A rule that moved is found again in a moment, and not when the nights run without it. */

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planted, plantedInIncidents, plantedInLaw } from './planted.ts';

const root = join(import.meta.dirname, '../..');

const law = plantedInLaw.map((one) => ({ ...one, night: 'interleavings' }));
const incidents = plantedInIncidents.map((one) => ({ ...one, night: one.incident }));
const rules = [...planted, ...law, ...incidents].flatMap(({ and, ...one }) => [
  one,
  ...(and === undefined ? [] : [{ ...one, ...and }]),
]);

test.each(rules)('$night: the rule of $without stands once in its file', ({ file, rule }) => {
  expect(existsSync(join(root, file))).toBe(true);
  expect(readFileSync(join(root, file), 'utf8').split(rule).length - 1).toBe(1);
});

test('every night has a rule that it fails without', () => {
  const nights = readdirSync(join(root, 'test/e2e')).flatMap((name) => /^(?:night-\d+|procurement)/.exec(name) ?? []);
  expect([...new Set(planted.map(({ night }) => night))].sort()).toEqual([...new Set(nights)].sort());
});
