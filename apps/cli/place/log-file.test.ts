import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogFile, rotateLarge } from './log-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'writ-log-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const line = (number: number): string => `${JSON.stringify({ number })}\n`;

test('a file past its size is set aside, the newest lines are in the file that keeps its name, and no line is in two or in none', () => {
  const path = join(dir, 'control.log');
  using file = openLogFile(path, { maxBytes: 120, kept: 20 });
  for (let number = 0; number < 100; number += 1) file.write(line(number));
  const names = readdirSync(dir).sort((a, b) => Number(b.slice(12) || 0) - Number(a.slice(12) || 0));
  expect(names.at(-1)).toBe('control.log');
  expect(names.map((name) => readFileSync(join(dir, name), 'utf8')).join('')).toBe(
    Array.from({ length: 100 }, (_, number) => line(number)).join(''),
  );
  for (const name of names) expect(statSync(join(dir, name)).size).toBeLessThanOrEqual(120);
});

test('only as many as are kept stay', () => {
  const path = join(dir, 'control.log');
  using file = openLogFile(path, { maxBytes: 50, kept: 2 });
  for (let number = 0; number < 100; number += 1) file.write(line(number));
  expect(readdirSync(dir).sort()).toEqual(['control.log', 'control.log.1', 'control.log.2']);
});

test('it goes on where it was, and is readable by its user alone', () => {
  const path = join(dir, 'control.log');
  for (const number of [1, 2]) {
    using file = openLogFile(path);
    file.write(line(number));
  }
  expect(readFileSync(path, 'utf8')).toBe(line(1) + line(2));
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a place that cannot be written loses lines and throws nothing', () => {
  using file = openLogFile(join(dir, 'not-there', 'control.log'));
  expect(() => file.write(line(1))).not.toThrow();
});

test('a file that somebody else writes is set aside between two starts', () => {
  const path = join(dir, 'supervisor.log');
  {
    using file = openLogFile(path);
    file.write('x'.repeat(100));
  }
  rotateLarge(path, { maxBytes: 100, kept: 1 });
  expect(readdirSync(dir)).toEqual(['supervisor.log']);
  rotateLarge(path, { maxBytes: 99, kept: 1 });
  expect(readdirSync(dir)).toEqual(['supervisor.log.1']);
});
