/** A start that a launcher took which stood by: whatever ends first of the three (the process at the terminal, the launcher, the program), nothing of the session goes on. Processes are looked for. */

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { hasTerminal, standingBy, wantStandby } from '../../../test/kit/standby/standing-by.ts';
import type { Terminal } from '../../../test/kit/terminal/terminal.ts';
import { openTerminal } from '../../../test/kit/terminal/terminal.ts';
import { main, ownMachine, until } from '../testing/machine.ts';
import { standbyMark, standbySocket } from './place.ts';

const machine = ownMachine();
const { writ, json, repositoryWith } = machine;
const limit = { timeout: 120_000 };

type Recorded = { readonly launcher: { readonly pid: number }; readonly root: { readonly pid: number } | null };
type Shown = { readonly id: string; readonly state: string; readonly state_detail: string };

const attended = (): string => join(machine.home, 'enforcer', 'attended');
const records = (): readonly string[] => readdirSync(attended()).filter((name) => name.endsWith('.json'));
const recorded = (): Recorded => JSON.parse(readFileSync(join(attended(), records()[0] ?? ''), 'utf8')) as Recorded;
const newest = async (): Promise<Shown | undefined> =>
  (await json<{ items: Shown[] }>(['mandate', 'list', '--all'])).items[0];

const beats = (name = 'beats'): number => {
  const path = join(machine.root, 'app', name);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length : 0;
};
const beating = (name = 'beats'): string => `while :; do echo x >> ${name}; sleep 0.05; done`;
const moved = async (name = 'beats'): Promise<number> => {
  const before = beats(name);
  await sleep(400);
  return beats(name) - before;
};
const parentOf = (pid: number): number =>
  Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]);

