/** The real binary with the real planes: up, a small mission by itself, everything a person can ask about it, stop, down; and nothing left. */

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expandPreset } from '@writ/authority';
import { presetTerms } from './connect/preset-terms.ts';
import { isAlive } from './place/process-identity.ts';
import { readSupervisorFile } from './supervisor/supervisor-file.ts';
import { main, ownMachine, until } from './testing/machine.ts';

const machine = ownMachine();
const { writ, json, supervisor, repositoryWith } = machine;

const quick = `---
title: Two files
project: app
preset: worktree
---

# Two files

Make two files.

- [ ] T1 touches: one.txt run: \`node work.mjs one.txt\` done: \`test -f one.txt\` — make the first
- [ ] T2 (after: T1) touches: two.txt run: \`node work.mjs two.txt\` done: \`test -f two.txt\` — make the second
`;

const endless = quick.replace('`node work.mjs one.txt`', '`sleep 600`');

describe('up and down', () => {
  it('starts three processes once, starts again what died, and leaves nothing', async () => {
    const [first, second] = await Promise.all([writ(['up']), writ(['up'])]);
    expect([first.code, second.code, first.err, second.err]).toEqual([0, 0, '', '']);
    const { planes, ...boss } = supervisor();
    const all = [boss, ...Object.values(planes)];
    expect(all.map(isAlive)).toEqual([true, true, true, true]);
    expect(statSync(machine.home).mode & 0o777).toBe(0o700);
    expect((await json<{ already: boolean }>(['up'])).already).toBe(true);

    process.kill(machine.pidOf('runtime'), 'SIGKILL');
    await until('another runtime', () => supervisor().planes.runtime?.pid !== planes.runtime?.pid);

    process.kill(boss.pid, 'SIGKILL');
    await until('the supervisor is gone', () => !isAlive(boss));
    expect((await writ(['up'])).code).toBe(0);
    expect(supervisor().planes.control).toMatchObject({ pid: planes.control?.pid });

    const last = supervisor();
    expect((await writ(['down'])).code).toBe(0);
    expect([last, ...Object.values(last.planes)].map(isAlive)).toEqual([false, false, false, false]);
    expect(existsSync(join(machine.home, 'supervisor.json'))).toBe(false);
  });

  it('comes up after a stop that is under way, and says so when it is stopped while it comes up', async () => {
    const interrupted = writ(['up']);
    await until('somebody supervises', () => readSupervisorFile(join(machine.home, 'supervisor.json')) !== null);
    process.kill(supervisor().pid, 'SIGTERM');
    const { code, err } = await interrupted;
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('stopped again while it came up') as string,
    });

    expect((await writ(['up'])).code).toBe(0);
    const first = supervisor();
    const down = writ(['down']);
    await until('it is being stopped', () => supervisor().ending);
    expect(await json<{ already: boolean }>(['up'])).toMatchObject({ already: false });
    expect((await down).code).toBe(0);
    expect(isAlive(first)).toBe(false);
    // The end of the first leaves the second alone.
    expect(isAlive(supervisor())).toBe(true);
    expect((await json<{ already: boolean }>(['up'])).already).toBe(true);
  });

  it('does not outlive its home', async () => {
    await writ(['up']);
    const { planes, ...boss } = supervisor();
    rmSync(machine.home, { recursive: true, force: true, maxRetries: 5 });
    await until('all of it has ended', () => ![boss, ...Object.values(planes)].some(isAlive));
    expect(existsSync(machine.home)).toBe(false);
  });

  it('ends what a killed supervisor left behind', async () => {
    await writ(['up', '--restart', 'never']);
    const { planes, ...boss } = supervisor();
    process.kill(boss.pid, 'SIGKILL');
    await until('the supervisor is gone', () => !isAlive(boss));
    expect((await writ(['down'])).code).toBe(0);
    expect(Object.values(planes).map(isAlive)).toEqual([false, false, false]);
  });
});

