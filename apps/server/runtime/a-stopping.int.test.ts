/**
 * What went on after it was stopped elsewhere, as incidents of others name it, at the real planes with real processes: each test cites whose it was. What a process still does is read from what it
 * writes.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { beating, benchForAll, revoke, size, standStill } from './at-work.ts';
import { must, until } from './testing.ts';

const { bench, door } = await benchForAll();

const shell = [{ resource: 'shell://p/sh', actions: ['shell.run'] }];
let made = 0;

/** A session of its own whose program is `script`, at work once `file` grows. */
async function atWork(script: string, file = 'beat') {
  const dir = join(bench.house.work, `place-${String((made += 1))}`);
  mkdirSync(dir);
  const mandate = await bench.house.mandate(shell);
  const credential = await bench.house.credential(mandate, `s-${String(made)}`);
  const body = { title: 't', project: 'p', agent: 'worker', driver: 'command' as const, workspace: dir };
  const { id } = must(
    await bench.runtime.call(runtimeApi.createSession, {
      body: { ...body, mandate, credential, argv: ['sh', '-c', script] },
    }),
  );
  const admit = (wake: 'person' | 'timer' | 'child' | 'queue' | 'late_result' | 'retry' = 'person') =>
    bench.runtime.call(runtimeApi.admit, { params: { id }, body: { text: 'go', wake } });
  const beat = join(dir, file);
  must(await admit());
  await until('it is at work', () => size(beat) > 4);
  return { id, mandate, credential, dir, beat, admit };
}
const turns = async (id: string): Promise<number> =>
  (await bench.types(id)).filter((type) => type === 'turn.started').length;
const isOver = async (id: string): Promise<boolean> => ['inert', 'closed'].includes((await bench.session(id)).state);

it('A1, A4, A10: a revoked root leaves no descendant at work, the receipt names each, and what they said stays', async () => {
  const { mission, mandate } = await bench.run(
    `---\nproject: p\ndelegation: 1\n---\n\n# Build\n\nIt is built.\n\n- [ ] T1 run: \`${beating('root')}\` done: \`true\` — wait\n`,
  );
  await until('the root works', async () => {
    const { session } = await bench.task(mission, 'T1');
    const path = session === null ? undefined : (await bench.session(session)).workspace?.path;
    return path !== undefined && size(join(path, 'root')) > 4;
  });
  const root = (await bench.task(mission, 'T1')).session ?? '';
  const path = (await bench.session(root)).workspace?.path ?? '';
  // One beats by itself; one through a process it left behind in a session of its own.
  const scripts = [`echo said by one; ${beating('one')}`, `setsid sh -c '${beating('two')}' & sleep 600`];
  const children = await Promise.all(
    scripts.map(async (script, index) => {
      const body = { agent: `c${String(index)}`, purpose: 'x', actions: ['shell.run', 'file.write'], wait: false };
      return must(
        await door.call(runtimeApi.doorSpawn, { params: { id: root }, body: { ...body, argv: ['sh', '-c', script] } }),
      );
    }),
  );
  const beats = ['root', 'one', 'two'].map((name) => join(path, name));
  await until('all work', () => beats.every((file) => size(file) > 4));
  const { id: receipt } = await revoke(bench, mandate);
  await until('each is over', async () =>
    (await Promise.all([root, ...children.map(({ session }) => session)].map(isOver))).every(Boolean),
  );
  await standStill(...beats);
  const lines = await until2(async () => {
    const found = must(await bench.house.owner.call(controlApi.getReceipt, { params: { id: receipt } }));
    const begun = found.lines.filter(({ kind }) => kind === 'operation');
    // Found by the stop itself: who settles an operation later adds its line without that.
    const voided = found.lines.filter(({ kind, outcome }) => kind === 'permit' && outcome === 'void');
    const isWhole = Math.min(begun.length, voided.length) >= 3;
    return isWhole && begun.every(({ outcome }) => outcome !== 'pending') ? begun : undefined;
  });
  expect(lines.length).toBeGreaterThanOrEqual(3);
  const log = must(await bench.runtime.call(runtimeApi.sessionLog, { params: { id: children[0]?.session ?? '' } }));
  expect(JSON.stringify(log.items)).toContain('said by one');
});

async function until2<T>(look: () => Promise<T | undefined>): Promise<T> {
  let found: T | undefined;
  await until('it is there', async () => (found = await look()) !== undefined);
  if (found === undefined) throw new Error('it is not there');
  return found;
}

it('A2, A5, A12: what was stopped is killed though it will not end, stays stopped, and is stopped again without harm', async () => {
  const one = await atWork(`trap '' TERM INT HUP; ${beating('beat')}`);
  must(await one.admit());
  must(await one.admit('timer'));
  await revoke(bench, one.mandate);
  await until('it is inert', async () => (await bench.session(one.id)).state === 'inert');
  await until('nothing of it runs', async () =>
    must(await bench.runtime.call(runtimeApi.runs)).items.every(
      ({ session, state }) => session !== one.id || state !== 'running',
    ),
  );
  await standStill(one.beat);
  const body = { mandate: one.mandate, action: 'shell.run', resource: 'shell://p/sh', parameters: {}, lease_ms: 5_000 };
  expect(
    await bench.house.owner.call(controlApi.begin, { token: one.credential, idempotencyKey: 'late', body }),
  ).toMatchObject({ ok: false });
  const again = await bench.house.owner.call(controlApi.revoke, { params: { id: one.mandate }, body: {} });
  expect(again.ok || again.problem.status < 500).toBe(true);
  // Whoever wakes it: a person, a timer, a sub-agent's word, what waited, a result that came late.
  for (const wake of ['person', 'timer', 'child', 'queue', 'late_result', 'retry'] as const)
    expect(await one.admit(wake), wake).toMatchObject({ ok: false, problem: { status: 409 } });
  await bench.restart();
  await bench.server().runtime.reconcile();
  expect(await turns(one.id)).toBe(1);
  await standStill(one.beat);
});

