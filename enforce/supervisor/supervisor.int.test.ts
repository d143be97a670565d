/** Real processes: what a freeze holds, what a kill leaves, what a sandbox hides. Effects are judged by files the processes write. */

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readClock, systemClock } from '../client/clock.ts';
import { gitPlaces, removeStrays } from './git-places.ts';
import { probeSandbox } from './probe-sandbox.ts';
import { allProcesses, isAlive, oneProcess } from './processes.ts';
import { halt, recordedTree } from './process-tree.ts';
import { startRun } from './run.ts';
import type { Run } from './run.ts';
import type { RunRequest } from './spawn-run.ts';
import { holdRules, putBackLeft } from './worktree-rules.ts';

let base: string;
let dir: string;
let work: string;
const runs: Run[] = [];
/** What runs wrote of what governs them, as it was told. */
const told: string[] = [];
const door = createServer();

beforeEach(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'writ-sup-')));
  dir = join(base, 'state');
  work = join(base, 'repo');
  mkdirSync(join(dir, 'control'), { recursive: true });
  mkdirSync(join(dir, 'bin'));
  mkdirSync(work);
  writeFileSync(join(dir, 'control', 'owner.token'), 'the owner');
  await new Promise<void>((resolve) => door.listen(join(base, 'door.sock'), resolve));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  told.splice(0);
  for (const run of runs.splice(0)) await run.kill('the test is over', 10_000);
  await new Promise((resolve) => door.close(resolve));
  rmSync(base, { recursive: true, force: true });
});

const request = (kind: 'contain' | 'none', script: string, more: Partial<RunRequest> = {}): RunRequest => ({
  id: `r-${String(Math.trunc(performance.now() * 1_000))}`,
  session: 's1',
  mandate: 'm1',
  credential: 'secret',
  operation: 'o1',
  lease_ms: 30_000,
  argv: ['/bin/sh', '-c', script],
  cwd: work,
  env: {},
  stdin: '',
  sandbox: { kind, writable: [work], hidden: [], network: 'none' },
  remotes: [],
  repository: null,
  ...more,
});

async function start(asked: RunRequest): Promise<Run> {
  const started = await startRun({
    plan: {
      request: asked,
      dir,
      probe: await probeSandbox(null),
      door: join(base, 'door.sock'),
      gate: null,
      ssh: null,
      bin: join(dir, 'bin'),
      visible: [],
      identity: { name: 'A', email: 'a@example.org' },
    },
    chain: ['m1'],
    expiresAt: Number.MAX_SAFE_INTEGER,
    now: () => readClock(systemClock),
    lease: { lengthMs: 30_000, since: readClock(systemClock) },
    onEnd: () => undefined,
    onRulesWritten: (_, resources) => void told.push(...resources),
  });
  if (!started.ok) throw new Error(started.why);
  runs.push(started.run);
  return started.run;
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !holds(); await sleep(5))
    if (performance.now() > end) throw new Error('it never came to be');
}
const ended = (run: Run): Promise<void> => until(() => run.isOver);

/** A child in a session of its own, whose parent is gone, that keeps writing. `env -i` takes the marker away. */
const stray = (clear: string): string =>
  `${clear} setsid sh -c '(while :; do echo x >> ${work}/beat; sleep 0.02; done) &' >/dev/null 2>&1; sleep 100`;
const beats = (): number => (existsSync(join(work, 'beat')) ? statSync(join(work, 'beat')).size : 0);

