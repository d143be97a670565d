/** For tests: whether programs are at work, by what they write and by what the kernel says of them. */

import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect } from 'vitest';
import { processesNow, standsStill } from './process-table.ts';
import { until } from './testing.ts';

export const size = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** Pids of programs that write to one of `files` and are neither over nor stopped, as the kernel says: such a one was started in the file's folder with a line that names it. */
export function writersOf(files: readonly string[]): readonly number[] {
  const written = files.map((file) => ({ folder: realpathSync(dirname(file)), word: `>> ${basename(file)}` }));
  const all = processesNow();
  return all
    .filter((one) => written.some(({ folder, word }) => folder === one.place && one.line.includes(word)))
    .filter((one) => !standsStill(one, all))
    .map(({ pid }) => pid);
}

/** Nothing writes to any of them any more: whoever did is over or stands still, of which no time has to pass to be sure. */
export async function standStill(...files: readonly string[]): Promise<void> {
  await until('it stands still', () => writersOf(files).length === 0).catch(() => undefined);
  expect(writersOf(files), 'still at work').toEqual([]);
}

export async function goesOn(file: string): Promise<void> {
  const before = size(file);
  await until('it goes on', () => size(file) > before);
}
