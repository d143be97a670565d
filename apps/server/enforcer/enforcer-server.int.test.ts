/** The enforcer against the real control: what stops, what goes on, what is said of it. Effects are judged by the files runs write. */

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '@writ/enforce';
import { createCaller, endpointOf, newActorKey, stopLocalFromDisk } from '@writ/enforce';
import { agentDoorApi, controlApi, enforcerApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { House, Started } from './testing.ts';
import { must, openHouse, until, work } from './testing.ts';
import { size, standStill } from './writers.ts';

let house: House;
const skew = { wall: 0 };
beforeEach(async () => {
  skew.wall = 0;
  house = await openHouse({ wall: () => Date.now() + skew.wall, monotonic: () => performance.now() });
});
afterEach(() => house[Symbol.asyncDispose]());

const beating = 'while :; do echo x >> beat; sleep 0.02; done';
const beat = (): string => join(house.work, 'beat');
const beats = (): number => size(beat());
/** The run really works: its file grows. */
const works = async (): Promise<void> => {
  const before = beats();
  await until('the run works', () => beats() > before + 2);
};
/** Nothing writes any more, as the kernel says, and nothing that was on its way comes later. */
const standsStill = async (): Promise<boolean> => {
  await standStill(beat());
  const before = beats();
  await sleep(150);
  return beats() === before;
};
const reaches = (run: Started, state: string): Promise<void> =>
  until(`run is ${state}`, async () => (await house.state(run.id)) === state);
const leaseEnd = async ({ operation }: Started): Promise<number> =>
  Date.parse(must(await house.owner.call(controlApi.getOperation, { params: { id: operation } })).lease_until);
const receiptOf = async (mandate: string) => {
  await until('the receipt closes', async () =>
    must(await house.owner.call(controlApi.listReceipts, { query: { mandate } })).items.every(
      ({ closed_at }) => closed_at !== null,
    ),
  );
  const [receipt] = must(await house.owner.call(controlApi.listReceipts, { query: { mandate } })).items;
  if (receipt === undefined) throw new Error('there is no receipt');
  return receipt;
};

/** Everything there is to see of the files a run works on: names, contents, modes and times. */
const treeOf = (): string => {
  const hash = createHash('sha256');
  for (const name of readdirSync(house.work, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const path = join(house.work, name);
    const { mode, mtimeMs, ctimeMs, size, ino } = lstatSync(path);
    hash.update(JSON.stringify([name, mode, mtimeMs, ctimeMs, size, ino]));
    if (lstatSync(path).isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
};

test('suspending changes nothing on disk: the tree is the same from the acknowledged freeze to the reinstatement', async () => {
  const m = await house.mandate();
  const writing =
    'n=0; while :; do n=$((n+1)); mkdir -p d; echo $n > d/$((n%50)); rm -f d/$((n%7)); mv d/$((n%50)) d/x 2>/dev/null; echo x >> beat; done';
  const run = await house.start(m, `(${writing}) & ${writing}`);
  for (let round = 0; round < 3; round += 1) {
    await works();
    must(await house.owner.call(controlApi.suspend, { params: { id: m }, body: {} }));
    await reaches(run, 'frozen');
    await receiptOf(m);
    const frozen = treeOf();
    await sleep(200);
    expect(treeOf()).toBe(frozen);
    must(await house.owner.call(controlApi.reinstate, { params: { id: m }, body: {} }));
    await reaches(run, 'running');
  }
  // What was seen to stand still was no dead thing.
  await works();
});

test('suspended: frozen, said so by the operating system; reinstated: goes on after a fresh check', async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating);
  await works();
  must(await house.owner.call(controlApi.suspend, { params: { id: m }, body: {} }));
  await reaches(run, 'frozen');
  expect(await standsStill()).toBe(true);
  const { lines } = await receiptOf(m);
  expect(
    lines
      .filter(({ kind }) => kind === 'process_group' || kind === 'operation')
      .map(({ outcome, attested_by }) => ({ outcome, attested_by })),
  ).toEqual([
    { outcome: 'frozen', attested_by: 'os' },
    { outcome: 'frozen', attested_by: 'os' },
  ]);
  must(await house.owner.call(controlApi.reinstate, { params: { id: m }, body: {} }));
  await reaches(run, 'running');
  await works();
});

test('revoked: killed, the operation settled as interrupted, every line of the receipt attested', async () => {
  const m = await house.mandate();
  const run = await house.start(m, `${beating} & setsid sh -c '${beating}' & wait`);
  await works();
  must(await house.owner.call(controlApi.revoke, { params: { id: m }, body: {} }));
  await reaches(run, 'killed');
  expect(await standsStill()).toBe(true);
  const { lines } = await receiptOf(m);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.every(({ attested_by }) => attested_by !== null)).toBe(true);
  expect(lines.find(({ kind }) => kind === 'process_group')).toMatchObject({
    outcome: 'stopped',
    attested_by: 'os',
    residual_until: null,
  });
  const { items } = must(await house.owner.call(controlApi.listOperations, { query: { mandate: m } }));
  expect(items.find(({ id }) => id === run.operation)).toMatchObject({ state: 'interrupted' });
});

test('one operation is told to stop: its processes are gone, verified, and what runs beside it under the same mandate goes on', async () => {
  const m = await house.mandate();
  const run = await house.start(m, 'while :; do sleep 0.02; done');
  const other = await house.start(m, beating);
  await works();
  using agent = createCaller({
    base: () => endpointOf(house.dir, 'control'),
    token: run.credential,
    timeoutMs: 5_000,
  });
  const point = readFileSync(join(house.dir, 'control', 'points', 'runtime.token'), 'utf8').trim();
  must(await agent.call(controlApi.interrupt, { params: { id: run.operation }, point, body: {} }));
  await reaches(run, 'killed');
  await until('it is settled', async () => {
    const { state, interrupt_requested } = must(
      await house.owner.call(controlApi.getOperation, { params: { id: run.operation } }),
    );
    expect(interrupt_requested).toBe(true);
    return state === 'interrupted';
  });
  await works();
  expect(await house.state(other.id)).toBe('running');
});

// A receipt takes lines while it is open, which is two seconds.
test('a line that comes after all others of a receipt were answered is answered too', { retry: 2 }, async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating);
  await works();
  const by = (name: string) =>
    createCaller({
      base: () => endpointOf(house.dir, 'control'),
      token: readFileSync(join(house.dir, 'control', 'points', `${name}.token`), 'utf8').trim(),
      timeoutMs: 5_000,
    });
  using runtime = by('runtime');
  using enforcer = by('enforcer');
  const holding = (subject: string) => ({
    kind: 'process_group' as const,
    subject,
    mandate: m,
    residual_until: new Date(Date.now() + 60_000).toISOString(),
  });
  // It is heard and says nothing, so that the receipt stays open.
  const says = (point: Caller, kind: 'runtime' | 'enforcer', id: string, subject: string) =>
    point.call(controlApi.registerPoint, {
      params: { id },
      body: { kind, boot: 'b', position: 0, holdings: [holding(subject)] },
    });
  must(await says(runtime, 'runtime', 'runtime-silent', 'silent'));
  must(await house.owner.call(controlApi.revoke, { params: { id: m }, body: {} }));
  const lineOf = async (subject: string) =>
    must(await house.owner.call(controlApi.listReceipts, { query: { mandate: m } }))
      .items.flatMap(({ lines }) => lines)
      .find((line) => line.kind === 'process_group' && line.subject === subject);
  await until('the enforcer answered', async () => (await lineOf(run.id))?.attested_by === 'os');
  must(await says(enforcer, 'enforcer', (await lineOf(run.id))?.point ?? '', 'late'));
  await until('the late line is answered', async () => (await lineOf('late'))?.attested_by === 'os');
});

