/** What ends an attended session when its launcher, control or the disk cannot help: processes are looked for, not commands believed. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Terminal } from '../../../test/kit/terminal/terminal.ts';
import { openTerminal } from '../../../test/kit/terminal/terminal.ts';
import { main, ownMachine, until } from '../testing/machine.ts';

const machine = ownMachine();
const { writ, json, repositoryWith } = machine;
const limit = { timeout: 120_000 };

type Recorded = { readonly launcher: { readonly pid: number; readonly startTime: string } };
type Shown = { readonly id: string; readonly state: string; readonly state_detail: string };
type Line = { readonly kind: string; readonly outcome: string; readonly attested_by: string | null };
type Receipt = { readonly mandate: string; readonly closed_at: string | null; readonly lines: readonly Line[] };

const attended = (): string => join(machine.home, 'enforcer', 'attended');
const recorded = (): Recorded => {
  const [file = ''] = readdirSync(attended()).filter((name) => name.endsWith('.json'));
  return JSON.parse(readFileSync(join(attended(), file), 'utf8')) as Recorded;
};
const mandates = async (): Promise<readonly Shown[]> =>
  (await json<{ items: Shown[] }>(['mandate', 'list', '--all'])).items;

/** Beats of the program under test; they stop when it does. */
const beats = (name = 'beats'): number => {
  try {
    return readFileSync(join(machine.root, 'app', name), 'utf8').split('\n').length;
  } catch {
    return 0; // it has not begun
  }
};
const beating = (name = 'beats'): string => `while :; do echo x >> ${name}; sleep 0.05; done`;
const moved = async (name = 'beats'): Promise<number> => {
  const before = beats(name);
  await new Promise((resolve) => setTimeout(resolve, 400));
  return beats(name) - before;
};

/** A program at a terminal, in a shell of the person's that says the exit code. */
async function start(script: string, env: Record<string, string> = {}): Promise<Terminal> {
  const terminal = openTerminal(
    [
      'sh',
      '-c',
      'stty -g; "$@"; echo "[ended with $?]"; stty -g',
      'sh',
      process.execPath,
      main,
      'exec',
      '--preset',
      'worktree',
      '--',
      'sh',
      '-c',
      script,
    ],
    {
      cwd: join(machine.root, 'app'),
      env: { ...machine.env, ...env },
    },
  );
  await until('it works', () => beats() > 3);
  return terminal;
}

/** A PATH on which the sandbox does not work. */
function withoutSandbox(): Record<string, string> {
  const bin = join(machine.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'bwrap'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
}

it(
  'is ended by a stop of this machine with control dead and no room on the disk, and control hears of it',
  limit,
  async () => {
    await writ(['up', '--restart', 'never']);
    repositoryWith('');
    await using terminal = await start(`stty raw -echo; ${beating()}`);
    process.kill(machine.pidOf('control'), 'SIGKILL');
    execFileSync('prlimit', [`--pid=${String(machine.pidOf('enforcer'))}`, '--fsize=0:']);
    const full = await json<{ sessions: { survivors: number }[]; unqueued: string[] }>(['stop', '--local'], 1);
    expect(full.sessions).toMatchObject([{ survivors: 0 }]);
    expect(full.unqueued).toHaveLength(1);
    expect(await moved()).toBe(0);
    await terminal.ended;
    // The enforcer could not leave word of it either: the program was killed, and the terminal's mode is the shell's again.
    expect(terminal.screen).toContain('[ended with 137]');
    const [before, after] = terminal.screen.match(/^[0-9a-f]+:[0-9a-f:]+$/gm) ?? [];
    expect(after).toBe(before);
    // The enforcer still knows, and tells.
    expect((await writ(['up'])).code).toBe(0);
    await until('the revocation arrived', async () => (await mandates())[0]?.state === 'revoked');
  },
);

it('is ended by a stop of this machine from what the disk knows, with the enforcer dead too', limit, async () => {
  await writ(['up', '--restart', 'never']);
  repositoryWith('');
  await using terminal = await start(beating(), withoutSandbox());
  for (const plane of ['control', 'enforcer'] as const) process.kill(machine.pidOf(plane), 'SIGKILL');
  const stopped = await json<{ by: string; sessions: { survivors: number }[]; queued: string[] }>([
    'stop',
    '--local',
    '--reason',
    'enough',
  ]);
  expect(stopped).toMatchObject({ by: 'disk', sessions: [{ survivors: 0 }] });
  expect(stopped.queued).toHaveLength(1);
  expect(await moved()).toBe(0);
  await terminal.ended;
  expect(terminal.screen).toContain('writ: ended: stopped on this machine: enough');
  expect(terminal.screen).toContain('[ended with 3]');
  await writ(['up']);
  await until('the revocation arrived', async () => (await mandates())[0]?.state === 'revoked');
  expect((await mandates())[0]?.state_detail).toContain('enough');
  expect(readdirSync(attended())).toEqual([]);
});

it.each(['with a sandbox', 'without one'])(
  'ends with its approval when its launcher is killed, and later stops do not wait for it, %s',
  limit,
  async (where) => {
    await writ(['up']);
    repositoryWith('');
    await using terminal = await start(
      `${beating('other')} & ${beating()}`,
      where === 'without one' ? withoutSandbox() : {},
    );
    const { launcher } = recorded();
    process.kill(launcher.pid, 'SIGKILL');
    await terminal.ended;
    await until('what was approved has ended', async () => (await mandates())[0]?.state === 'revoked');
    await until('nothing moves', async () => (await moved()) === 0 && (await moved('other')) === 0);
    const [ended] = await mandates();
    expect(ended?.state_detail).toContain('its launcher ended without a word');
    const receiptOf = async (mandate: string | undefined): Promise<Receipt | undefined> =>
      (await json<{ items: Receipt[] }>(['mandate', 'receipt'])).items.find((receipt) => receipt.mandate === mandate);
    await until(
      'every line is attested',
      async () => (await receiptOf(ended?.id))?.closed_at?.startsWith('20') ?? false,
    );
    const receipt = await receiptOf(ended?.id);
    expect(receipt?.lines.filter(({ kind }) => kind === 'process_group')).toMatchObject([
      { outcome: 'stopped', attested_by: 'os' },
    ]);

    // Control starts anew and has heard of nobody; what is stopped next has nothing to do with the dead one.
    process.kill(machine.pidOf('control'), 'SIGKILL');
    await using next = await start(beating('next'));
    await until('it works', () => beats('next') > 3);
    const stopped = await json<Receipt>(['stop']);
    expect(stopped.lines.map(({ kind }) => kind).toSorted()).toEqual(['process_group', 'session']);
    expect(stopped.lines.every(({ attested_by: by }) => by !== null)).toBe(true);
    await next.ended;
  },
);

it('stands still when its program stopped the launcher, and is stopped all the same', limit, async () => {
  await writ(['up']);
  repositoryWith('');
  // What goes on in a session of its own, and a launcher in the group that is told to stand still.
  await using _ = await start(`setsid sh -c '${beating()}' & sleep 1; kill -STOP 0; sleep 600`);
  await until('nothing moves', async () => (await moved()) === 0);
  const receipt = await json<Receipt>(['stop']);
  expect(receipt.lines.filter(({ kind }) => kind === 'process_group')).toMatchObject([
    { outcome: 'stopped', attested_by: 'os' },
  ]);
  expect(await moved()).toBe(0);
  // What it guarded is gone, so it is let go on, and closes the session.
  await until('the session is closed', () => readdirSync(attended()).length === 0);
});