describe('a mission', () => {
  it('runs by itself, and every effect leads back to the approval', async () => {
    const file = repositoryWith(quick);
    const ran = await json<{ outcome: string; mission: { id: string; mandate: string; state: string } }>([
      'run',
      file,
      '--yes',
    ]);
    expect(ran.mission.state).toBe('done');
    const { id, mandate } = ran.mission;

    expect((await writ(['show'])).out).toContain('Two files');
    const shown = await json<{ tasks: { state: string }[]; mandates: { id: string }[] }>(['show', id]);
    expect(shown.tasks.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(shown.mandates.map((entry) => entry.id)).toContain(mandate);
    expect((await writ(['show', id])).out).toContain('Tasks, 2 of 2 done');
    expect((await writ(['log', id])).out).toContain('mandate approved by owner, unattended');
    expect((await json<{ items: unknown[] }>(['inbox'])).items).toEqual([]);
    expect((await writ(['back', id])).out).toContain('Next');

    const trail = await json<{ items: { approved_by: string; approved_how: string; text_digest: string }[] }>([
      'audit',
      'trail',
      mandate,
    ]);
    expect(trail.items.length).toBeGreaterThan(0);
    for (const entry of trail.items) expect(entry).toMatchObject({ approved_by: 'owner', approved_how: 'unattended' });
    expect((await writ(['audit', 'verify'])).out).toMatch(/control: intact.*\n.*runtime: intact/);

    const receipt = await json<{ closed_at: string | null }>(['mandate', 'complete', mandate]);
    expect(receipt.closed_at).not.toBeNull();
    expect(readdirSync(join(machine.root, 'app'))).not.toContain('.writ');
  });

  it('is stopped with a receipt in which every line is attested', async () => {
    const file = repositoryWith(endless);
    const { mission } = await json<{ mission: { id: string; mandate: string } }>(['run', file, '--yes', '--detach']);
    await until(
      'it works',
      async () => (await json<{ tasks: { state: string }[] }>(['show', mission.id])).tasks[0]?.state === 'running',
    );
    // 1 where something was not confirmed in time: the receipt is written on.
    expect([0, 1]).toContain((await writ(['stop', '--reason', 'enough'])).code);
    type Receipt = { closed_at: string | null; lines: { attested_by: string | null }[] };
    await until('every line is attested', async () => {
      const receipt = await json<Receipt>(['mandate', 'receipt', mission.mandate]);
      expect(receipt.lines.length).toBeGreaterThan(0);
      return receipt.closed_at !== null && receipt.lines.every((line) => line.attested_by !== null);
    });
    await until('it is inert', async () => (await json<{ state: string }>(['show', mission.id])).state === 'inert');
    expect((await writ(['unpause', mission.id])).code).not.toBe(0);
    expect((await writ(['mandate', 'receipt'])).out).toContain('Revoked');
    expect((await writ(['show', mission.id])).out).toContain('revoked');
  });

  it('is stopped on this machine with control dead', async () => {
    await writ(['up', '--restart', 'never']);
    const file = repositoryWith(endless);
    const { mission } = await json<{ mission: { id: string; mandate: string } }>(['run', file, '--yes', '--detach']);
    // The runtime says `running` before the enforcer has asked control for the process.
    await until('its process is there', () => {
      const runs = join(machine.home, 'enforcer', 'runs');
      const recorded = existsSync(runs) ? readdirSync(runs).filter((name) => name.endsWith('.json')) : [];
      return recorded.some((name) => readFileSync(join(runs, name), 'utf8').includes('"state":"running"'));
    });
    process.kill(machine.pidOf('control'), 'SIGKILL');
    const refused = await writ(['stop', mission.mandate]);
    expect({ code: refused.code, err: refused.err.includes('writ stop --local') }).toEqual({ code: 4, err: true });
    const stopped = await json<{ by: string; killed: unknown[]; queued: string[] }>(['stop', '--local']);
    expect(stopped).toMatchObject({ by: 'enforcer' });
    expect(stopped.killed.length).toBeGreaterThan(0);
    await writ(['up']);
    await until(
      'the revocation arrived',
      async () => (await json<{ state: string }>(['mandate', 'show', mission.mandate])).state === 'revoked',
    );
  });
});

it('gives a session what its preset asks for, not only what it allows', async () => {
  await writ(['up']);
  repositoryWith(quick);
  const app = join(machine.root, 'app');
  const opened = await writ(['session', 'open', 'ask around', '--preset', 'pr', '--yes', '--json'], app);
  expect(opened).toMatchObject({ code: 0 });
  const { mandate } = JSON.parse(opened.out) as { mandate: string };
  const { history } = await json<{ history: unknown[] }>(['mandate', 'show', mandate]);
  expect(history).toEqual(presetTerms(expandPreset('pr', { project: 'app' })).history);
  expect(history.length).toBeGreaterThan(0);
});

it('tells nothing of a private session, or of a fork of it, in what whoever sees the project reads', async () => {
  await writ(['up']);
  repositoryWith(quick);
  const app = join(machine.root, 'app');
  const open = ['session', 'open', 'the hush plan', '--private', '--yes', '--json'];
  const { id } = JSON.parse((await writ(open, app)).out) as { id: string };
  const fork = await json<{ id: string }>(['session', 'fork', id]);
  expect(await writ(['session', 'grant', fork.id, '--yes'], app)).toMatchObject({ code: 0 });
  const { items } = await json<{ items: { purpose: string; words: string[] }[] }>(['mandate', 'list', '--all']);
  expect(items).toHaveLength(2);
  expect(JSON.stringify(items)).not.toContain('hush');
});

it('takes in what a harness wrote, with half a character or a broken line in it, and every other of its sessions', async () => {
  await writ(['up']);
  const projects = join(machine.root, '.claude', 'projects', '-app');
  mkdirSync(projects, { recursive: true });
  const line = (sessionId: string, content: string): string =>
    JSON.stringify({
      ...{
        type: 'user',
        sessionId,
        uuid: content,
        timestamp: '2026-11-01T10:00:00.000Z',
        cwd: '/app',
        version: '2.0.0',
      },
      message: { role: 'user', content },
    });
  for (const [session, words] of [
    ['one', 'cut \ud83d off'],
    ['two', 'whole'],
  ] as const)
    writeFileSync(join(projects, `${session}.jsonl`), `${line(session, words)}\n{broken\n${line(session, 'after')}\n`);
  const taken = await json<{ id: string }[]>(['session', 'import', '--from', 'claude', '--project', 'app']);
  expect(taken).toHaveLength(2);
  const logs = await Promise.all(taken.map(({ id }) => json(['log', id, '--all'])));
  for (const words of ['cut \ufffd off', 'whole', 'after']) expect(JSON.stringify(logs)).toContain(words);
});

it('shows what is wrong with a mission file, by line, and starts nothing', async () => {
  const file = repositoryWith(quick.replace('(after: T1)', '(after: T9)'));
  const { code, err, out } = await writ(['run', file, '--yes']);
  expect(code).toBe(1);
  expect(out).toMatch(/mission\.md:\d+/);
  expect(err).toContain('nothing was started');
  expect((await json<{ items: unknown[] }>(['mandate', 'list', '--all'])).items).toEqual([]);
});

it('ends the session and what was approved for it when the terminal is closed', async () => {
  await writ(['up']);
  repositoryWith(quick);
  const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
  const command = [process.execPath, main, 'exec', '--preset', 'worktree', '--', 'sleep', '300'].map(quote).join(' ');
  // `script` gives it a terminal; killed, it takes the terminal away.
  const terminal = spawn('script', ['-qefc', `exec ${command}`, '/dev/null'], {
    cwd: join(machine.root, 'app'),
    env: machine.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  terminal.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  type Shown = { sessions: { driver: string; state: string }[]; mandates: { state: string }[] };
  await until('it runs', () => shown.includes('from another terminal'));
  expect((await json<Shown>(['show'])).mandates).toMatchObject([{ state: 'active' }]);
  expect(await json(['pause'])).toMatchObject({ driver: 'attended', state: 'paused' });
  await writ(['unpause']);
  terminal.kill('SIGKILL');
  await until(
    'what was approved has ended',
    async () => (await json<Shown>(['show'])).mandates[0]?.state === 'completed',
  );
  await until('it is closed', async () => (await json<Shown>(['show'])).sessions[0]?.state === 'closed');
});

it('takes an agent that unset its door for an agent', async () => {
  await writ(['up']);
  const agent = `env -u WRIT_DOOR ${process.execPath} ${main} mandate approve m-1 --yes; echo "=> $?"`;
  const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
    execFile(
      'sh',
      ['-c', agent],
      { env: { PATH: process.env['PATH'] ?? '', WRIT_HOME: machine.home, WRIT_DOOR: join(machine.root, 'none.sock') } },
      (_, stdout) => {
        resolve({ stdout });
      },
    );
  });
  expect(stdout).toBe('=> 4\n');
});

it('keeps its tokens to itself', async () => {
  await writ(['up']);
  expect(statSync(join(machine.home, 'control', 'owner.token')).mode & 0o077).toBe(0);
  const token = readFileSync(join(machine.home, 'control', 'owner.token'), 'utf8').trim();
  for (const name of readdirSync(join(machine.home, 'log')))
    expect(readFileSync(join(machine.home, 'log', name), 'utf8')).not.toContain(token);
});