test('without a sandbox a receipt never says more than was found', async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating, { sandbox: { kind: 'none' } });
  await works();
  must(await house.owner.call(controlApi.revoke, { params: { id: m }, body: {} }));
  await reaches(run, 'killed');
  const { lines } = await receiptOf(m);
  for (const kind of ['process_group', 'operation'])
    expect(lines.find((line) => line.kind === kind)?.note).toMatch(
      /all that could be found: without a process namespace/,
    );
  const { items } = must(await house.owner.call(controlApi.listOperations, { query: { mandate: m } }));
  expect(items.find(({ id }) => id === run.operation)?.evidence).toContain('that could be found ended');
});

test('a run that is asked for twice at once is started once', async () => {
  const m = await house.mandate();
  const { begun, body } = await house.begin(m, `echo started; ${beating}`);
  const both = await Promise.all([1, 2].map(() => house.enforcer.call(enforcerApi.startRun, { body })));
  expect(new Set(both.map((answer) => must(answer).pid)).size).toBe(1);
  await works();
  must(await house.owner.call(controlApi.revoke, { params: { id: m }, body: {} }));
  await reaches(begun, 'killed');
  expect(await standsStill()).toBe(true);
});

test('a run that was ended before it was asked for, or while it was on its way, does not work', async () => {
  const m = await house.mandate();
  const why = 'whoever asked for it is gone';
  const late = await house.begin(m, beating);
  const unknown = await house.enforcer.call(enforcerApi.kill, { params: { id: late.body.id }, body: { why } });
  expect(unknown).toMatchObject({ ok: false, problem: { code: 'not_found' } });
  const started = await house.enforcer.call(enforcerApi.startRun, { body: late.body });
  expect(started).toMatchObject({ ok: false, problem: { code: 'run_over' } });
  const { body } = await house.begin(m, beating);
  const [, killed] = await Promise.all([
    house.enforcer.call(enforcerApi.startRun, { body }),
    house.enforcer.call(enforcerApi.kill, { params: { id: body.id }, body: { why } }),
  ]);
  if (killed.ok) expect(killed.value.state).toBe('killed');
  expect(await standsStill()).toBe(true);
});

