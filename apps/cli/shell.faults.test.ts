/** `writ shell` on a real terminal: the person's shell with its exit code, its size and its jobs; recorded without what is typed and without the environment; played again. */

import { expect, it } from 'vitest';
import { openTerminal } from '../../test/kit/terminal/terminal.ts';
import { main, ownMachine } from './testing/machine.ts';

const machine = ownMachine();

type Event = { readonly type: string; readonly data: unknown };

it(
  'records what is printed and nothing else, ends as the shell ends, and is played again',
  { timeout: 120_000 },
  async () => {
    const { writ, json, env, root } = machine;
    await writ(['up', '--restart', 'never']);
    const secret = 'typed-and-not-printed';
    const start = [process.execPath, main, 'shell'];
    {
      await using terminal = openTerminal(start, {
        cwd: root,
        env: { ...env, SHELL: '/bin/sh', PS1: '$ ', MY_TOKEN: 'from-the-environment' },
      });
      await terminal.expect('recorded in session');
      terminal.press('echo sum-$((40+2)); tput cols 2>/dev/null || stty size; sleep 30 & jobs\r');
      await terminal.expect('sum-42');
      await terminal.expect(/Running/);
      // What is started here is the session's, and no harness that Writ started: the guard of a repository asks of it.
      terminal.press('echo "is ${WRIT_SESSION:-none} ${WRIT_SHELL:+named}"\r');
      await terminal.expect('is none named');
      terminal.resize(111, 44);
      await terminal.expect('$ ');
      terminal.press('stty size\r');
      await terminal.expect('44 111');
      // Nothing is echoed from its answer on.
      terminal.press('stty -echo; echo silent-$((1+1)); read it\r');
      await terminal.expect('silent-2');
      terminal.press(`${secret}\r`);
      terminal.press('kill %1; stty echo; exit 7\r');
      expect(await terminal.ended).toBe(7);
    }
    const [session] = await json<{ id: string; state: string }[]>(['session', 'list', '--all']);
    expect(session?.state).toBe('closed');
    const { items } = await json<{ items: Event[] }>(['log', session?.id ?? '', '--all']);
    const said = JSON.stringify(items);
    expect(said).toContain('sum-42');
    expect(said).not.toContain(secret);
    expect(said).not.toContain('from-the-environment');
    const facts = await json<{
      items: { kind: string; data: { exit_code: number; columns: number; rows: number; screen: string } }[];
    }>(['facts', session?.id ?? '']);
    const fact = facts.items.find(({ kind }) => kind === 'terminal');
    expect(fact?.data).toMatchObject({ exit_code: 7, columns: 111, rows: 44 });
    expect(fact?.data.screen).toContain('sum-42');
    const again = await writ(['shell', session?.id ?? '', '--replay']);
    expect([again.code, again.out.includes('sum-42')]).toEqual([0, true]);
    expect((await writ(['shell'])).code).toBe(2);
  },
);
