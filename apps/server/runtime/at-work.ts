/** For tests: sessions whose programs are at work, and what they still do, read from what they write. */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from '@writ/enforce';
import { createCaller, endpointOf } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, expect } from 'vitest';
import { goesOn, size, standStill, writersOf } from '../enforcer/writers.ts';
import type { Opening } from './session-testing.ts';
import { openSession } from './session-testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

export { goesOn, size, standStill };

/** A program that writes into `file` for as long as it works. */
export const beating = (file: string): string => `while [ -d "$PWD" ]; do echo x >> ${file}; sleep 0.05; done`;
/** As the enforcer speaks for a run. */
export const doorOf = (bench: Bench): Caller =>
  createCaller({
    base: () => endpointOf(bench.house.dir, 'runtime'),
    token: readFileSync(join(bench.house.dir, 'control', 'points', 'enforcer.token'), 'utf8').trim(),
    timeoutMs: 30_000,
  });

/** One bench for all tests of a file, and the door of its runs; both are closed after the last of them. */
export async function benchForAll(): Promise<{ readonly bench: Bench; readonly door: Caller }> {
  const bench = await openBench();
  const door = doorOf(bench);
  afterAll(async () => {
    door[Symbol.dispose]();
    await bench[Symbol.asyncDispose]();
  });
  return { bench, door };
}

export const revoke = async (bench: Bench, mandate: string) =>
  must(await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));

let made = 0;

/** A session of its own in a folder of its own, at work at `script` once `beat` grows there. */
export async function openWork(bench: Bench, script: string, more: Opening = {}) {
  const dir = more.workspace ?? join(bench.house.work, `at-work-${String((made += 1))}`);
  mkdirSync(dir, { recursive: true });
  const opened = await openSession(bench, { argv: ['sh', '-c', script], workspace: dir, ...more });
  const beat = join(dir, 'beat');
  must(await bench.runtime.call(runtimeApi.admit, { params: { id: opened.id }, body: { text: 'go' } }));
  await until('it is at work', () => size(beat) > 4);
  expect(writersOf([beat]), 'nobody is seen at work').not.toEqual([]);
  return { ...opened, dir, beat };
}

/** A sub-agent of `parent` at work at `script`. */
export async function below(door: Caller, parent: string, script: string) {
  const body = { agent: 'c', purpose: 'x', actions: ['shell.run', 'file.write'], wait: false };
  return must(
    await door.call(runtimeApi.doorSpawn, { params: { id: parent }, body: { ...body, argv: ['sh', '-c', script] } }),
  );
}

export const runsOf = async (bench: Bench, session: string) =>
  must(await bench.runtime.call(runtimeApi.runs)).items.filter((run) => run.session === session);