test.each([
  ['contain', 'env -i PATH="$PATH"'],
  ['contain', ''],
  ['none', ''],
] as const)(
  '%s: a double fork in its own session, started with `%s`, is frozen, thawed and killed with its run',
  async (kind, clear) => {
    const run = await start(request(kind, stray(clear)));
    await until(() => beats() > 2);
    run.freeze('asked', 'a test');
    expect(await run.verifyFrozen(10_000)).toEqual([]);
    const frozenAt = beats();
    await sleep(150);
    expect(beats()).toBe(frozenAt);
    expect(run.wire().state).toBe('frozen');
    run.release('asked');
    await until(() => beats() > frozenAt);
    expect(await run.kill('a test', 10_000)).toEqual([]);
    const killedAt = beats();
    await sleep(150);
    expect(beats()).toBe(killedAt);
    expect(run.wire()).toMatchObject({ state: 'killed', why: 'a test' });
  },
);

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'a process caught between vfork and exec stands still with its child, and goes on with it',
  async () => {
    // vfork(2), pause(2) and exit(2) by number: the parent waits in the kernel, where no signal stops it.
    const script = `perl -e 'if (syscall(58) == 0) { syscall(34); syscall(60, 0) }'; echo on >> ${work}/beat`;
    const run = await start(request('none', script));
    const waiting = () => allProcesses().find(({ ppid, state }) => state === 'D' && ppid === run.wire().pid);
    // One that waits for its program to be read from the disk is in that state too, and has no child yet.
    const child = () => allProcesses().find(({ ppid }) => ppid === waiting()?.pid);
    await until(() => child() !== undefined);
    run.freeze('asked', 'a test');
    expect(await run.verifyFrozen(10_000)).toEqual([]);
    const caught = child();
    if (caught === undefined) throw new Error('it did not stay between vfork and exec');
    run.release('asked');
    process.kill(caught.pid, 'SIGKILL');
    await ended(run);
    expect(beats()).toBeGreaterThan(0);
  },
);

test('what is known of a run stands still before anybody looks for the rest, with all its group, and nothing that only has its number', async () => {
  const run = await start(request('none', `while :; do echo x >> ${work}/beat; sleep 0.02; done & sleep 100`));
  await until(() => beats() > 2);
  const pid = run.wire().pid ?? 0;
  const group = () => allProcesses().filter(({ pgid, state }) => pgid === pid && !state.startsWith('Z'));
  expect(group().length).toBeGreaterThan(1);
  halt(recordedTree({ pid, startTime: 'another' }, 'A=b', null));
  await sleep(50);
  expect(oneProcess(pid)?.state).not.toBe('T');
  run.halt();
  await until(() => group().every(({ state }) => state === 'T'));
  run.freeze('asked', 'a test');
  run.release('asked');
  const before = beats();
  await until(() => beats() > before);
});

test('what outlives the first process of a run ends with it', async () => {
  const run = await start(
    request(
      'none',
      `setsid sh -c 'while :; do echo x >> ${work}/beat; sleep 0.02; done' & while ! test -s ${work}/beat; do sleep 0.02; done`,
    ),
  );
  await ended(run);
  const last = beats();
  await sleep(100);
  expect(last).toBeGreaterThan(0);
  expect(beats()).toBe(last);
  expect(run.wire()).toMatchObject({ state: 'exited', exit_code: 0 });
});

test('output is combined, counted in bytes, and never splits a character', async () => {
  const run = await start(request('none', 'printf "añ"; printf "b" >&2', {}));
  await ended(run);
  expect(run.output(0, 2)).toMatchObject({ next: 1, text: 'a', ended: false });
  expect(run.output(1, 100)).toMatchObject({ next: 4, text: 'ñb', ended: true });
});

test('an exit code and a missing program are told apart', async () => {
  const run = await start(request('contain', 'exit 7'));
  await ended(run);
  expect(run.wire()).toMatchObject({ state: 'exited', exit_code: 7 });
});

test('a pid with another start time is not the same process', () => {
  const self = oneProcess(process.pid);
  expect(self).not.toBeNull();
  expect(isAlive({ pid: process.pid, startTime: self?.startTime ?? '' })).toBe(true);
  expect(isAlive({ pid: process.pid, startTime: '1' })).toBe(false);
});

