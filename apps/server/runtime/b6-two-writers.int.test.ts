/**
 * B6 (qwen-code#7164, oh-my-pi#11496, #12624) and A11 (langgraphjs#2755): two machines that write one session, with two runtimes over one PostgreSQL and a real program. The second fails before anything
 * of it runs, or goes on beside the first; and what the first still writes after it lost the session is refused.
 */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from '@writ/enforce';
import { createCaller, endpointOf } from '@writ/enforce';
import { runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresServer } from '../../../test/kit/postgres/postgres-server.ts';
import { chooseStore } from '../store/plane-store.ts';
import { beating, goesOn, openWork, revoke, size, standStill } from './at-work.ts';
import { openSession } from './session-testing.ts';
import { ownerToken } from './testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';
import type { RuntimeServer } from './start-runtime-server.ts';
import { startRuntimeServer } from './start-runtime-server.ts';

let postgres: PostgresServer;
let bench: Bench;
let second: RuntimeServer;
let there: Caller;
beforeAll(async () => {
  postgres = await PostgresServer.start();
  bench = await openBench();
  // Control keeps its own; the runtime starts over what both machines share.
  chooseStore(bench.house.dir, postgres.url);
  await bench.restart();
  // Another installation of the same house: its own key, and so its own machine.
  const dir = join(bench.house.work, 'there');
  mkdirSync(dir);
  for (const name of ['control', 'enforcer', 'store.json']) symlinkSync(join(bench.house.dir, name), join(dir, name));
  second = await startRuntimeServer({ dir, retryDelayMs: 50 });
  there = createCaller({ base: () => endpointOf(dir, 'runtime'), token: ownerToken(bench.house), timeoutMs: 30_000 });
});
afterAll(async () => {
  there[Symbol.dispose]();
  await second.close();
  await bench[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const versionsOf = async (id: string): Promise<readonly number[]> =>
  must(await there.call(runtimeApi.sessionLog, { params: { id }, query: { limit: 10_000 } })).items.map(
    ({ version }) => version,
  );
const oneToLast = (versions: readonly number[]): readonly number[] => versions.map((_, index) => index + 1);

it('B6: a second writer starts no turn of a session that another machine writes, and forks it where it wants to go on', async () => {
  const one = await openWork(bench, beating('beat'));
  const params = { id: one.id };
  await until('the other machine knows it', async () => (await there.call(runtimeApi.getSession, { params })).ok);
  const credential = await bench.house.credential(one.mandate, 'second');
  expect(await there.call(runtimeApi.renewCredential, { params, body: { credential } })).toMatchObject({
    ok: false,
    problem: { status: 409, way_out: expect.stringContaining('writ session take') as string },
  });
  must(await there.call(runtimeApi.admit, { params, body: { text: 'from the other machine' } }));
  await second.runtime.reconcile();
  await second.runtime.settled();
  const types = await bench.types(one.id);
  expect(types.filter((type) => type === 'turn.started' || type === 'lease.taken')).toEqual([
    'lease.taken',
    'turn.started',
  ]);
  const fork = must(await there.call(runtimeApi.forkSession, { params, body: {} }));
  expect(fork).toMatchObject({ mandate: null, forked_from: { session: one.id } });
  await goesOn(one.beat);
  const versions = await versionsOf(one.id);
  expect(versions).toEqual(oneToLast(versions));
  await revoke(bench, one.mandate);
  await until('it is over', async () => (await bench.types(one.id)).includes('turn.ended'));
});

it('makes no fork of the mere end of a turn that left nothing behind, and one of a turn that left files', async () => {
  const dir = join(bench.house.work, 'asked');
  mkdirSync(dir);
  const forksOf = (id: string) =>
    bench
      .server()
      .runtime.sessions.list(null, true)
      .filter(({ forkedFrom }) => forkedFrom?.session === id);
  for (const [leaves, forks] of [
    [false, 0],
    [true, 1],
  ] as const) {
    const { id, mandate } = await openSession(bench, { driver: 'person', argv: [], workspace: dir });
    const params = { id };
    must(await bench.runtime.call(runtimeApi.admit, { params, body: { text: 'look at it' } }));
    await until('it is asked', async () => (await bench.session(id)).state === 'running');
    await until('the other machine knows it', async () => (await there.call(runtimeApi.getSession, { params })).ok);
    const credential = await bench.house.credential(mandate, `asked-${String(leaves)}`);
    must(await there.call(runtimeApi.pauseSession, { params, body: {} }));
    must(await there.call(runtimeApi.renewCredential, { params, body: { credential, take: true } }));
    await until(
      'it is taken',
      async () => (await bench.types(id)).filter((type) => type === 'lease.taken').length === 2,
    );
    if (leaves) writeFileSync(join(dir, 'left.txt'), 'left');
    const asked = must(await bench.runtime.call(runtimeApi.inbox, { query: {} })).items.find(
      ({ session }) => session === id,
    );
    must(await bench.runtime.call(runtimeApi.answer, { params: { id: asked?.id ?? '' }, body: { answer: 'done' } }));
    await bench.server().runtime.settled();
    expect(forksOf(id)).toHaveLength(forks);
    await revoke(bench, mandate);
  }
});

it('A11: what a machine still does in a session after another one took it is ended, and what it writes is refused', async () => {
  const one = await openWork(bench, `${beating('beat')} & while :; do echo said; sleep 0.05; done`);
  // It works a moment before its run is in the log, and who takes it over ends what is there.
  await until('its run is written down', async () => (await bench.types(one.id)).includes('run.started'));
  const params = { id: one.id };
  await until('the other machine knows it', async () => (await there.call(runtimeApi.getSession, { params })).ok);
  const credential = await bench.house.credential(one.mandate, 'taken');
  // Held, so that nothing starts there by itself.
  must(await there.call(runtimeApi.pauseSession, { params, body: {} }));
  must(await there.call(runtimeApi.renewCredential, { params, body: { credential, take: true } }));
  await until('the first lets go of it', async () =>
    must(await bench.runtime.call(runtimeApi.runs)).items.every(
      ({ session, state }) => session !== one.id || state === 'killed',
    ),
  );
  await bench.server().runtime.settled();
  await standStill(one.beat);
  expect(size(one.beat)).toBeGreaterThan(0);
  const { items } = must(await there.call(runtimeApi.sessionLog, { params, query: { limit: 10_000 } }));
  const taken = items.findLastIndex(({ type }) => type === 'lease.taken');
  // Its run is lost and its turn interrupted by whoever took it; nothing of the first is in the log after that.
  const after = items.slice(taken).map(({ type }) => type);
  expect(after.slice(0, 3)).toEqual(['lease.taken', 'run.ended', 'turn.ended']);
  expect(after.slice(3).filter((type) => /^(output|run|turn|checkpoint|fact|place)\./.test(type))).toEqual([]);
});
