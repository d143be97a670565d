/** A session carried from one installation to another as a signed bundle, over the real planes of two of them. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHistory } from '@writ/enforce';
import { runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let here: Bench;
let there: Bench;
beforeAll(async () => {
  [here, there] = [await openBench({ 'a.txt': 'one\n' }), await openBench({ 'a.txt': 'one\n' })];
});
afterAll(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

const carry = async (bench: Bench, id: string) =>
  must(await bench.runtime.call(runtimeApi.carryAway, { params: { id }, body: {}, timeoutMs: 30_000 }));
const take = (bench: Bench, bundle: string, key: string | null, repository: string | null = bench.repository) =>
  bench.runtime.call(runtimeApi.takeIn, { body: { project: 'p', bundle, key, repository }, timeoutMs: 30_000 });

it('arrives as it was and inert; what both went on with is kept beside, never merged and never lost', async () => {
  const mandate = await here.house.mandate([{ resource: 'shell://p/sh', actions: ['shell.run'] }]);
  const credential = await here.house.credential(mandate, 's');
  const body = {
    title: 'the leak',
    project: 'p',
    agent: 'worker',
    driver: 'command' as const,
    workspace: here.repository,
  };
  const { id } = must(
    await here.runtime.call(runtimeApi.createSession, {
      body: { ...body, mandate, credential, argv: ['sh', '-c', 'echo found it; echo ran >> ran.txt'] },
    }),
  );
  must(await here.runtime.call(runtimeApi.admit, { params: { id }, body: { text: 'look' } }));
  await until('it ran', async () => (await here.types(id)).includes('turn.ended'));
  writeFileSync(join(here.repository, 'untracked.txt'), 'mine\n');
  const { bundle, key } = await carry(here, id);
  expect(bundle).not.toContain(credential);

  // Nobody there vouches for the key; a bundle that was changed is none.
  expect(await take(there, bundle, null)).toMatchObject({ ok: false, problem: { code: 'unknown_key' } });
  expect(await take(there, bundle.replace('found it', 'found me'), key)).toMatchObject({
    ok: false,
    problem: { status: 422 },
  });
  const arrived = must(await take(there, bundle, key));
  expect(arrived).toMatchObject({ id, title: 'the leak', mandate: null, state: 'paused', paused_by: 'mandate' });
  const place = arrived.workspace?.path ?? '';
  expect([readFileSync(join(place, 'ran.txt'), 'utf8'), readFileSync(join(place, 'untracked.txt'), 'utf8')]).toEqual([
    'ran\n',
    'mine\n',
  ]);
  const log = must(await there.runtime.call(runtimeApi.sessionLog, { params: { id } })).items;
  const before = must(await here.runtime.call(runtimeApi.sessionLog, { params: { id } })).items;
  const n = log.findIndex(({ type }) => type === 'history.received');
  expect(log.slice(0, n).map(({ type, data }) => [type, data])).toEqual(
    before.slice(0, n).map(({ type, data }) => [type, data]),
  );
  expect(log[1]?.actor).toBe(`owner@${key.slice(0, 8)}`);
  // It may do nothing, whatever is said to it.
  must(await there.runtime.call(runtimeApi.admit, { params: { id }, body: { text: 'go on' } }));
  await there.server().runtime.settled();
  expect(readFileSync(join(place, 'ran.txt'), 'utf8')).toBe('ran\n');
  // Granted one there, it works in its own place and nowhere else.
  const granted = await there.house.mandate([{ resource: 'shell://p/sh', actions: ['shell.run'] }]);
  const given = { mandate: granted, credential: await there.house.credential(granted, 'there') };
  must(await there.runtime.call(runtimeApi.grantMandate, { params: { id }, body: given }));
  await until('it ran there', () => readFileSync(join(place, 'ran.txt'), 'utf8') === 'ran\nran\n');
  await until('it is done', async () => (await there.session(id)).state === 'idle');
  // Back up and running after a restart: what was taken in is a log like any other.
  await there.restart();
  expect(await there.session(id)).toMatchObject({ state: 'idle', mandate: granted });
  // The same again is nothing new.
  expect(await take(there, bundle, key)).toMatchObject({
    ok: false,
    problem: { detail: expect.stringMatching(/here already/) as string },
  });

  // Both go on; what the first wrote afterwards is kept beside.
  must(await here.runtime.call(runtimeApi.leaveNote, { params: { id }, body: { text: 'written here after it left' } }));
  must(await there.runtime.call(runtimeApi.leaveNote, { params: { id }, body: { text: 'written there' } }));
  const second = await carry(here, id);
  const beside = must(await take(there, second.bundle, key, null));
  expect(beside).toMatchObject({ mandate: null, forked_from: { session: id } });
  const kept = must(
    await there.runtime.call(runtimeApi.sessionHistory, { params: { id: beside.id }, query: { limit: '1000' } }),
  ).items;
  expect(JSON.stringify(kept)).toContain('written here after it left');
  expect(JSON.stringify(kept)).toContain('found it');
  const own = must(await there.runtime.call(runtimeApi.sessionLog, { params: { id } })).items;
  expect(JSON.stringify(own)).not.toContain('written here after it left');
  expect(existsSync(place)).toBe(true);
});

it('a history that Claude Code wrote is taken in once, with when each was, readable and inert', async () => {
  const recorded = join(import.meta.dirname, '../../../test/recorded/histories/claude/.claude/projects/-home-dev-app');
  const [file = ''] = readdirSync(recorded).filter((name) => name.endsWith('.jsonl'));
  const all = [...readHistory({ harness: 'claude', path: join(recorded, file) }, 0)];
  const calls = all.filter((one) => one.kind === 'call');
  expect(calls.length).toBeGreaterThan(0);
  const entries = calls.map(({ at, tool, cwd }) => ({
    at: new Date(at).toISOString(),
    kind: 'call' as const,
    data: { tool, cwd },
  }));
  const body = { project: 'p', harness: 'claude' as const, session: calls[0]?.session ?? '', entries };
  const session = must(await here.runtime.call(runtimeApi.takeInHistory, { body }));
  expect(session).toMatchObject({ agent: 'claude', mandate: null, state: 'paused', paused_by: 'mandate' });
  // The history of a person's own harness is theirs to show.
  expect(session).toMatchObject({ visibility: 'private', members: ['owner'] });
  const { items } = must(await here.runtime.call(runtimeApi.sessionLog, { params: { id: session.id } }));
  const seen = items.filter(({ type }) => type === 'observation.recorded').map(({ data }) => data);
  expect(seen).toEqual(entries.map(({ at, data }) => ({ type: 'history.call', data: { at, said: data } })));
  must(await here.runtime.call(runtimeApi.admit, { params: { id: session.id }, body: { text: 'go on' } }));
  await here.server().runtime.settled();
  expect(await here.types(session.id)).not.toContain('turn.started');
  expect(await here.runtime.call(runtimeApi.takeInHistory, { body })).toMatchObject({
    ok: false,
    problem: { status: 409 },
  });
});
