// Files that processes change beside each other: two shells that each let the gate reach an address, sessions that end at once. What one of them said is never lost.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { alone, changeFile } from './own-file.ts';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'writ-own-')), 'state', 'list.json');
const list = (path: string): readonly string[] => JSON.parse(readFileSync(path, 'utf8')) as string[]; // what these tests wrote

it('keeps what each of many processes puts into it', async () => {
  const path = fresh();
  const here = JSON.stringify(new URL('own-file.ts', import.meta.url).href);
  const adding = (name: string): string =>
    `const { changeFile } = await import(${here});
     for (let n = 0; n < 20; n += 1)
       changeFile(process.argv[1], (before) => JSON.stringify([...JSON.parse(before ?? '[]'), '${name}' + n]));`;
  const names = ['a', 'b', 'c', 'd'];
  const ends = names.map((name) =>
    once(
      spawn(process.execPath, ['--input-type=module', '-e', adding(name), path], {
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
      'exit',
    ),
  );
  expect(await Promise.all(ends)).toEqual(names.map(() => [0, null]));
  const all = names.flatMap((name) => Array.from({ length: 20 }, (_, n) => name + String(n)));
  expect(list(path).toSorted()).toEqual(all.toSorted());
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('what throws changes nothing, and lets the next one; what says null takes the file away', () => {
  const path = fresh();
  changeFile(path, () => '["first"]');
  expect(() =>
    changeFile(path, () => {
      throw new TypeError('no');
    }),
  ).toThrow(TypeError);
  expect(list(path)).toEqual(['first']);
  changeFile(path, () => null);
  changeFile(path, (before) => JSON.stringify([before]));
  expect(list(path)).toEqual([null]);
});

it('what takes its time is done one after the other, in one process too', async () => {
  const path = fresh();
  const seen: string[] = [];
  const act = (name: string) => async () => {
    seen.push(`${name} begins`);
    await new Promise(setImmediate);
    seen.push(`${name} ends`);
  };
  await Promise.all([alone(path, act('a')), alone(path, act('b'))]);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});
