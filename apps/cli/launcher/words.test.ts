import { expect, test } from 'vitest';
import { width } from '../render/width.ts';
import { greeting, lastLines } from './words.ts';

const start = {
  title: 'Codex',
  preset: 'worktree',
  mandate: 'm-60dmsyzw8c',
  session: 's-2w7dppxpg2',
  strength: 'contain (sandbox) with its hooks; its network leads through the gate',
  order: ['`git.push` comes after `git.commit`, which it has to find done in this very session'],
  tryWith: 'writ doctor',
};

test('the first lines stay within a terminal, and what does not fit stands below itself', () => {
  const lines = greeting({ ...start, columns: 80 });
  expect(lines.filter((line) => width(line) > 80)).toEqual([]);
  expect(lines.slice(1).filter((line) => line !== '' && !/^ {6}\S/.test(line))).toEqual([]);
  expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain('writ stop s-2w7dppxpg2 · writ scope');
  expect(greeting({ ...start, columns: Infinity })).toHaveLength(6);
});

test('the last lines say why a program was ended, and stay within the terminal', () => {
  const refused = `refused: 2, the last: Bash (${'not in what was approved '.repeat(5)})`;
  expect(lastLines(['changed: nothing', refused, 'spent:   not known'], null, Infinity)).toEqual([
    'writ  changed: nothing',
    `writ  ${refused}`,
    'writ  spent:   not known',
  ]);
  const narrow = lastLines([refused], 'revoked by owner', 60);
  expect(narrow[0]).toBe('writ  ended:   revoked by owner');
  expect(narrow.filter((line) => width(line) > 60)).toEqual([]);
  expect(narrow.slice(2).every((line) => /^ {15}\S/.test(line))).toBe(true);
});