test('a run is not started in a place that bounds less than its operation was judged with', async () => {
  const m = await house.mandate();
  const sealed = { files: 'worktree', network: 'none', credentials: 'none' } as const;
  const open = { kind: 'contain' as const, writable: [house.work], network: 'open' as const };
  for (const sandbox of [{ kind: 'none' as const }, open])
    await expect(house.start(m, 'true', { sandbox }, sealed)).rejects.toThrow(/wider_place/);
});

test('a frozen run whose operation ended meanwhile goes on under a new one, judged anew', async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating, { lease_ms: 2_000 });
  await works();
  must(await house.owner.call(controlApi.suspend, { params: { id: m }, body: {} }));
  await reaches(run, 'frozen');
  await until('its lease is over', async () => Date.now() > (await leaseEnd(run)));
  must(await house.owner.call(controlApi.reinstate, { params: { id: m }, body: {} }));
  await reaches(run, 'running');
  await works();
  expect(must(await house.enforcer.call(enforcerApi.getRun, { params: { id: run.id } })).operation).not.toBe(
    run.operation,
  );
});

test('the lease of a working run is renewed past its first length', async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating, { lease_ms: 3_000 });
  const first = await leaseEnd(run);
  await until('the first length is over', () => Date.now() > first);
  expect(await leaseEnd(run)).toBeGreaterThan(first);
  await reaches(run, 'running');
  await works();
});

test('control gone: frozen at the deadline, thawed when it is back', async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating);
  await works();
  await house.stopControl();
  await reaches(run, 'frozen');
  expect(await standsStill()).toBe(true);
  await house.startControl();
  await reaches(run, 'running');
  await works();
});

test('control gone past the lease: killed', async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating, { lease_ms: 2_500 });
  await house.stopControl();
  await reaches(run, 'killed');
  expect(await standsStill()).toBe(true);
});

test('nothing starts while control is not heard', async () => {
  const m = await house.mandate();
  await house.start(m, 'true');
  await house.stopControl();
  await until('control is unheard', () => (house.server.enforcer.controlHeardMsAgo ?? 0) > 2_000);
  await expect(house.start(m, 'touch started')).rejects.toThrow(/control_unreachable/);
  expect(existsSync(join(house.work, 'started'))).toBe(false);
});

test('the machine slept: everything is frozen first, and goes on only after control was asked', async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating);
  await works();
  await house.stopControl();
  skew.wall = 20_000;
  await reaches(run, 'frozen');
  expect(must(await house.enforcer.call(enforcerApi.getRun, { params: { id: run.id } })).why).toMatch(/slept/);
  await house.startControl();
  await reaches(run, 'running');
});

