/** Forks, grants and the archive at the real planes, on a person's checkout. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bench, SessionWire } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ 'a.txt': 'one\n', '.gitignore': 'out/\n' });
});
afterAll(() => bench[Symbol.asyncDispose]());

const shell = [{ resource: 'shell://p/', resource_match: 'prefix' as const, actions: ['shell.run'] }];

async function session(mandate: string | null, argv: string[]): Promise<SessionWire> {
  const credential = mandate === null ? null : await bench.house.credential(mandate, `s-${mandate}`);
  const body = { title: 'the leak', project: 'p', agent: 'worker', driver: 'command' as const };
  return must(
    await bench.runtime.call(runtimeApi.createSession, {
      body: { ...body, workspace: bench.repository, mandate, credential, argv },
    }),
  );
}
const fork = async (id: string, body: object = {}) =>
  must(await bench.runtime.call(runtimeApi.forkSession, { params: { id }, body }));
const note = async (id: string, text: string) =>
  must(await bench.runtime.call(runtimeApi.observe, { params: { id }, body: { type: 'seen', data: { text } } }));

it('forks at the newest event: the files as they are now, on a branch of its own, and the person’s index and files untouched', async () => {
  const root = await session(null, ['true']);
  await note(root.id, 'it leaks');
  writeFileSync(join(bench.repository, 'a.txt'), 'two\n');
  writeFileSync(join(bench.repository, 'new.txt'), 'untracked\n');
  const before = bench.git('status', '--porcelain=v2', '--branch');
  const child = await fork(root.id);
  expect(child).toMatchObject({ mandate: null, mission: null, forked_from: { session: root.id } });
  const at = child.forked_from?.at ?? 0;
  const place = child.workspace!.path;
  expect(place).not.toBe(bench.repository);
  expect([readFileSync(join(place, 'a.txt'), 'utf8'), readFileSync(join(place, 'new.txt'), 'utf8')]).toEqual([
    'two\n',
    'untracked\n',
  ]);
  expect(bench.git('status', '--porcelain=v2', '--branch')).toBe(before);
  expect(await bench.types(root.id)).toContain('fork.opened');
  // Its history is what it was forked from, and then its own; nothing was copied.
  await note(child.id, 'not here');
  await note(root.id, 'later, and not of the fork');
  const { items, length } = must(
    await bench.runtime.call(runtimeApi.sessionHistory, { params: { id: child.id }, query: { limit: '100' } }),
  );
  expect(items.map(({ seq, session: of }) => [seq, of === child.id])).toEqual(
    items.map((_, index) => [index + 1, index >= at]),
  );
  // Who took part, and what is seen of the place, is written down as it comes.
  const besides = new Set(['fact.seen', 'participant.joined']);
  expect(items.filter(({ type }) => !besides.has(type)).map(({ type }) => type)).toEqual([
    'session.opened',
    'observation.recorded',
    'session.opened',
    'session.forked',
    'observation.recorded',
  ]);
  expect(length).toBe(items.length);
  const page = must(
    await bench.runtime.call(runtimeApi.sessionHistory, {
      params: { id: child.id },
      query: { after: String(at - 1), limit: '2' },
    }),
  );
  expect(page.items.map(({ seq }) => seq)).toEqual([at, at + 1]);
  bench.git('checkout', '-q', 'a.txt');
  bench.git('clean', '-qf');
});

it('forks at an earlier event: the files as they were on record then, and what is not on record is said', async () => {
  const root = await session(null, ['true']);
  expect(readFileSync(join((await fork(root.id, { at: 1 })).workspace!.path, 'a.txt'), 'utf8')).toBe('one\n');
  expect(await bench.runtime.call(runtimeApi.forkSession, { params: { id: root.id }, body: { at: 99 } })).toMatchObject(
    { ok: false, problem: { status: 422, detail: expect.stringMatching(/has no event 99/) as string } },
  );
});

it('may do nothing until a mandate is granted to it, and then goes on with what waited', async () => {
  const root = await session(await bench.house.mandate(shell), ['sh', '-c', 'echo here > made.txt']);
  const child = await fork(root.id);
  must(await bench.runtime.call(runtimeApi.admit, { params: { id: child.id }, body: { text: 'go' } }));
  await until('it waits', async () => (await bench.session(child.id)).state === 'paused');
  const made = join(child.workspace!.path, 'made.txt');
  expect(existsSync(made)).toBe(false);
  expect(await bench.session(child.id)).toMatchObject({
    paused_by: 'mandate',
    state_detail: expect.stringMatching(/no mandate was granted/) as string,
  });
  const grant = async (mandate: string) =>
    bench.runtime.call(runtimeApi.grantMandate, {
      params: { id: child.id },
      body: { mandate, credential: await bench.house.credential(mandate, `g-${mandate}`) },
    });
  const ended = await bench.house.mandate(shell);
  const credential = await bench.house.credential(ended, 'ended');
  must(await bench.house.owner.call(controlApi.revoke, { params: { id: ended }, body: {} }));
  expect(
    await bench.runtime.call(runtimeApi.grantMandate, {
      params: { id: child.id },
      body: { mandate: ended, credential },
    }),
  ).toMatchObject({ ok: false, problem: { code: 'mandate_inactive' } });
  must(await grant(await bench.house.mandate(shell)));
  await until('it worked', () => existsSync(made));
  expect(await grant(await bench.house.mandate(shell))).toMatchObject({ ok: false, problem: { status: 409 } });
});

it('comes home: a preview, then exactly that, under the mandate of the session at home', async () => {
  const anywhere = { resource: 'workspace://p/', resource_match: 'prefix' as const, actions: ['file.write'] };
  const mandate = await bench.house.mandate([...shell, anywhere]);
  const root = await session(mandate, ['true']);
  const child = await fork(root.id);
  const there = (name: string): string => join(child.workspace!.path, name);
  const here = (name: string): string => join(bench.repository, name);
  writeFileSync(there('a.txt'), 'from the fork\n');
  writeFileSync(there('made.txt'), 'new\n');
  must(await bench.runtime.call(runtimeApi.leaveNote, { params: { id: child.id }, body: { text: 'it was the pool' } }));
  // Meanwhile at home: another file, by a person.
  writeFileSync(here('mine.txt'), 'mine\n');
  const adopt = (digest: string | null) =>
    bench.runtime.call(runtimeApi.adoptFork, { params: { id: root.id }, body: { fork: child.id, digest } });
  const preview = must(await adopt(null));
  expect(preview).toMatchObject({
    done: false,
    files: [
      { path: 'a.txt', does: 'write' },
      { path: 'made.txt', does: 'restore' },
    ],
    notes: [{ text: 'it was the pool' }],
  });
  expect(existsSync(here('made.txt'))).toBe(false);
  // What moved since is not what was shown.
  writeFileSync(there('made.txt'), 'newer\n');
  expect(await adopt(preview.digest)).toMatchObject({ ok: false, problem: { code: 'tree_moved' } });
  const again = must(await adopt(null));
  // Narrowed at home: refused, whatever the fork may.
  must(
    await bench.house.owner.call(controlApi.narrow, {
      params: { id: mandate },
      body: {
        authorization_details: [
          { type: 'mission_resource_access', ...shell[0]! },
          { type: 'mission_resource_access', resource: 'workspace://p/a.txt', actions: ['file.write'] },
        ],
      },
    }),
  );
  expect(await adopt(again.digest)).toMatchObject({
    ok: false,
    problem: { status: 403, detail: expect.stringMatching(/made\.txt/) as string },
  });
  expect(readFileSync(here('a.txt'), 'utf8')).toBe('one\n');
  writeFileSync(there('made.txt'), '');
  const other = await session(await bench.house.mandate([...shell, anywhere]), ['true']);
  const second = await fork(other.id);
  writeFileSync(join(second.workspace!.path, 'a.txt'), 'from the second\n');
  const home = (digest: string | null) =>
    bench.runtime.call(runtimeApi.adoptFork, { params: { id: other.id }, body: { fork: second.id, digest } });
  const done = must(await home(must(await home(null)).digest));
  expect([readFileSync(here('a.txt'), 'utf8'), readFileSync(here('mine.txt'), 'utf8')]).toEqual([
    'from the second\n',
    'mine\n',
  ]);
  expect(done).toMatchObject({ done: true, undo: expect.any(String) as string });
  expect(await bench.types(other.id)).toContain('fork.adopted');
  // Both sides of one line.
  writeFileSync(join(second.workspace!.path, 'a.txt'), 'again from the second\n');
  writeFileSync(here('a.txt'), 'by hand\n');
  expect(await home(null)).toMatchObject({
    ok: false,
    problem: { detail: expect.stringMatching(/both sides changed `a.txt`/) as string },
  });
  bench.git('checkout', '-q', 'a.txt');
  bench.git('clean', '-qf');
});

it('is cleared part by part: a dry run changes nothing, a receipt says what was kept and how to get it back', async () => {
  const root = await session(await bench.house.mandate(shell), ['sh', '-c', 'echo x >> ran.txt']);
  const reset = async (what: 'queue' | 'credentials' | 'context' | 'scratchpad', dry_run = false) =>
    must(await bench.runtime.call(runtimeApi.resetSession, { params: { id: root.id }, body: { what, dry_run } }));
  must(await bench.runtime.call(runtimeApi.pauseSession, { params: { id: root.id }, body: {} }));
  must(await bench.runtime.call(runtimeApi.admit, { params: { id: root.id }, body: { text: 'from last week' } }));
  const before = (await bench.types(root.id)).length;
  expect(await reset('queue', true)).toMatchObject({
    done: false,
    cleared: [expect.stringContaining('from last week')],
  });
  expect(await reset('context')).toMatchObject({ done: false, cleared: [] });
  expect(await bench.types(root.id)).toHaveLength(before);
  expect(await reset('queue')).toMatchObject({ done: true, undo: expect.stringContaining('writ log') as string });
  // Nothing of the log is gone, and what was cleared does not run.
  expect((await bench.types(root.id)).slice(-2)).toEqual(['input.admitted', 'session.reset']);
  must(await bench.runtime.call(runtimeApi.unpauseSession, { params: { id: root.id }, body: {} }));
  await bench.server().runtime.settled();
  expect(existsSync(join(bench.repository, 'ran.txt'))).toBe(false);
  expect(await reset('credentials')).toMatchObject({
    done: true,
    cleared: [expect.stringContaining(root.mandate ?? '?')],
  });
  must(await bench.runtime.call(runtimeApi.admit, { params: { id: root.id }, body: { text: 'go' } }));
  await until('it waits for another', async () => (await bench.session(root.id)).paused_by === 'credential');
  const credential = await bench.house.credential(root.mandate ?? '', 'another');
  must(await bench.runtime.call(runtimeApi.renewCredential, { params: { id: root.id }, body: { credential } }));
  await until('it went on', () => existsSync(join(bench.repository, 'ran.txt')));
  await until('it is done', async () => (await bench.session(root.id)).state === 'idle');
  bench.git('clean', '-qf');
});

it('is out of the lists once archived, readable, and back again', async () => {
  const root = await session(null, ['true']);
  const listed = async (query: Record<string, string> = {}) =>
    must(await bench.runtime.call(runtimeApi.listSessions, { query })).items.some(({ id }) => id === root.id);
  must(await bench.runtime.call(runtimeApi.archiveSession, { params: { id: root.id }, body: {} }));
  expect([await listed(), await listed({ archived: 'true' })]).toEqual([false, true]);
  expect(await bench.session(root.id)).toMatchObject({ archived: true });
  expect(await bench.runtime.call(runtimeApi.admit, { params: { id: root.id }, body: { text: 'go' } })).toMatchObject({
    ok: false,
    problem: { status: 409 },
  });
  must(await bench.runtime.call(runtimeApi.unarchiveSession, { params: { id: root.id }, body: {} }));
  expect(await listed()).toBe(true);
});
