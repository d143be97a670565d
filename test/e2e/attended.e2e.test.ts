/** A person's own shell, at a real terminal: an attended session is asked about once, and leaves the terminal as it found it. */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { standingBy, wantStandby } from '../kit/standby/standing-by.ts';
import type { Terminal } from '../kit/terminal/terminal.ts';
import { openTerminal } from '../kit/terminal/terminal.ts';
import type { World } from './support/world.ts';
import { createWorld } from './support/world.ts';

const main = join(import.meta.dirname, '../../apps/cli/writ.js');

function repositoryIn(world: World): string {
  const repository = join(world.place, 'app');
  mkdirSync(repository);
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
  execFileSync('git', [...who, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd: repository });
  return repository;
}

/** An interactive shell with job control, which is what hands a terminal on and takes it back. */
async function shellAt(world: World, env: Record<string, string>): Promise<Terminal> {
  const terminal = openTerminal(['bash', '--norc', '--noprofile', '-i'], {
    cwd: repositoryIn(world),
    env: { ...world.env, PS1: 'person> ', WRIT: main, NODE: process.execPath, ...env },
  });
  await terminal.expect('person> ');
  return terminal;
}

const modes = async (shell: Terminal): Promise<string> => {
  shell.press('stty -g; echo "[shown]"\r');
  return /^[0-9a-f:]+$/m.exec(await shell.expect('\n[shown]'))?.[0] ?? '';
};

type Launched = {
  readonly isUp: boolean;
  readonly env: Record<string, string>;
  up(world: World): Promise<void>;
  /** Before each start. */
  ready(world: World): Promise<void>;
};

const byItself: Launched = {
  isUp: false,
  env: {},
  up: () => Promise.resolve(),
  ready: () => Promise.resolve(),
};

const byOneThatStandsBy: Launched = {
  isUp: true,
  env: { WRIT_STANDBY: '' },
  async up(world) {
    wantStandby(world.home);
    await world.writ(['up']);
  },
  ready: ({ home }) => standingBy(home),
};

describe.each([
  ['by its own process', byItself],
  ['by a launcher that stands by', byOneThatStandsBy],
])('launched %s', (_, standby) => {
  test('an attended session asks once what it may do, and gives the terminal back as it was', async () => {
    await using world = await createWorld();
    await standby.up(world);
    await using shell = await shellAt(world, standby.env);
    const before = await modes(shell);
    expect(before).not.toBe('');

    await standby.ready(world);
    // A shell inside takes the terminal's foreground for itself, and changes its mode.
    const start = '"$NODE" "$WRIT" exec -- env PS1="inside> " bash --norc --noprofile -i\r';
    shell.press(start);
    const question = await shell.expect('(Enter: worktree)');
    expect(question).toContain('What may an agent do in app without asking?');
    expect(question).toMatch(/pr\n.*may read and edit any file/);
    shell.press('r\r');
    await shell.expect('preset `read-only`', 40_000);
    await shell.expect('\ninside> ');
    shell.press('stty -echo; exit 7\r');
    const end = await shell.expect('person> ');
    expect(end).toContain('writ  changed: nothing');
    expect(end).not.toContain('Stopped');
    shell.press('echo "[$?]"; jobs; echo "[jobs]"\r');
    expect(await shell.expect('\n[jobs]')).toMatch(/^\[7\]\n\[jobs\]/m);
    expect(await modes(shell)).toBe(before);

    await standby.ready(world);
    shell.press(start.replace(' exec ', " exec --order 'file.read before http.get; first http.get asks' "));
    const again = await shell.expect('\ninside> ', 40_000);
    expect(again).toContain('preset `read-only`');
    expect(again).not.toContain('What may an agent do');
    expect(again).toContain('before `http.get`, `file.read` must have been done, and been watched');
    const { items } = await world.json<{ items: { id: string; state: string; history: { kind: string }[] }[] }>([
      'mandate',
      'list',
    ]);
    const [live] = items.filter(({ state }) => state === 'active');
    expect(live?.history.map(({ kind }) => kind)).toEqual(['before', 'first_use']);
    // What is known of the session is read inside it, through its own door.
    const { body } = await world.api<{ items: { id: string; mandate: string }[] }>('runtime', 'GET', '/v1/sessions');
    const own = body.items.find(({ mandate }) => mandate === live?.id)?.id ?? '';
    await world.json(['session', 'pin', own, 'https://dash.example/board']);
    shell.press('writ facts; echo "[facts]"\r');
    expect(await shell.expect('\n[facts]')).toContain('https://dash.example/board');
    shell.press('exit 3\r');
    await shell.expect('person> ');
    shell.press('echo "[$?]"\r');
    await shell.expect('\n[3]');
    shell.press('exit\r');
    expect(await shell.ended).toBe(0);
  });

  test('a question that is not answered starts nothing', async () => {
    await using world = await createWorld();
    await standby.up(world);
    await using shell = await shellAt(world, standby.env);
    for (const key of ['\u0003', '\u0004']) {
      await standby.ready(world);
      shell.press('"$NODE" "$WRIT" exec -- true\r');
      await shell.expect('(Enter: worktree)');
      shell.press(key);
      expect(await shell.expect('person> ')).toContain('nothing was started');
      shell.press('echo "[$?]"\r');
      await shell.expect('\n[130]');
    }
    if (standby.isUp) {
      expect((await world.json<{ items: unknown[] }>(['mandate', 'list', '--all'])).items).toEqual([]);
      return;
    }
    const { running } = await world.json<{ running: boolean }>([]);
    expect(running).toBe(false);
  });
});