test('a stop on this machine works with control dead, and its revocation arrives afterwards', async () => {
  const [m, other] = [await house.mandate(), await house.mandate()];
  const run = await house.start(m, beating);
  await works();
  await house.stopControl();
  const stopped = must(await house.enforcer.call(enforcerApi.stopLocal, { body: { reason: 'enough' } }));
  expect(stopped.queued).toEqual([m]);
  expect(stopped.killed.map(({ id, state }) => ({ id, state }))).toEqual([{ id: run.id, state: 'killed' }]);
  expect(await standsStill()).toBe(true);
  expect(readFileSync(join(house.dir, 'enforcer', 'outbox', `${m}.json`), 'utf8')).toContain('enough');
  await house.startControl();
  const stateOf = async (id: string): Promise<string> =>
    must(await house.owner.call(controlApi.getMandate, { params: { id } })).state;
  await until('the revocation arrives', async () => (await stateOf(m)) === 'revoked');
  expect(await stateOf(other)).toBe('active');
});

test('a stop on this machine also ends what is on its way, and revokes what it was for', async () => {
  const m = await house.mandate();
  const { body } = await house.begin(m, beating);
  const [answer, stopped] = await Promise.all([
    house.enforcer.call(enforcerApi.startRun, { body }),
    house.enforcer.call(enforcerApi.stopLocal, { body: { reason: 'enough' } }),
  ]);
  expect(stopped).toMatchObject({ ok: true, value: { killed: [], queued: [m] } });
  expect(answer).toMatchObject({ ok: false, problem: { code: 'stopped_here' } });
  expect(await standsStill()).toBe(true);
  expect(existsSync(beat())).toBe(false);
});

test('from disk alone, what the enforcer recorded is ended', async () => {
  const m = await house.mandate();
  await house.start(m, beating);
  await works();
  const { killed, queued } = await stopLocalFromDisk(house.dir, { reason: 'enough', now: Date.now() });
  expect(killed).toHaveLength(1);
  expect(queued).toEqual([m]);
  expect(await standsStill()).toBe(true);
});

/** A program that asks control for something through its door, and prints the answer. */
const throughDoor = (path: string, body: object): string => `"$WRIT_NODE" -e '
    const { request } = require("node:http");
    const call = request({ socketPath: process.env.WRIT_DOOR, method: "POST", path: "/control${path}", headers: { authorization: "Bearer stolen", "content-type": "application/json" } }, (r) => { console.log(r.statusCode); r.pipe(process.stdout); });
    call.end(JSON.stringify(${JSON.stringify(body)}));'`;

test('through the door an agent is the agent: it cannot approve, and the attempt is recorded', async () => {
  const m = await house.mandate();
  const run = await house.start(m, throughDoor(`/v1/mandates/${m}/approve`, { revision: 1, text_digest: 'x' }));
  await reaches(run, 'exited');
  const { text } = must(await house.enforcer.call(enforcerApi.output, { params: { id: run.id } }));
  expect(text).toContain('403');
  expect(text).toContain('not_an_approver');
  const { items } = must(await house.owner.call(controlApi.audit));
  expect(items.some(({ type }) => type === 'attempt.refused')).toBe(true);
});

test('the key of an actor is proven for the run, at its door and at its end, and is not in its sight', async () => {
  const key = await newActorKey();
  const m = await house.mandate(work(), key);
  const ask = { mandate: m, action: 'shell.run', resource: 'shell://p/sh', parameters: {} };
  const run = await house.start(m, `env; ${throughDoor('/v1/check', ask)}`, { lease_ms: 3_000 });
  await reaches(run, 'exited');
  const { text } = must(await house.enforcer.call(enforcerApi.output, { params: { id: run.id } }));
  expect(text).toMatch(/200\n.*"decision":"permit"/s);
  const [credential = '', , secret = ''] = run.credential.split('.');
  expect(secret).toHaveLength(43);
  for (const hidden of [credential, secret]) expect(text).not.toContain(hidden);
  await until('it is settled', async () => {
    const { state } = must(await house.owner.call(controlApi.getOperation, { params: { id: run.operation } }));
    return state === 'done';
  });
});

