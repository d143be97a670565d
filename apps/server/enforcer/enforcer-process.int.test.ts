/** The enforcer as a process of its own that is stopped, or killed as nothing can prevent. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enforcerApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { House } from './testing.ts';
import { must, openHouse, until } from './testing.ts';
import { goesOn, size, standStill } from './writers.ts';

let house: House;
const started: ChildProcess[] = [];
beforeEach(async () => {
  house = await openHouse();
  await house.server.close();
});
afterEach(async () => {
  for (const child of started.splice(0)) if (child.kill('SIGKILL')) await once(child, 'exit');
  await house[Symbol.asyncDispose]();
});

/** In place of the one in this process. */
async function startProcess(): Promise<ChildProcess> {
  const entry = new URL('./start-enforcer-server.ts', import.meta.url).href;
  const code = `const { startEnforcerServer } = await import(${JSON.stringify(entry)}); await startEnforcerServer({ dir: ${JSON.stringify(house.dir)} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: import.meta.dirname,
  });
  started.push(child);
  await until('the enforcer hears control', async () => {
    const health = await house.enforcer.call(enforcerApi.health);
    return health.ok && health.value.control_heard_ms_ago !== null;
  });
  return child;
}

const beating = (file: string): string => `while :; do echo x >> ${file}; sleep 0.02; done`;
const at = (file: string): string => join(house.work, file);
const beats = (file: string): number => size(at(file));

test('killed, it takes contained runs with it; what is left of others is ended when it is back, and said so', async () => {
  const first = await startProcess();
  const m = await house.mandate();
  const contained = await house.start(m, `setsid sh -c '${beating('a')}' & ${beating('a')}`);
  const loose = await house.start(m, `setsid sh -c '${beating('b')}' & ${beating('b')}`, { sandbox: { kind: 'none' } });
  await until('both work', () => beats('a') > 4 && beats('b') > 4);
  first.kill('SIGKILL');
  await once(first, 'exit');
  await standStill(at('a'));
  await goesOn(at('b'));
  await startProcess();
  await standStill(at('b'));
  for (const { id } of [contained, loose])
    expect(must(await house.enforcer.call(enforcerApi.getRun, { params: { id } }))).toMatchObject({
      state: 'killed',
      why: 'its enforcer had died',
    });
});

test('stopped and woken, it freezes everything before anything else and asks control', async () => {
  const child = await startProcess();
  const m = await house.mandate();
  const run = await house.start(m, beating('a'));
  await until('it works', () => beats('a') > 2);
  child.kill('SIGSTOP');
  // What control says while nobody listens must not count after waking.
  await sleep(1_600);
  await house.stopControl();
  child.kill('SIGCONT');
  await until('it is frozen', async () => (await house.state(run.id)) === 'frozen');
  expect(must(await house.enforcer.call(enforcerApi.getRun, { params: { id: run.id } })).why).toMatch(/slept/);
  await standStill(at('a'));
  await house.startControl();
  await until('it goes on', async () => (await house.state(run.id)) === 'running');
});
