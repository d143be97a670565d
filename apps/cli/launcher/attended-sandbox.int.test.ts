/** What a program at a person's own terminal must not do from its sandbox, tried at a real terminal: it is the kernel that answers. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { terminalFilter } from '@writ/enforce/attended';
import { afterAll, expect, test } from 'vitest';
import { openTerminal } from '../../../test/kit/terminal/terminal.ts';
import { attendedSandbox } from './attended-sandbox.ts';
import { filterDescriptor } from './run-program.ts';

const top = mkdtempSync(join(tmpdir(), 'writ-attended-sandbox-'));
const at = (...names: readonly string[]): string => join(top, ...names);
const shared = `/dev/shm/writ-${String(process.pid)}`;
afterAll(() => {
  rmSync(top, { recursive: true, force: true });
  rmSync(shared, { force: true });
});

/** What is on the screen after `script` ran in the sandbox, in a repository with settings of a harness and without a folder for hooks. */
async function screenOf(script: string): Promise<string> {
  rmSync(at('root'), { recursive: true, force: true });
  for (const name of ['home', 'state', 'door', 'bin', 'root/.claude']) mkdirSync(at(name), { recursive: true });
  execFileSync('git', ['init', '-q', '--template=', at('root')]);
  writeFileSync(at('root/.claude/settings.json'), '{}');
  writeFileSync(at('filter'), terminalFilter());
  const sandbox = attendedSandbox({
    ...{ root: at('root'), cwd: at('root'), home: at('home'), stateDir: at('state'), door: at('door'), bin: at('bin') },
    ...{ harnessState: [], harnessRules: [], harnessFolder: null, readOnly: false, programs: [] },
    ...{ ownNetwork: true, places: [], filter: filterDescriptor },
  });
  const given = `exec "$@" ${String(filterDescriptor)}< ${at('filter')}`;
  const terminal = openTerminal(['sh', '-c', given, 'sh', ...sandbox, 'sh', '-c', `${script}; echo "[over]"`], {
    cwd: at('root'),
    env: process.env,
  });
  await terminal.expect('[over]');
  await terminal.ended;
  return terminal.screen;
}

test('it types nothing for the person, sees no other terminal of theirs, and shares no memory with what runs outside', async () => {
  // Its own terminal stays one: its size and its mode are asked for by `ioctl`, too.
  const said = await screenOf(
    `perl -e '$key = "Q"; print ioctl(STDIN, 0x5412, $key) ? "typed\\n" : "not typed: $!\\n"'; stty size > /dev/tty && stty -echo && echo "is a terminal"; ls -x /dev/pts; touch ${shared}`,
  );
  expect(said).toContain('not typed: Operation not permitted');
  expect(said).toContain('is a terminal');
  expect(said).toMatch(/^ptmx$/m);
  expect(existsSync(shared)).toBe(false);
});

test('what governs is not moved away with the folder it lies in, and hooks are not written where there were none', async () => {
  const said = await screenOf(
    'mv .git g; mv .claude c; mkdir -p .git/hooks; echo x > .git/hooks/post-commit; echo x > .git/config; echo x > .claude/settings.json; mkdir .git/kept; echo x > .claude/notes.md',
  );
  expect(said.match(/Device or resource busy/g)).toHaveLength(2);
  expect(existsSync(at('root/.git/hooks/post-commit'))).toBe(false);
  expect(existsSync(at('root/.git/kept'))).toBe(true);
  expect(existsSync(at('root/.claude/notes.md'))).toBe(true);
});