test('a sandbox hides state, homes, temporary files and other processes, and has no network', async () => {
  writeFileSync(join(base, 'outside'), 'here');
  const home = join(base, 'home');
  for (const name of [
    '.ssh/id_ed25519',
    '.aws/credentials',
    '.config/gh/hosts.yml',
    '.git-credentials',
    '.netrc',
    '.npmrc',
    '.cargo/credentials.toml',
    '.cargo/bin/tool',
  ]) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), 'secret');
  }
  vi.stubEnv('HOME', home);
  vi.stubEnv('SSH_AUTH_SOCK', '/tmp/agent');
  const script = [
    `cat ${dir}/control/owner.token && echo LEAK token`,
    `cat ${base}/outside && echo LEAK tmp`,
    `test "$HOME" = ${home} || echo LEAK other home`,
    `find "$HOME" -type f | grep -v /.cargo/bin/tool && echo LEAK home`,
    'cat "$HOME/.cargo/bin/tool" >/dev/null && echo TOOLS',
    `test -d /proc/${String(process.pid)} && echo LEAK proc`,
    `echo x > ${base}/escaped && test -e ${base}/escaped-really && echo LEAK write`,
    'touch /etc/x && echo LEAK etc',
    'env | grep -E "SSH_AUTH_SOCK|SECRET" && echo LEAK env',
    'grep -v -e Inter -e face -e lo: /proc/net/dev && echo LEAK net',
    `echo mine > ${work}/made`,
    'test -S "$WRIT_DOOR" && echo DOOR',
    'true',
  ].join('; ');
  const run = await start(request('contain', script, { env: { SSH_ASKPASS: 'SECRET' } }));
  await ended(run);
  const { text } = run.output(0, 10_000);
  expect(text).not.toContain('LEAK');
  expect(text).toContain('DOOR');
  expect(text).toContain('TOOLS');
  expect(readFileSync(join(work, 'made'), 'utf8')).toBe('mine\n');
  expect(existsSync(join(base, 'escaped'))).toBe(false);
});

test.each(['state', 'state/control', '.'])('a request that would make `%s` writable is refused', async (name) => {
  const path = join(base, name);
  await expect(
    start(request('contain', 'true', { sandbox: { kind: 'contain', writable: [path], hidden: [], network: 'none' } })),
  ).rejects.toThrow(/cannot be writable/);
});

test('a run sets nothing of the kernel, which the user with the number 0 may without any capability', async () => {
  const setting = '/proc/sys/kernel/core_pattern';
  // As it is: where it can be written at all, nothing changes by it.
  const run = await start(request('contain', `v=$(cat ${setting}) && (echo "$v" > ${setting}) || echo refused`));
  await ended(run);
  expect(run.output(0, 1_000).text).toContain('refused');
});

test('a run has no socket that leaves its network by the machine’s host, by a call or by a queue of calls', async () => {
  const script = `perl -MSocket -e 'print socket(my $s, 40, SOCK_STREAM, 0) ? "has one\n" : "none: $!\n"; print socket(my $t, AF_INET, SOCK_STREAM, 0) ? "has others\n" : "$!\n"; my $p = "x" x 256; print syscall(425, 8, $p) < 0 ? "no queue: $!\n" : "has a queue\n"'`;
  const run = await start(request('contain', script));
  await ended(run);
  expect(run.output(0, 1_000).text).toMatch(/none: Address family not supported.*has others.*no queue: Function not/s);
});

test('attack 24: a link swapped in under a folder that may be written leads nowhere', async () => {
  const outside = join(base, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'kept'), 'as it was');
  const script = [
    'mkdir real && echo x > real/kept',
    // Checked as a folder of the worktree, written as a link out of it: both orders are met many times.
    `(for n in $(seq 200); do rm -rf d; cp -r real d; rm -rf d; ln -s ${outside} d; done) &`,
    'swapping=$!',
    'for n in $(seq 400); do test -d d && echo x > d/kept && echo x > d/new; done',
    'wait $swapping',
    `ln ${outside}/kept hard && echo x > hard`,
    `ln -s ${outside}/kept soft && echo x > soft`,
    `echo x > /proc/self/root${outside}/new`,
    `rm -rf ${outside}/*`,
    'echo DONE',
  ].join('\n');
  const run = await start(request('contain', script));
  await ended(run);
  expect(run.output(0, 100_000).text).toContain('DONE');
  expect(readdirSync(outside)).toEqual(['kept']);
  expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('as it was');
});

