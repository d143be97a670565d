/**
 * A run in the sandbox of macOS, as far as it can be seen elsewhere: what is started, with which rules, surroundings and places, and what becomes of them. What stands in for `sandbox-exec`
 * keeps the rules it is given and holds nothing: whether they hold is shown by `writ doctor` on a Mac, and the last test shows that its canary would say so if they did not.
 */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readClock, systemClock } from '../client/clock.ts';
import { probeSeatbelt } from './probe-sandbox.ts';
import type { Run } from './run.ts';
import { startRun } from './run.ts';
import { seatbelt } from './sandbox-kind.ts';
import { keepShownSeatbelt } from './shown-seatbelt.ts';
import type { RunRequest } from './spawn-run.ts';
import { trySeatbelt } from './try-seatbelt.ts';

let [base, dir, work, command] = ['', '', '', ''];
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'writ-sb-')));
  [dir, work, command] = [join(base, 'state'), join(base, 'work'), join(base, 'sandbox-exec')];
  for (const path of [dir, work]) mkdirSync(path);
  standIn('printf "%s" "$2" > "$0.rules"; shift 2; exec "$@"');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function standIn(script: string): void {
  writeFileSync(command, `#!/bin/sh\n${script}\n`);
  chmodSync(command, 0o755);
}

const request = (script: string, writable: readonly string[]): RunRequest => ({
  ...{ id: 'r1', session: 's1', mandate: 'm1', credential: 'secret', operation: 'o1', lease_ms: 30_000 },
  ...{ argv: ['/bin/sh', '-c', script], cwd: work, env: {}, stdin: '', remotes: [], repository: null },
  sandbox: { kind: 'contain', writable: [...writable], hidden: [], network: 'gated' },
});

const start = (script: string, writable = [work], cwd = work) =>
  startRun({
    plan: {
      ...{
        request: { ...request(script, writable), cwd },
        dir,
        probe: { works: true, ...seatbelt, command },
        ssh: null,
        visible: [],
      },
      ...{ door: join(base, 'door'), bin: join(dir, 'bin'), identity: { name: 'A', email: 'a@example.org' } },
      gate: { socket: null, port: 49_321, env: { HTTP_PROXY: 'http://writ:x@127.0.0.1:49321' }, rewrites: [] },
    },
    ...{ chain: ['m1'], expiresAt: Number.MAX_SAFE_INTEGER, now: () => readClock(systemClock) },
    lease: { lengthMs: 30_000, since: readClock(systemClock) },
    ...{ onEnd: () => undefined, onRulesWritten: () => undefined },
  });

async function started(script: string): Promise<Run> {
  const made = await start(script);
  if (!made.ok) throw new Error(made.why);
  return made.run;
}

test('it has the paths of outside, a home and temporary files of its own, and nothing of them is left', async () => {
  const run = await started('printf "%s\\n" "$HOME" "$TMPDIR" "$WRIT_DOOR" "$HTTP_PROXY" "$PWD"; git config user.name');
  await run.waitEnd(10_000);
  const [home = '', tmp = '', ...rest] = run.output(0, 10_000).text.trim().split('\n');
  expect(rest).toEqual([join(base, 'door'), 'http://writ:x@127.0.0.1:49321', work, 'A']);
  const rules = readFileSync(`${command}.rules`, 'utf8');
  for (const path of [home, tmp, work])
    expect(rules).toContain(`(allow file-read* file-write* file-map-executable (subpath "${path}"))`);
  expect(rules).toContain(`(deny file-read* file-write* file-map-executable (subpath "${dir}"))`);
  expect(rules).toContain('(allow network-outbound (remote ip "localhost:49321"))');
  expect(rules).toContain(`(remote unix-socket (path-literal "${join(base, 'door')}"))`);
  expect([run.bounds, run.wire().exit_code, existsSync(home), existsSync(tmp)]).toEqual(['tracked', 0, false, false]);
});

test('a place that it works in without writing is read, and not where Writ’s state lies in it', async () => {
  for (const [cwd, isRead] of [
    [work, true],
    [base, false],
    [dir, false],
  ] as const) {
    const made = await start('true', [], cwd);
    if (!made.ok) throw new Error(made.why);
    await made.run.waitEnd(10_000);
    const rules = readFileSync(`${command}.rules`, 'utf8');
    expect([cwd, rules.includes(`(allow file-read* file-map-executable (subpath "${cwd}"))`)]).toEqual([cwd, isRead]);
    expect(rules).not.toContain(`(allow file-read* file-write* file-map-executable (subpath "${cwd}"))`);
  }
});

test('what could never be writable is refused, and so is a Git configuration with a password in it', async () => {
  expect(await start('true', [dir])).toMatchObject({ ok: false, why: expect.stringContaining('own state') as string });
  mkdirSync(join(work, '.git', 'objects'), { recursive: true });
  writeFileSync(join(work, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(work, '.git', 'config'), '[remote "origin"]\n\turl = https://ada:pw@example.org/a.git\n');
  expect(await start('true')).toMatchObject({ ok: false, why: expect.stringContaining('credential helper') as string });
  expect(existsSync(`${command}.rules`)).toBe(false);
});

test('it is unproven until its canary passed on this version of the system, and where it did not, that is said', async () => {
  const said = { works: false, why: expect.stringContaining('`writ doctor`') as string };
  const kept = { system: release(), at: new Date(0).toISOString(), failed: [] };
  expect(await probeSeatbelt(dir, release(), 'runs')).toMatchObject(said);
  keepShownSeatbelt(dir, kept);
  expect(await probeSeatbelt(dir, release(), 'runs')).toEqual({ works: true, ...seatbelt });
  expect(await probeSeatbelt(dir, '99.0', 'runs')).toMatchObject(said);
  // What a run showed is nothing about a session at a terminal.
  expect(await probeSeatbelt(dir, release(), 'sessions')).toMatchObject(said);
  keepShownSeatbelt(dir, { ...kept, sessions: [] });
  expect(await probeSeatbelt(dir, release(), 'sessions')).toEqual({ works: true, ...seatbelt });
  keepShownSeatbelt(dir, { ...kept, failed: ['writing beside its folder works'] });
  expect(await probeSeatbelt(dir, release(), 'runs')).toMatchObject({
    works: false,
    why: expect.stringContaining('beside') as string,
  });
});

test('the canary names everything that a sandbox which holds nothing lets through, and one that starts nothing', async () => {
  const failed = await trySeatbelt({ command });
  expect(failed).toEqual([
    'writing beside its folder works',
    'reading beside its folder works',
    "reading Writ's state works",
    "listing Writ's state works",
    "listing the person's home works",
    'writing what governs it works',
    'moving away what leads there works',
    'putting in place what will govern it, in another case works',
    'coming to another port works',
    'coming to another socket works',
    'signalling a process outside works',
  ]);
  standIn('echo "unbound variable: file-link" >&2; exit 65');
  expect(await trySeatbelt({ command })).toEqual(['a program in it ended with unbound variable: file-link']);
});
