/**
 * The parts of a session that have processes behind them, cleared one by one over the real planes: what is cleared is gone on from no more, what is kept is as it was, and a dry run does nothing.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { beating, below, benchForAll, goesOn, openWork, revoke, size, standStill } from './at-work.ts';
import { must, until } from './testing.ts';

const { bench, door } = await benchForAll();

type Part = 'children' | 'scratchpad' | 'services';
const reset = async (id: string, what: Part, dry_run = false) =>
  must(await bench.runtime.call(runtimeApi.resetSession, { params: { id }, body: { what, dry_run } }));

it('children: each is ended with its mandate and all below it, and who started them goes on', async () => {
  const one = await openWork(bench, beating('beat'));
  const child = await below(door, one.id, beating('child'));
  const beat = join(one.dir, 'child');
  await until('it works', () => size(beat) > 4);
  expect(await reset(one.id, 'children', true)).toMatchObject({
    done: false,
    cleared: [expect.stringContaining(child.session)],
  });
  await goesOn(beat);
  expect(await reset(one.id, 'children')).toMatchObject({ done: true, kept: [expect.any(String), expect.any(String)] });
  await standStill(beat);
  const { state } = must(await bench.house.owner.call(controlApi.getMandate, { params: { id: child.mandate } }));
  expect([state, (await bench.session(child.session)).state]).toEqual([expect.not.stringMatching('active'), 'closed']);
  expect((await bench.types(one.id)).filter((type) => type === 'child.ended' || type === 'session.reset')).toEqual([
    'child.ended',
    'session.reset',
  ]);
  await goesOn(one.beat);
  // Of what is at work nothing but its queue and its sub-agents is cleared.
  must(await bench.runtime.call(runtimeApi.leaveNote, { params: { id: one.id }, body: { text: 'a clue' } }));
  expect(
    await bench.runtime.call(runtimeApi.resetSession, { params: { id: one.id }, body: { what: 'scratchpad' } }),
  ).toMatchObject({ ok: false, problem: { status: 409 } });
  await revoke(bench, one.mandate);
});

it('scratchpad and services: out of sight and in the log, and what listens is neither ended nor forgotten at the end', async () => {
  const body = { title: 'x', project: 'p', agent: 'claude', driver: 'attended' as const, workspace: bench.repository };
  const { id } = must(await bench.runtime.call(runtimeApi.createSession, { body: { ...body, mandate: null } }));
  const params = { id };
  must(await bench.runtime.call(runtimeApi.leaveNote, { params, body: { text: 'it is the cache' } }));
  const program = `require('node:http').createServer((_, reply) => reply.end()).listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)); })`;
  const env = { PATH: process.env['PATH'], WRIT_SESSION: id, WRIT_RUN: id };
  const server = spawn(process.execPath, ['-e', program], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(server, 'exit');
  try {
    const [said] = (await once(server.stdout, 'data')) as [Buffer]; // of a stream without an encoding
    const port = Number(said.toString());
    must(await bench.runtime.call(runtimeApi.services));
    const told = async (): Promise<string> =>
      JSON.stringify(must(await bench.runtime.call(runtimeApi.back, { params })).facts);
    expect(await told()).toContain('it is the cache');
    expect(await reset(id, 'scratchpad')).toMatchObject({ done: true });
    expect(await told()).not.toContain('it is the cache');
    expect(await reset(id, 'scratchpad')).toMatchObject({ done: false, cleared: [] });
    const log = must(await bench.runtime.call(runtimeApi.sessionLog, { params })).items;
    expect(JSON.stringify(log)).toContain('it is the cache');

    expect(await reset(id, 'services')).toMatchObject({ done: true, cleared: [expect.any(String)] });
    expect((await fetch(`http://127.0.0.1:${String(port)}/`)).ok).toBe(true);
    const { items } = must(await bench.runtime.call(runtimeApi.services));
    expect(items.map((one) => one.port)).toEqual([port]);
    must(await bench.runtime.call(runtimeApi.closeSession, { params, body: {} }));
    await exited;
  } finally {
    server.kill('SIGKILL');
  }
});