const withoutSandbox = (): Record<string, string> => {
  const bin = join(machine.root, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'bwrap'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
};

async function up(): Promise<void> {
  wantStandby(machine.home);
  await writ(['up']);
  repositoryWith('');
}

/** `before` and then the program, in a shell of the person's that says the exit code. */
async function start(script: string, env: Record<string, string> = {}, before = ''): Promise<Terminal> {
  await standingBy(machine.home);
  const words = [process.execPath, main, 'exec', '--preset', 'worktree', '--', 'sh', '-c', script];
  return openTerminal(['sh', '-c', `${before} "$@"; echo "[ended with $?]"; sleep 3`, 'sh', ...words], {
    cwd: join(machine.root, 'app'),
    env: { ...machine.env, WRIT_STANDBY: '', ...env },
  });
}

async function working(script: string, env: Record<string, string> = {}, before = ''): Promise<Terminal> {
  const terminal = await start(script, env, before);
  await until('it works', () => beats() > 3);
  expect(hasTerminal(recorded().launcher.pid)).toBe(false);
  return terminal;
}

it(
  'runs it on the terminal, with its environment, folder, keys and exit code, and another stands by for the next',
  limit,
  async () => {
    await up();
    await using terminal = await start(
      'echo "$GREETING in $(basename "$PWD") of $(tty)"; umask; read -r line; exit "$line"',
      { GREETING: 'hello' },
      'umask 027;',
    );
    await terminal.expect(/hello in app of \/dev\/.*\n0027\n/, 40_000);
    expect(existsSync(standbySocket({ root: machine.home }))).toBe(false);
    // One that comes meanwhile launches by itself.
    await using other = openTerminal([process.execPath, main, 'exec', '--preset', 'worktree', '--', 'true'], {
      cwd: join(machine.root, 'app'),
      env: { ...machine.env, WRIT_STANDBY: '' },
    });
    expect(await other.ended).toBe(0);
    terminal.press('7\r');
    await terminal.expect('[ended with 7]');
    expect(terminal.screen).toContain('writ  changed: nothing');
    await standingBy(machine.home);
    expect((await newest())?.state).toBe('completed');
  },
);

it('stands by from the first start at a terminal on, and help is none', limit, async () => {
  await writ(['up']);
  repositoryWith('');
  const at = { cwd: join(machine.root, 'app'), env: { ...machine.env, WRIT_STANDBY: '' } };
  await using help = openTerminal([process.execPath, main, 'exec', '--help'], at);
  expect(await help.ended).toBe(0);
  expect(existsSync(standbyMark({ root: machine.home }))).toBe(false);
  await using first = openTerminal([process.execPath, main, 'exec', '--preset', 'worktree', '--', 'true'], at);
  expect(await first.ended).toBe(0);
  await standingBy(machine.home);
});

it.each([
  ['by a launcher that stands by', ''],
  ['by its own process', '0'],
])('gives Ctrl-C to the program, %s, and nothing else ends by it', limit, async (_, standby) => {
  await up();
  await standingBy(machine.home);
  const script = `trap 'echo caught; n=$((n + 1))' INT; while [ "\${n:-0}" -lt 2 ]; do echo x >> beats; sleep 0.05; done; kill -KILL $$`;
  const words = ['exec', '--preset', 'worktree', '--', 'sh', '-c', script];
  await using terminal = openTerminal([process.execPath, main, ...words], {
    cwd: join(machine.root, 'app'),
    env: { ...machine.env, WRIT_STANDBY: standby },
  });
  for (const _time of ['once', 'twice']) {
    const before = beats();
    await until('it works', () => beats() > before + 3);
    terminal.press('\u0003');
    await terminal.expect('caught');
  }
  expect(await terminal.ended).toBe(137);
});

it.each([
  ['by a launcher that stands by', ''],
  ['by its own process', '0'],
])('leaves to the program what was typed after an answer, %s', limit, async (_, standby) => {
  await up();
  await standingBy(machine.home);
  const words = ['exec', '--', 'sh', '-c', 'read -r line; echo "read $line"; read -r line; echo "then $line"'];
  await using terminal = openTerminal([process.execPath, main, ...words], {
    cwd: join(machine.root, 'app'),
    env: { ...machine.env, WRIT_STANDBY: standby },
  });
  await terminal.expect('(Enter: worktree)', 40_000);
  terminal.press('w\rearly\r');
  await terminal.expect('read early', 40_000);
  terminal.press('late\r');
  await terminal.expect('then late');
  expect(await terminal.ended).toBe(0);
});

it.each(['with a sandbox', 'without one'])('ends with its launcher, %s', limit, async (where) => {
  await up();
  await using terminal = await working(
    `${beating('other')} & ${beating()}`,
    where === 'without one' ? withoutSandbox() : {},
  );
  process.kill(recorded().launcher.pid, 'SIGKILL');
  await terminal.expect('what held this session is gone');
  await terminal.expect('[ended with 1]');
  await until('what was approved has ended', async () => (await newest())?.state === 'revoked');
  expect((await newest())?.state_detail).toContain('its launcher ended without a word');
  expect([await moved(), await moved('other')]).toEqual([0, 0]);
});

it.each(['with a sandbox', 'without one'])('ends with the process at its terminal, %s', limit, async (where) => {
  await up();
  await using terminal = await working(
    `${beating('other')} & ${beating()}`,
    where === 'without one' ? withoutSandbox() : {},
  );
  const { root } = recorded();
  process.kill(parentOf(root?.pid ?? 0), 'SIGKILL');
  await terminal.expect('[ended with 137]');
  await until('the session is closed', () => records().length === 0);
  expect([await moved(), await moved('other')]).toEqual([0, 0]);
  expect((await newest())?.state).toBe('completed');
});

it('is ended by a stop, also when its program told everything in its group to stand still', limit, async () => {
  await up();
  await using _ = await working(`setsid sh -c '${beating('other')}' & ${beating()} & sleep 1; kill -STOP 0; sleep 600`);
  await until('its own group stands still', async () => (await moved()) === 0);
  const receipt = await json<{ lines: { kind: string; outcome: string; attested_by: string }[] }>(['stop']);
  expect(receipt.lines.filter(({ kind }) => kind === 'process_group')).toMatchObject([
    { outcome: 'stopped', attested_by: 'os' },
  ]);
  expect(await moved('other')).toBe(0);
  expect((await newest())?.state).toBe('revoked');
});

it('leaves alone what a person started in the same terminal since', limit, async () => {
  await up();
  const later = `(while [ ! -e beats ]; do sleep 0.1; done; sh -c '${beating('later')}'; :) &`;
  await using _ = await working(beating(), withoutSandbox(), later);
  await until('the later one works', () => beats('later') > 3);
  await json(['stop']);
  expect(await moved()).toBe(0);
  expect(await moved('later')).toBeGreaterThan(0);
});

it('is no way out of a session: what an agent starts at its terminal is refused as one of its own', limit, async () => {
  await up();
  const inner = `"${process.execPath}" "${main}" exec --preset worktree -- true`;
  const script = `while [ ! -e ${standbySocket({ root: machine.home })} ]; do sleep 0.1; done; env -i PATH="$PATH" HOME="$HOME" WRIT_HOME="${machine.home}" ${inner}; echo "[inner $?]"`;
  await using terminal = await start(script, withoutSandbox());
  await terminal.expect('[inner 3]', 40_000);
  // Somebody took it: it was not this process that refused by itself.
  expect(existsSync(standbySocket({ root: machine.home }))).toBe(false);
  await terminal.expect('[ended with 0]');
});

it(
  'is not there for who does not want it, and ends with Writ, and with a supervisor that is killed',
  limit,
  async () => {
    await up();
    await standingBy(machine.home);
    await using direct = openTerminal(
      [process.execPath, main, 'exec', '--preset', 'worktree', '--', 'sh', '-c', beating()],
      {
        cwd: join(machine.root, 'app'),
        env: machine.env,
      },
    );
    await until('it works', () => beats() > 3);
    expect(hasTerminal(recorded().launcher.pid)).toBe(true);
    const isOwn = (pid: string): boolean => {
      try {
        const [words, env] = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
        return words?.endsWith('\0stand-by\0') === true && env?.includes(`WRIT_HOME=${machine.home}\0`) === true;
      } catch {
        return false; // no process, or one that has ended
      }
    };
    const own = (): readonly string[] => readdirSync('/proc').filter(isOwn);
    expect(own()).toHaveLength(1);
    process.kill(machine.supervisor().pid, 'SIGKILL');
    await until('it ended with its supervisor', () => own().length === 0);
    await writ(['up']);
    await standingBy(machine.home);
    direct.press('\u0003');
    await direct.ended;
    await writ(['down', '--now']);
    expect(own()).toEqual([]);
  },
);