/** A repository with a linked worktree on a branch of its own; `own` puts the worktree into the state directory, as Writ's own are. */
function linkedWorktree(own = false) {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: work, encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  const tree = join(own ? join(dir, 'runtime', 'worktrees') : base, 'tree');
  git('worktree', 'add', '-q', '-b', 'writ/m/t1/work', tree);
  const asked = (script: string, more: Partial<RunRequest> = {}): RunRequest =>
    request('contain', script, {
      cwd: tree,
      repository: { path: tree, project: 'p' },
      sandbox: { kind: 'contain', writable: [tree], hidden: [], network: 'none' },
      ...more,
    });
  return { git, tree, common: join(work, '.git'), asked };
}

const contentOf = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );

test('in a linked worktree a commit works; hooks, configuration, other branches and the way to Git are out of reach', async () => {
  const { git, common, asked } = linkedWorktree();
  const before = [contentOf(join(common, 'hooks')), readFileSync(join(common, 'config'), 'utf8')];
  const script = [
    'echo hi > new && git add new && git commit -q -m two && echo COMMITTED',
    `echo evil > ${common}/hooks/pre-commit`,
    'git config core.hooksPath evil',
    'git config --global core.hooksPath evil',
    `echo x > ${common}/refs/heads/main && echo LEAK main`,
    'git update-ref refs/heads/main HEAD && echo LEAK main',
    'rm -f .git && echo LEAK dotgit',
    'echo x > .git && echo LEAK dotgit',
    `echo x > "$(git rev-parse --git-dir)/commondir" && echo LEAK commondir`,
    `rm -rf ${common}/objects/pack/../info && test ! -d ${common}/objects/info && echo LEAK alternates`,
    `mv "$(git rev-parse --git-dir)" ${common}/objects/x && echo LEAK moved`,
    'git config --file .git/config.worktree core.pager evil && echo LEAK worktree config',
    `mv ${common}/packed-refs ${common}/gone; echo x > ${common}/packed-refs`,
    'true',
  ].join('; ');
  const run = await start(asked(script));
  await ended(run);
  const { text } = run.output(0, 10_000);
  expect(text).toContain('COMMITTED');
  expect(text).not.toContain('LEAK');
  expect(git('log', '--format=%s by %an', '-1', 'writ/m/t1/work').trim()).toBe('two by A');
  expect(git('log', '--format=%s', '-1', 'main').trim()).toBe('one');
  expect([contentOf(join(common, 'hooks')), readFileSync(join(common, 'config'), 'utf8')]).toEqual(before);
  expect(existsSync(join(common, 'gone'))).toBe(false);
  expect(told.sort()).toEqual([
    'workspace://machine/run/writ/gitconfig',
    'workspace://p/.git/config',
    'workspace://p/.git/hooks/pre-commit',
  ]);
});

test('inside, the repository is the one outside: what others do in it meanwhile is seen', async () => {
  const { git, tree, asked } = linkedWorktree();
  const run = await start(
    asked('touch started; while ! git rev-parse -q --verify other; do sleep 0.02; done; git show -s --format=%s other'),
  );
  await until(() => existsSync(join(tree, 'started')));
  git('commit', '-q', '--allow-empty', '-m', 'of another');
  git('branch', 'other');
  git('pack-refs', '--all', '--prune');
  await ended(run);
  expect(run.output(0, 10_000).text).toContain('of another');
  expect(told).toEqual([]);
});

