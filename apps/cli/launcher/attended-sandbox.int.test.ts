/** What a program at a person's own terminal must not do from its sandbox, tried at a real terminal: it is the kernel that answers. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filterDescriptor, kernelFilter } from '@writ/enforce/attended';
import { afterAll, expect, test } from 'vitest';
import { openTerminal } from '../../../test/kit/terminal/terminal.ts';
import { attendedSandbox } from './attended-sandbox.ts';

const top = mkdtempSync(join(tmpdir(), 'writ-attended-sandbox-'));
const at = (...names: readonly string[]): string => join(top, ...names);
const shared = `/dev/shm/writ-${String(process.pid)}`;
afterAll(() => {
  rmSync(top, { recursive: true, force: true });
  rmSync(shared, { force: true });
});

/** What is on the screen after `script` ran in the sandbox, in a repository with settings of a harness and without a folder for hooks. */
async function screenOf(
  script: string,
  prepare: () => void = () => undefined,
  repositoryRules: readonly string[] = [],
): Promise<string> {
  rmSync(at('root'), { recursive: true, force: true });
  for (const name of ['home', 'state', 'door', 'bin', 'root/.claude']) mkdirSync(at(name), { recursive: true });
  execFileSync('git', ['init', '-q', '--template=', at('root')]);
  writeFileSync(at('root/.claude/settings.json'), '{}');
  prepare();
  writeFileSync(at('filter'), kernelFilter());
  const sandbox = attendedSandbox({
    ...{ root: at('root'), cwd: at('root'), home: at('home'), stateDir: at('state'), door: at('door'), bin: at('bin') },
    ...{ harnessState: [], harnessRules: [], repositoryRules, harnessFolder: null, readOnly: false, programs: [] },
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

test('what governs a harness in a repository is not written, as its adapter says', async () => {
  const prepare = (): void => {
    mkdirSync(at('root/.tiny'));
    writeFileSync(at('root/.tiny/settings.json'), '{}');
  };
  const said = await screenOf('echo x > .tiny/settings.json; mv .tiny t; echo x > .tiny/notes.md', prepare, [
    '.tiny/settings.json',
    '.tiny/hooks',
  ]);
  expect(readFileSync(at('root/.tiny/settings.json'), 'utf8'), said).toBe('{}');
  expect(existsSync(at('root/.tiny/notes.md'))).toBe(true);
});

test('what says which repository a checkout or another worktree belongs to stays as it is', async () => {
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
    execFileSync('git', [...who, ...args], { cwd: at('root') });
  };
  const prepare = (): void => {
    rmSync(at('tree'), { recursive: true, force: true });
    git('commit', '-q', '--allow-empty', '-m', 'one');
    git('worktree', 'add', '-q', '-b', 'other', at('tree'));
  };
  await screenOf(
    'cd .git; echo x > worktrees/tree/commondir; mv worktrees w; mv worktrees/tree worktrees/t; echo x > config.worktree',
    prepare,
  );
  expect(readFileSync(at('root/.git/worktrees/tree/commondir'), 'utf8')).toBe('../..\n');
  expect(readFileSync(at('root/.git/config.worktree'), 'utf8')).toBe('');
});

test('in a worktree of a repository elsewhere a commit works, and what says where that is, or runs there, stays', async () => {
  const elsewhere = at('elsewhere');
  rmSync(elsewhere, { recursive: true, force: true });
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', elsewhere, ...who, ...args], { encoding: 'utf8' }).trim();
  const said = await screenOf(
    [
      `git ${who.join(' ')} commit -q --allow-empty -m two && echo committed`,
      'echo "gitdir: /elsewhere" > .git; rm -f .git; mv .git g; mkdir .git && echo made',
      `cd ${elsewhere}/.git; for f in config hooks/post-commit worktrees/root/commondir; do echo x > $f && echo "wrote $f"; done`,
      'mv ../.git ../g; mv hooks h; mv worktrees w',
      `touch ${elsewhere}/file`,
    ].join('; '),
    () => {
      execFileSync('git', ['init', '-q', '-b', 'main', elsewhere]);
      git('commit', '-q', '--allow-empty', '-m', 'one');
      rmSync(at('root'), { recursive: true });
      git('worktree', 'add', '-q', '-b', 'other', at('root'));
    },
  );
  expect(said).toContain('committed');
  expect(said).not.toMatch(/wrote|made/);
  expect(git('log', '-1', '--format=%s', 'other')).toBe('two');
  expect(existsSync(join(elsewhere, 'file'))).toBe(false);
  expect(git('-C', at('root'), 'rev-parse', '--git-common-dir')).toBe(`${elsewhere}/.git`);
});

test('what only says of itself that it belongs to a repository elsewhere writes nothing there', async () => {
  const elsewhere = at('elsewhere');
  const said = await screenOf(`touch ${elsewhere}/.git/x && echo wrote; echo y > .git && echo wrote`, () => {
    rmSync(at('root'), { recursive: true });
    mkdirSync(at('root'));
    writeFileSync(at('root/.git'), `gitdir: ${elsewhere}/.git/worktrees/root\n`);
    writeFileSync(join(elsewhere, '.git/worktrees/root/gitdir'), '/nowhere/.git\n');
  });
  expect(said).not.toContain('wrote');
});

test('it sets nothing of the kernel, which the user with the number 0 may without any capability', async () => {
  // As it is: where it can be written at all, nothing changes by it.
  const said = await screenOf(
    'f=/proc/sys/kernel/core_pattern; v=$(cat $f); (echo "$v" > $f) 2> /dev/null && echo "was set"; test -r $f && echo "is read"',
  );
  expect(said).toContain('is read');
  expect(said).not.toContain('was set');
});

test('it has no socket that leaves its network by the machine’s host, by a call or by a queue of calls', async () => {
  const said = await screenOf(
    `perl -MSocket -e 'print socket(my $s, 40, SOCK_STREAM, 0) ? "has one\n" : "none: $!\n"; print socket(my $t, AF_INET, SOCK_STREAM, 0) ? "has others\n" : "$!\n"; my $p = "x" x 256; print syscall(425, 8, $p) < 0 ? "no queue: $!\n" : "has a queue\n"'`,
  );
  expect(said).toContain('none: Address family not supported');
  expect(said).toContain('has others');
  expect(said).toContain('no queue: Function not implemented');
});
