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
import { isAlive, oneProcess } from './processes.ts';
import { startRun } from './run.ts';
import type { Run } from './run.ts';
import type { RunRequest } from './spawn-run.ts';

let base: string;
let dir: string;
let work: string;
const runs: Run[] = [];
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
  remotes: {},
  repository: null,
  ...more,
});

async function start(asked: RunRequest): Promise<Run> {
  const started = await startRun({
    plan: {
      request: asked,
      dir,
      probe: await probeSandbox(),
      door: join(base, 'door.sock'),
      bin: join(dir, 'bin'),
      visible: [],
      identity: { name: 'A', email: 'a@example.org' },
    },
    chain: ['m1'],
    expiresAt: Number.MAX_SAFE_INTEGER,
    now: () => readClock(systemClock),
    leaseSince: readClock(systemClock),
    onEnd: () => undefined,
  });
  if (!started.ok) throw new Error(started.why);
  runs.push(started.run);
  return started.run;
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; !holds(); await sleep(5))
    if (performance.now() > end) throw new Error('it never came to be');
}

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

test('what outlives the first process of a run ends with it', async () => {
  const run = await start(
    request(
      'none',
      `setsid sh -c 'while :; do echo x >> ${work}/beat; sleep 0.02; done' & echo $! > ${work}/pid; sleep 0.2`,
    ),
  );
  await run.waitEnd(5_000);
  const last = beats();
  await sleep(100);
  expect(last).toBeGreaterThan(0);
  expect(beats()).toBe(last);
  expect(run.wire()).toMatchObject({ state: 'exited', exit_code: 0 });
});

test('output is combined, counted in bytes, and never splits a character', async () => {
  const run = await start(request('none', 'printf "añ"; printf "b" >&2', {}));
  await run.waitEnd(5_000);
  expect(run.output(0, 2)).toMatchObject({ next: 1, text: 'a', ended: false });
  expect(run.output(1, 100)).toMatchObject({ next: 4, text: 'ñb', ended: true });
});

test('an exit code and a missing program are told apart', async () => {
  const run = await start(request('contain', 'exit 7'));
  await run.waitEnd(5_000);
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
  await run.waitEnd(5_000);
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
  await run.waitEnd(20_000);
  expect(run.output(0, 100_000).text).toContain('DONE');
  expect(readdirSync(outside)).toEqual(['kept']);
  expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('as it was');
});

test('in a linked worktree a commit works; hooks, configuration, other branches and the way to Git are out of reach', async () => {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: work, encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  const tree = join(base, 'tree');
  git('worktree', 'add', '-q', '-b', 'writ/m/t1/work', tree);
  const common = join(work, '.git');
  const script = [
    'echo hi > new && git add new && git commit -q -m two && echo COMMITTED',
    `touch ${common}/hooks/pre-commit && echo LEAK hooks`,
    `git config core.fsmonitor evil && echo LEAK config`,
    `echo x > ${common}/refs/heads/main && echo LEAK main`,
    'git update-ref refs/heads/main HEAD && echo LEAK main',
    'rm -f .git && echo LEAK dotgit',
    'echo x > .git && echo LEAK dotgit',
    `echo x > "$(git rev-parse --git-dir)/commondir" && echo LEAK commondir`,
    `rm -rf ${common}/objects/pack/../info && test ! -d ${common}/objects/info && echo LEAK alternates`,
    `mv "$(git rev-parse --git-dir)" ${common}/objects/x && echo LEAK moved`,
    'git config --file .git/config.worktree core.pager evil && echo LEAK worktree config',
    'true',
  ].join('; ');
  const run = await start(
    request('contain', script, {
      cwd: tree,
      sandbox: { kind: 'contain', writable: [tree], hidden: [], network: 'none' },
    }),
  );
  await run.waitEnd(5_000);
  const { text } = run.output(0, 10_000);
  expect(text).toContain('COMMITTED');
  expect(text).not.toContain('LEAK');
  expect(git('log', '--format=%s by %an', '-1', 'writ/m/t1/work').trim()).toBe('two by A');
  expect(git('log', '--format=%s', '-1', 'main').trim()).toBe('one');
});

test('a `commondir` planted in a main checkout is taken away, and nothing starts beside one', async () => {
  execFileSync('git', ['init', '-q'], { cwd: work });
  const stray = join(work, '.git', 'commondir');
  const run = await start(request('contain', `echo /tmp > ${stray}`));
  await run.waitEnd(5_000);
  expect(existsSync(stray)).toBe(true);
  await expect(start(request('contain', 'true'))).rejects.toThrow(/would lead Git to another configuration/);
  expect(removeStrays(work)).toEqual([stray]);
  await (await start(request('contain', 'true'))).waitEnd(5_000);
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
    await run.waitEnd(5_000);
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
