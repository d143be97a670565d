/** Missions against the real control, the real enforcer and real Git. Effects are judged by branches and files, authority by control. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const mission = (tasks: string, front = ''): string =>
  `---\nproject: p\n${front}---\n\n# Build\n\nIt is built.\n\n${tasks}\n`;

describe('a mission', () => {
  it('runs two tasks side by side, brings them together, and is done by evidence', async () => {
    const { mission: id } = await bench.run(
      mission(
        [
          '- [ ] T1 [P] touches: one.txt run: `echo one > one.txt` done: `test -f one.txt` — one',
          '- [ ] T2 [P] touches: two.txt run: `echo two > two.txt` done: `test -f two.txt` — two',
          '- [ ] T3 (after: T1, T2) touches: all.txt run: `cat one.txt two.txt > all.txt` done: `grep -q two all.txt` — together',
        ].join('\n'),
      ),
    );
    const done = await bench.reaches(id, 'done');
    expect(
      done.tasks.map((task) => [task.id, task.state, task.attempts, task.evidence.map(({ exit_code }) => exit_code)]),
    ).toEqual([
      ['T1', 'done', 1, [0]],
      ['T2', 'done', 1, [0]],
      ['T3', 'done', 1, [0]],
    ]);
    const branch = `writ/${id}/T3/work`;
    expect(bench.git('show', `${branch}:all.txt`)).toBe('one\ntwo');
    expect(done.tasks[2]!.evidence[0]!.tree).toBe(bench.git('rev-parse', `${branch}^{tree}`));
    expect(bench.git('status', '--porcelain')).toBe('');
    const typesOf = () => bench.types(done.tasks[2]!.session!);
    await until(
      'its session is closed, and that is the last of it',
      async () => (await typesOf()).at(-1) === 'session.closed',
    );
    const types = await typesOf();
    expect(types.indexOf('input.admitted')).toBeLessThan(types.indexOf('turn.started'));
    await until(
      'every operation is settled',
      async () =>
        must(await bench.house.owner.call(controlApi.listOperations, { query: { open: true } })).items.length === 0,
    );
    expect(must(await bench.runtime.call(runtimeApi.verify))).toMatchObject({ ok: true });
  });

  it('is one mission and one start however often a request is sent, and another key makes another', async () => {
    const body = {
      source: mission('- [ ] T1 run: `true` done: `true` — x'),
      file: 'm.md',
      repository: bench.repository,
      project: 'p',
    };
    const create = (idempotencyKey: string, more = {}) =>
      bench.runtime.call(runtimeApi.createMission, { body: { ...body, ...more }, idempotencyKey });
    const [first, second] = await Promise.all([create('one'), create('one')]);
    expect(must(first).id).toBe(must(second).id);
    expect(must(await create('two')).id).not.toBe(must(first).id);
    expect(await create('one', { source: mission('- [ ] T1 run: `false` done: `true` — y') })).toMatchObject({
      ok: false,
      problem: { status: 409 },
    });
    const mandate = await bench.house.mandate();
    const credential = await bench.house.credential(mandate, 'm');
    const start = () =>
      bench.runtime.call(runtimeApi.startMission, {
        params: { id: must(first).id },
        body: { mandate, credential },
        idempotencyKey: 'start',
      });
    expect([must(await start()).mandate, must(await start()).mandate]).toEqual([mandate, mandate]);
  });

  it('keeps each task to its own branch: a sibling’s cannot be moved', async () => {
    const move =
      'git commit -q --allow-empty -m evil; git update-ref refs/heads/writ/$(basename $(dirname "$PWD"))/T1/work HEAD';
    const { mission: id } = await bench.run(
      mission(
        [
          '- [ ] T1 touches: one.txt run: `echo one > one.txt` done: `test -f one.txt` — one',
          `- [ ] T2 (after: T1) touches: two.txt run: \`(${move}) 2> said; echo $? > code; true\` done: \`test -f code\` — two`,
        ].join('\n'),
      ),
    );
    await bench.reaches(id, 'done');
    expect(bench.git('show', `writ/${id}/T2/work:code`)).not.toBe('0');
    expect(bench.git('show', `writ/${id}/T2/work:said`)).toContain('Read-only file system');
  });

  it('is not done because a program says so: the evidence fails, it is tried again, and then a person is asked', async () => {
    const { mission: id } = await bench.run(
      mission('- [ ] T1 run: `echo x >> tried` done: `test -f never` — x', 'attempts: 2\n'),
    );
    await until('an item is open', async () => (await bench.mission(id)).open_items === 1);
    expect(await bench.task(id, 'T1')).toMatchObject({ state: 'failed', attempts: 2 });
    const { items } = must(await bench.runtime.call(runtimeApi.inbox));
    expect(items).toMatchObject(
      [{ kind: 'failure', task: 'T1', because: '`T1` waits for it' }].map((item) => ({
        ...item,
        because: expect.any(String),
      })),
    );
    const answer = (text: string) =>
      bench.runtime.call(runtimeApi.answer, { params: { id: items[0]!.id }, body: { answer: text } });
    expect(await answer('perhaps')).toMatchObject({ ok: false, problem: { status: 422 } });
    must(await answer('cancel'));
    expect(await answer('retry')).toMatchObject({ ok: false, problem: { status: 409 } });
    expect(await bench.reaches(id, 'failed')).toMatchObject({ tasks: [{ state: 'cancelled' }] });
    expect(bench.git('show', `writ/${id}/T1/work:tried`)).toBe('x\nx');
  });

  it('asks a person once when a budget is spent, and no more once something is left again', async () => {
    const { mission: id, mandate } = await bench.run(mission('- [ ] T1 run: `sleep 30` done: `true` — x'));
    await until('it runs', async () => (await bench.task(id, 'T1')).state === 'running');
    const { owner } = bench.house;
    const few = { budgets: [{ kind: 'calls' as const, limit: 1 }] };
    must(await owner.call(controlApi.narrow, { params: { id: mandate }, body: few }));
    const open = async () =>
      must(await bench.runtime.call(runtimeApi.inbox)).items.filter(({ kind }) => kind === 'budget');
    await until('an item is open', async () => (await open()).length > 0);
    const [item, ...others] = await open();
    expect([item, others]).toMatchObject([
      { mission: id, mandate, ask: expect.stringContaining('calls budget') as string },
      [],
    ]);
    await bench.restart();
    await until('the runtime looked again', async () => (await bench.mission(id)).open_items > 0);
    expect((await open()).map((one) => one.id)).toEqual([item?.id]);
    const more = { budgets: [{ kind: 'calls' as const, limit: 50 }], reason: 'more' };
    must(await owner.call(controlApi.extend, { params: { id: mandate }, body: more }));
    await until('the item is gone', async () => (await open()).length === 0);
  });

  it('tells what was changed while it was away, by whom and when, once, and has stopped what is not allowed', async () => {
    const long = 'run: `while :; do sleep 0.1; done` done: `true` — x';
    const first = await bench.run(mission(`- [ ] T1 ${long}`));
    const second = await bench.run(mission(`- [ ] T1 ${long}`));
    const untouched = await bench.run(mission(`- [ ] T1 ${long}`));
    for (const { mission: id } of [first, second, untouched])
      await until('it runs', async () => (await bench.task(id, 'T1')).state === 'running');
    const session = (await bench.task(first.mission, 'T1')).session!;
    await bench.stop();
    const { owner } = bench.house;
    const narrow = { expires_at: new Date(Date.now() + 600_000).toISOString(), reason: 'ten minutes are enough' };
    must(await owner.call(controlApi.narrow, { params: { id: first.mandate }, body: narrow }));
    must(await owner.call(controlApi.suspend, { params: { id: first.mandate }, body: { reason: 'wait for me' } }));
    must(await owner.call(controlApi.revoke, { params: { id: second.mandate }, body: { reason: 'enough' } }));
    await bench.start();
    const notices = async () =>
      must(await bench.runtime.call(runtimeApi.inbox)).items.filter(({ kind }) => kind === 'notice');
    await until('both are told', async () => (await notices()).length === 2);
    const of = async (id: string) => (await notices()).find((item) => item.mission === id)?.ask ?? '';
    const paused = await of(first.mission);
    expect(paused).toMatch(/was given an earlier end by \S*owner at 20\S+ \(ten minutes are enough\)/);
    expect(paused).toMatch(/was suspended by \S*owner at 20\S+ \(wait for me\); mission `\S+` is paused now/);
    expect(await of(second.mission)).toMatch(/was revoked by .*\(enough\); mission `\S+` is inert now/);
    await until('so is its session', async () => (await bench.types(session)).at(-1) === 'session.told');
    expect(await bench.mission(untouched.mission)).toMatchObject({ state: 'running' });
    // What was seen is not put again.
    for (const { id, options } of await notices())
      must(await bench.runtime.call(runtimeApi.answer, { params: { id }, body: { answer: options[0]!.key } }));
    await bench.restart();
    await bench.server().runtime.reconcile();
    expect(await notices()).toEqual([]);
  });

  it('rests before an end: what is at work finishes, nothing new is started, and it works again after', async () => {
    const waits = 'run: `while [ ! -f go ]; do sleep 0.05; done; rm go` done: `true`';
    const source = mission(
      `- [ ] T1 touches: a ${waits} — x\n- [ ] T2 (after: T1) touches: b run: \`true\` done: \`true\` — y`,
    );
    const { mission: id } = await bench.run(source);
    await until('it runs', async () => (await bench.task(id, 'T1')).state === 'running');
    const rest = async (resting: boolean) =>
      must(await bench.runtime.call(runtimeApi.rest, { body: { resting } })).at_work;
    const { session } = await bench.task(id, 'T1');
    expect(await rest(true)).toMatchObject([{ session, task: 'T1', how: 'finishes' }]);
    const place = async () => (await bench.session(session!)).workspace?.path;
    await until('its run has begun', async () => (await bench.types(session!)).includes('run.started'));
    writeFileSync(join((await place()) ?? '', 'go'), '');
    await until('it is done', async () => (await rest(true)).length === 0);
    expect(await bench.task(id, 'T1')).toMatchObject({ state: 'done' });
    expect(await bench.task(id, 'T2')).toMatchObject({ attempts: 0 });
    await rest(false);
    await bench.reaches(id, 'done');
  });

  it('asks a person where the work of two parents does not fit together', async () => {
    const { mission: id } = await bench.run(
      mission(
        [
          '- [ ] T1 [P] touches: a run: `echo 1 > README.md` done: `true`',
          '- [ ] T2 [P] touches: b run: `echo 2 > README.md` done: `true`',
          '- [ ] T3 run: `true` done: `true`',
        ].join('\n'),
      ),
    );
    await until('an item is open', async () => (await bench.mission(id)).open_items === 1);
    const { items } = must(await bench.runtime.call(runtimeApi.inbox));
    expect(items).toMatchObject([{ kind: 'conflict', task: 'T3' }]);
    expect(items[0]!.ask).toContain('T1 and T2 both change README.md');
  });
});

describe('a mandate that ends', () => {
  const long =
    '- [ ] T1 touches: a run: `while :; do echo x >> beat; sleep 0.05; done` done: `true`\n- [ ] T2 run: `echo no > no.txt` done: `true`';
  const working = async (id: string) => {
    await until('T1 works', async () =>
      must(await bench.runtime.call(runtimeApi.runs)).items.some((run) => run.state === 'running'),
    );
    return (await bench.task(id, 'T1')).session!;
  };

  it('revoked mid-run: the run is over, the session inert, the queued task cancelled, every receipt line attested', async () => {
    const { mission: id, mandate } = await bench.run(mission(long));
    const session = await working(id);
    const receipt = must(
      await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: { reason: 'enough' } }),
    );
    expect((await bench.reaches(id, 'inert')).tasks.map((task) => task.state)).toEqual(['cancelled', 'cancelled']);
    await until('the session is inert', async () => (await bench.session(session)).state === 'inert');
    await until(
      'the receipt is closed',
      async () =>
        must(await bench.house.owner.call(controlApi.getReceipt, { params: { id: receipt.id } })).closed_at !== null,
    );
    const { lines } = must(await bench.house.owner.call(controlApi.getReceipt, { params: { id: receipt.id } }));
    const said = (kind: string) =>
      lines.filter((line) => line.kind === kind).map((line) => [line.subject, line.outcome, line.attested_by]);
    expect(said('session')).toContainEqual([session, 'stopped', 'runtime']);
    expect(said('queued')).toContainEqual([`${id}/T2`, 'cancelled', 'runtime']);
    expect(lines.filter((line) => line.attested_by === null)).toEqual([]);
    await until('the run is over', async () =>
      must(await bench.runtime.call(runtimeApi.runs)).items.every(
        (run) => run.state === 'killed' || run.state === 'exited',
      ),
    );
    const back = must(await bench.runtime.call(runtimeApi.back, { params: { id: session } }));
    expect(back.may_continue).toMatchObject({ yes: false });
    expect(back.may_continue.sentence).toContain('revoked');
    expect(
      await bench.runtime.call(runtimeApi.admit, { params: { id: session }, body: { text: 'go on' } }),
    ).toMatchObject({ ok: false, problem: { code: 'inert' } });
  });

  it('revoked while the runtime is down: after the restart the session is readable and inert, and nothing runs', async () => {
    const { mission: id, mandate } = await bench.run(mission(long));
    const session = await working(id);
    await bench.stop();
    must(await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
    await bench.start();
    expect((await bench.reaches(id, 'inert')).tasks.map((task) => task.state)).toEqual(['cancelled', 'cancelled']);
    expect(await bench.session(session)).toMatchObject({ state: 'inert' });
    expect(
      must(await bench.runtime.call(runtimeApi.sessionLog, { params: { id: session } })).items.length,
    ).toBeGreaterThan(5);
    expect(must(await bench.runtime.call(runtimeApi.runs)).items.filter((run) => run.state === 'running')).toEqual([]);
    expect(bench.git('branch', '--list', `writ/${id}/T2/work`)).toBe('');
  });

  it('suspended: paused and recoverable; reinstated: the same run goes on', async () => {
    const { mission: id, mandate } = await bench.run(mission(long));
    const session = await working(id);
    must(await bench.house.owner.call(controlApi.suspend, { params: { id: mandate }, body: { reason: 'wait' } }));
    expect((await bench.reaches(id, 'paused')).tasks[1]).toMatchObject({ state: 'waiting' });
    await until('the session is paused', async () => (await bench.session(session)).state === 'paused');
    must(await bench.house.owner.call(controlApi.reinstate, { params: { id: mandate }, body: {} }));
    await bench.reaches(id, 'running');
    await until('the session goes on', async () => (await bench.session(session)).state === 'running');
    const { items } = must(await bench.runtime.call(runtimeApi.runs));
    expect(items.filter((run) => run.session === session)).toMatchObject([{ state: 'running' }]);
  });
});

describe('a restart', () => {
  it('adopts a run that is still alive and follows it to its end', async () => {
    const { mission: id } = await bench.run(
      mission('- [ ] T1 run: `while [ ! -f go ]; do sleep 0.05; done; echo end` done: `test -f go` — wait'),
    );
    await until(
      'T1 works',
      async () =>
        (await bench.task(id, 'T1')).state === 'running' &&
        must(await bench.runtime.call(runtimeApi.runs)).items.length === 1,
    );
    const { session } = await bench.task(id, 'T1');
    await bench.restart();
    expect(await bench.task(id, 'T1')).toMatchObject({ state: 'running', attempts: 1 });
    const { workspace } = await bench.session(session!);
    writeFileSync(`${workspace!.path}/go`, '');
    expect(await bench.reaches(id, 'done')).toMatchObject({ tasks: [{ attempts: 1, state: 'done' }] });
    const types = await bench.types(session!);
    expect(types.filter((type) => type === 'lease.taken').length).toBe(2);
    expect(types.filter((type) => type === 'turn.started').length).toBe(1);
  });
});

describe('a person', () => {
  it('pauses and goes on; the mandate is not touched', async () => {
    const { mission: id, mandate } = await bench.run(
      mission('- [ ] T1 run: `while [ ! -f go ]; do sleep 0.05; done` done: `test -f go` — wait'),
    );
    await until('T1 works', async () => must(await bench.runtime.call(runtimeApi.runs)).items.length === 1);
    const { session } = await bench.task(id, 'T1');
    must(await bench.runtime.call(runtimeApi.pauseMission, { params: { id }, body: { reason: 'lunch' } }));
    expect(await bench.session(session!)).toMatchObject({ state: 'paused' });
    expect(must(await bench.runtime.call(runtimeApi.runs)).items).toMatchObject([{ state: 'frozen' }]);
    expect(must(await bench.house.owner.call(controlApi.getMandate, { params: { id: mandate } })).state).toBe('active');
    await bench.server().runtime.reconcile();
    expect(await bench.session(session!)).toMatchObject({ state: 'paused' });
    must(await bench.runtime.call(runtimeApi.unpauseMission, { params: { id } }));
    expect(must(await bench.runtime.call(runtimeApi.runs)).items).toMatchObject([{ state: 'running' }]);
    writeFileSync(`${(await bench.session(session!)).workspace!.path}/go`, '');
    await bench.reaches(id, 'done');
  });
});