test('a worktree of Writ’s own that a run may only read stays where it is while its rules are looked at, and nothing is told of it', async () => {
  const { tree, asked } = linkedWorktree(true);
  writeFileSync(join(tree, 'a.txt'), 'there\n');
  const sandbox: RunRequest['sandbox'] = { kind: 'contain', writable: [], hidden: [], network: 'none' };
  const run = await start(
    asked(`cat ${tree}/a.txt; read go; cat ${tree}/a.txt; echo x > a.txt || echo READ ONLY`, { sandbox, stdin: null }),
  );
  for (let looks = 0; looks < 50 && !run.isOver; looks += 1) {
    run.lookAtRules();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  run.write('go\n');
  await ended(run);
  expect(run.output(0, 10_000).text).toMatch(/^there\nthere\n[^]*READ ONLY\n$/);
  expect(told).toEqual([]);
});

test('what a run writes of its harness’s rules, of Writ’s own and of Writ’s state is put back while it runs, and told', async () => {
  const { git, tree, asked } = linkedWorktree(true);
  mkdirSync(join(tree, '.claude'));
  writeFileSync(join(tree, '.claude/settings.json'), '{"hooks":{}}');
  writeFileSync(join(tree, '.claude/notes.md'), 'work');
  mkdirSync(join(tree, '.opencode/plugin'), { recursive: true });
  writeFileSync(join(tree, '.opencode/plugin/mine.sample'), 'kept');
  const before = contentOf(dir);
  const script = [
    'echo {} > .claude/settings.json',
    'echo {} > .claude/settings.local.json',
    // Made beside and moved there: a look between two steps would take away what the second one needs.
    'mkdir -p made/hooks made/writ/agents && echo x > made/hooks/a.sh && echo x > made/writ/agents/me.md',
    'mv made/hooks .claude/hooks && mv made/writ .writ',
    'mkdir .codex && ln -s "$PWD/elsewhere" .codex/hooks.json',
    'ln -s elsewhere .gemini && mkdir elsewhere && echo {} > elsewhere/settings.json',
    // Where it cannot be moved to, it is tried until it was written.
    `until mkdir -p ${dir}/launcher && echo ship > ${dir}/launcher/preset.json; do :; done 2>/dev/null`,
    'echo more >> .claude/notes.md',
    // Within one look: written, and as it was again.
    'sleep 0.4; mkdir .cursor && touch .cursor/hooks.json && rm -r .cursor',
    // Each is put back by a look of its own, however late one comes.
    `while test -e .writ/agents || test -e .claude/hooks || test -L .codex/hooks.json || test -L .gemini || test -e ${dir}/launcher; do sleep 0.02; done`,
    'while test "$(cat .claude/settings.json)" = "{}"; do sleep 0.02; done',
    'echo PUT BACK; sleep 100',
  ].join('; ');
  const run = await start(asked(script));
  const looking = setInterval(() => {
    run.lookAtRules();
  }, 50);
  await until(() => run.output(0, 10_000).text.includes('PUT BACK'));
  clearInterval(looking);
  expect(readFileSync(join(tree, '.claude/settings.json'), 'utf8')).toBe('{"hooks":{}}');
  expect(readFileSync(join(tree, '.claude/notes.md'), 'utf8')).toBe('workmore\n');
  const file = (path: string): string => `workspace://p/${path}`;
  expect(told).toEqual(
    expect.arrayContaining([
      file('.claude/settings.json'),
      file('.claude/settings.local.json'),
      file('.claude/hooks/a.sh'),
      file('.writ/agents/me.md'),
      file('.codex/hooks.json'),
      file('.gemini'),
      `workspace://machine${dir}/launcher/preset.json`,
    ]),
  );
  await run.kill('the test is over', 10_000);
  await until(() => run.isOver);
  const after = contentOf(dir);
  for (const [path, text] of Object.entries(before)) if (!path.endsWith('notes.md')) expect(after[path]).toBe(text);
  expect(existsSync(join(dir, 'launcher'))).toBe(false);
  expect(git('-C', tree, 'status', '--porcelain', '--untracked-files=all').trim().split('\n').sort()).toEqual([
    '?? .claude/notes.md',
    '?? .claude/settings.json',
    '?? .opencode/plugin/mine.sample',
    '?? elsewhere/settings.json',
  ]);
});

test('a write in the last moment of a run is put back when nothing of it is left, and so is that of a dead enforcer’s run', async () => {
  const { tree, asked } = linkedWorktree(true);
  const run = await start(asked('mkdir .writ && echo x > .writ/policy.md'));
  await ended(run);
  expect(existsSync(join(tree, '.writ'))).toBe(false);
  expect(told).toEqual(['workspace://p/.writ/policy.md']);
  expect(existsSync(join(dir, 'enforcer/rules'))).toBe(true);
  expect(readdirSync(join(dir, 'enforcer/rules'))).toEqual([]);

  const left = holdRules(dir, { worktree: tree, project: 'p' });
  writeFileSync(join(tree, '.writ'), 'x');
  expect(putBackLeft(dir)).toEqual(['workspace://p/.writ']);
  expect(existsSync(join(tree, '.writ'))).toBe(false);
  left.release();
});

test('two runs in one worktree keep one copy: what the first wrote is not the second’s truth', async () => {
  const { tree, asked } = linkedWorktree(true);
  const first = await start(asked('sleep 100'));
  writeFileSync(join(tree, '.writ'), 'x');
  const second = await start(asked('sleep 100', { id: 'r-second' }));
  second.lookAtRules();
  expect(existsSync(join(tree, '.writ'))).toBe(false);
  await second.kill('over', 10_000);
  writeFileSync(join(tree, '.writ'), 'y');
  first.lookAtRules();
  expect(existsSync(join(tree, '.writ'))).toBe(false);
});

test('a `commondir` planted in a main checkout is taken away, and nothing starts beside one', async () => {
  execFileSync('git', ['init', '-q'], { cwd: work });
  const stray = join(work, '.git', 'commondir');
  const run = await start(request('contain', `echo /tmp > ${stray}`));
  await ended(run);
  expect(existsSync(stray)).toBe(true);
  await expect(start(request('contain', 'true'))).rejects.toThrow(/would lead Git to another configuration/);
  expect(removeStrays(work)).toEqual([stray]);
  await ended(await start(request('contain', 'true')));
});

test('what a run writes into its worktree’s HEAD never says what the next run may write', async () => {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: work, encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  git('branch', 'release/2.4');
  const tree = join(base, 'tree');
  git('worktree', 'add', '-q', '-b', 'writ/m/t1/work', tree);
  const outside = join(base, 'outside');
  mkdirSync(outside);
  const gitDir = join(work, '.git', 'worktrees', 'tree');
  const up = '../'.repeat(gitDir.split('/').length + 2);
  const heads = [`refs/heads/${up}${outside.slice(1)}/x`, 'refs/heads/release/2.4', 'refs/heads/writ/m/t1/link/x'];
  const again = async (script: string): Promise<string> => {
    const run = await start(
      request('contain', script, {
        id: `r-${String(runs.length)}`,
        cwd: tree,
        sandbox: { kind: 'contain', writable: [tree], hidden: [], network: 'none' },
      }),
    );
    await ended(run);
    return run.output(0, 10_000).text;
  };
  for (const head of heads) {
    await again(
      [
        `ln -s ${outside} ${work}/.git/refs/heads/writ/m/t1/link`,
        `echo 'ref: ${head}' > ${gitDir}/HEAD.new && mv ${gitDir}/HEAD.new ${gitDir}/HEAD`,
        `echo 'ref: ${head}' > ${gitDir}/HEAD`,
        'true',
      ].join('; '),
    );
    const text = await again(
      [
        `echo x > ${outside}/escaped && echo LEAK outside`,
        `touch ${work}/.git/refs/heads/release/x && echo LEAK release`,
        'true',
      ].join('; '),
    );
    expect(text).not.toContain('LEAK');
    expect(existsSync(join(outside, 'escaped'))).toBe(false);
  }
  // A branch that a person, or another tool, put there is not believed either when its name leads out of the branches.
  for (const head of heads) {
    writeFileSync(join(gitDir, 'HEAD'), `ref: ${head}\n`);
    if (head === heads[1]) continue;
    expect(gitPlaces(tree)?.writable.filter((path) => !path.startsWith(gitDir) && !path.endsWith('/objects'))).toEqual(
      [],
    );
  }
});