test('what a run writes of what governs it has no effect, and is recorded although control was gone meanwhile', async () => {
  const m = await house.mandate();
  const run = await house.start(
    m,
    `touch ready; while test ! -e go; do sleep 0.02; done; echo mine > ${house.dir}/chosen.json; touch written; sleep 100`,
  );
  const inWork = (name: string): string => join(house.work, name);
  await until('it is ready', () => existsSync(inWork('ready')));
  await house.stopControl();
  writeFileSync(inWork('go'), '');
  await until('it has written', () => existsSync(inWork('written')));
  expect(existsSync(join(house.dir, 'chosen.json'))).toBe(false);
  await house.startControl();
  await until('it is recorded', async () => {
    const { items } = must(await house.owner.call(controlApi.audit));
    return items.some(
      ({ type, data }) =>
        type === 'verdict.refused' && JSON.stringify(data).includes(`"workspace://machine${house.dir}/chosen.json"`),
    );
  });
  expect(await house.state(run.id)).not.toBe('exited');
});

test('the door of a frozen run lets nothing through', async () => {
  const m = await house.mandate();
  const run = await house.start(m, `echo "$WRIT_DOOR" > door; ${beating}`, { sandbox: { kind: 'none' } });
  await works();
  using door = createCaller({
    base: { socketPath: readFileSync(join(house.work, 'door'), 'utf8').trim() },
    token: null,
    timeoutMs: 2_000,
  });
  expect(must(await door.call(agentDoorApi.whoami))).toMatchObject({ run: run.id, mandate: m });
  expect(
    must(await door.call(agentDoorApi.check, { body: { action: 'git.push', resource: 'git://p/refs/heads/x' } })),
  ).toMatchObject({ decision: 'refuse' });
  must(await house.enforcer.call(enforcerApi.freeze, { params: { id: run.id }, body: { why: 'let me look' } }));
  await reaches(run, 'frozen');
  const answer = await door.call(agentDoorApi.whoami);
  expect(answer).toMatchObject({ ok: false, problem: { code: 'run_stopped' } });
});

test('a person freezes and thaws by name; the thaw asks control', async () => {
  const m = await house.mandate();
  const run = await house.start(m, beating);
  must(await house.enforcer.call(enforcerApi.freeze, { params: { id: run.id }, body: { why: 'let me look' } }));
  expect(await standsStill()).toBe(true);
  expect(must(await house.enforcer.call(enforcerApi.thaw, { params: { id: run.id } })).state).toBe('running');
  must(await house.enforcer.call(enforcerApi.freeze, { params: { id: run.id }, body: { why: 'again' } }));
  must(await house.owner.call(controlApi.suspend, { params: { id: m }, body: {} }));
  expect(await house.enforcer.call(enforcerApi.thaw, { params: { id: run.id } })).toMatchObject({
    ok: false,
    problem: { code: 'mandate_inactive' },
  });
  expect(await standsStill()).toBe(true);
});

test('a stranger on the socket gets nothing but the health and the scope', async () => {
  using stranger = createCaller({ base: { socketPath: house.server.socketPath }, token: 'guess', timeoutMs: 2_000 });
  expect((await stranger.call(enforcerApi.health)).ok).toBe(true);
  expect((await stranger.call(enforcerApi.scope)).ok).toBe(true);
  expect(await stranger.call(enforcerApi.listRuns)).toMatchObject({ ok: false, problem: { status: 401 } });
  expect(statSync(house.server.socketPath).mode & 0o077).toBe(0);
});

test('a run is not started for another program, other arguments, another place or environment than its operation was begun for', async () => {
  const m = await house.mandate();
  const begun = { argv: ['/bin/sh', '-c', 'true'], cwd: house.work };
  const others: readonly Parameters<House['start']>[2][] = [
    { argv: ['/bin/sh', '-c', 'touch elsewhere'] },
    { argv: ['/bin/bash', '-c', 'true'] },
    { cwd: '/' },
    { env: { NODE_OPTIONS: '--require=/tmp/x.js' } },
  ];
  for (const more of others)
    await expect(house.start(m, 'true', more, undefined, begun)).rejects.toThrow(/other_parameters/);
  // The program the action is about is the one that is started.
  await expect(
    house.start(m, '', { argv: ['/bin/cat'] }, undefined, {
      argv: ['/bin/cat'],
      cwd: house.work,
      resource: 'shell://p/true',
    }),
  ).rejects.toThrow(/other_parameters/);
  expect(existsSync(join(house.work, 'elsewhere'))).toBe(false);
  expect((await house.start(m, 'true', {}, undefined, begun)).mandate).toBe(m);
});