it('A3, A8: what wakes a paused session is kept and starts no turn, also after a restart', async () => {
  const one = await atWork(beating('beat'));
  must(await bench.runtime.call(runtimeApi.pauseSession, { params: { id: one.id }, body: {} }));
  for (const wake of ['timer', 'child', 'queue', 'late_result', 'retry'] as const) must(await one.admit(wake));
  await standStill(one.beat);
  await bench.restart();
  await bench.server().runtime.reconcile();
  await bench.server().runtime.reconcile();
  await standStill(one.beat);
  expect(await turns(one.id)).toBe(1);
  expect(await bench.session(one.id)).toMatchObject({ state: 'paused', paused_by: 'person' });
  // A person goes on, and each of them is taken up, in order.
  await revoke(bench, one.mandate);
});

it('A6: a turn that would start while its root is revoked is born dead', async () => {
  const one = await atWork('echo xxxxx >> beat');
  await until('it is at rest', async () => (await bench.session(one.id)).state === 'idle');
  const [, ...admitted] = await Promise.all([
    revoke(bench, one.mandate),
    one.admit(),
    one.admit('timer'),
    one.admit('child'),
  ]);
  await until('it is inert', async () => (await bench.session(one.id)).state === 'inert');
  await bench.server().runtime.settled();
  const { types, after } = { types: await bench.types(one.id), after: size(one.beat) };
  expect(types.lastIndexOf('run.started')).toBeLessThan(types.indexOf('session.inert'));
  expect(await one.admit()).toMatchObject({ ok: false });
  await standStill(one.beat);
  expect(size(one.beat)).toBe(after);
  expect(admitted).toHaveLength(3);
});

it('A7: a task is not done while a sub-agent of it works on', async () => {
  const { mission } = await bench.run(
    '---\nproject: p\ndelegation: 1\n---\n\n# Build\n\nIt is built.\n\n- [ ] T1 run: `while [ ! -f go ]; do sleep 0.05; done` done: `true` — wait\n',
  );
  await until('T1 works', async () => {
    const { session } = await bench.task(mission, 'T1');
    const { items } = must(await bench.runtime.call(runtimeApi.runs));
    return session !== null && items.some((run) => run.session === session && run.state === 'running');
  });
  const session = (await bench.task(mission, 'T1')).session ?? '';
  const path = (await bench.session(session)).workspace?.path ?? '';
  const argv = ['sh', '-c', 'while [ ! -f child-go ]; do sleep 0.05; done; echo made > by-child'] as [
    string,
    ...string[],
  ];
  const body = { agent: 'c', purpose: 'x', argv, actions: ['shell.run', 'file.write'], wait: false };
  must(await door.call(runtimeApi.doorSpawn, { params: { id: session }, body }));
  writeFileSync(join(path, 'go'), '');
  await until('its own turn is over', async () => (await bench.types(session)).includes('turn.ended'));
  // It would have been claimed before another that was only begun since is done.
  const other = await bench.run(
    '---\nproject: p\n---\n\n# Other\n\nIt is built.\n\n- [ ] T1 run: `true` done: `true` — go\n',
  );
  await bench.reaches(other.mission, 'done');
  expect((await bench.mission(mission)).state).toBe('running');
  writeFileSync(join(path, 'child-go'), '');
  await bench.reaches(mission, 'done');
  const order = (await bench.server().runtime.journal.readAll())
    .filter(({ type, stream }) =>
      type === 'attempt.claimed' ? stream.endsWith(mission) : type === 'child.ended' && stream.endsWith(session),
    )
    .map(({ type }) => type);
  expect(order, 'claimed before its sub-agent ended').toEqual(['child.ended', 'attempt.claimed']);
  expect(bench.git('show', `writ/${mission}/T1/work:by-child`)).toBe('made');
});

it('A9: a run has no say over the session above it', async () => {
  const one = await atWork(beating('beat'));
  const asActor = { token: one.credential, params: { id: one.id } };
  const refused = await Promise.all([
    bench.runtime.call(runtimeApi.pauseSession, { ...asActor, body: {} }),
    bench.runtime.call(runtimeApi.archiveSession, { ...asActor, body: {} }),
    bench.runtime.call(runtimeApi.closeSession, { ...asActor, body: {} }),
    bench.runtime.call(runtimeApi.resetSession, { ...asActor, body: { what: 'children' } }),
    bench.runtime.call(runtimeApi.forkSession, { ...asActor, body: {} }),
    bench.runtime.call(runtimeApi.unpauseSession, { ...asActor, body: {} }),
  ]);
  expect(refused.map((answer) => (answer.ok ? 200 : answer.problem.status))).toEqual([403, 403, 403, 403, 403, 403]);
  const before = size(one.beat);
  await until('it goes on', () => size(one.beat) > before);
  expect(await bench.session(one.id)).toMatchObject({ state: 'running', archived: false });
  expect(await bench.runtime.call(runtimeApi.archiveSession, { params: { id: one.id }, body: {} })).toMatchObject({
    ok: false,
    problem: { status: 409 },
  });
  await revoke(bench, one.mandate);
});
