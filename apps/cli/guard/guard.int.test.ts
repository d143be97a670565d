/** The resident guard behind the very command that a harness runs, in a real shell with no `writ` to fall back on: what is silent here is let through. */

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expandPreset } from '@writ/authority';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rememberPreset } from '../launcher/preset-choice.ts';
import { accept, presetHere } from '../launcher/repository-preset.ts';
import { guardCommand, guardSocket } from './guard-command.ts';
import { judgeGuarded } from './judge-guarded.ts';
import { serveGuard } from './serve-guard.ts';

let [root, home, app] = ['', '', ''];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'writ-guard-')));
  [home, app] = [join(root, 'state'), join(root, 'app')];
  mkdirSync(join(home, 'enforcer'), { recursive: true });
  execFileSync('git', ['init', '-q', '-b', 'main', app]);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const choose = (): Promise<void> =>
  rememberPreset(home, app, 'worktree', expandPreset('worktree', { project: 'app' }).words, '');

async function hook(name: string, call: object | string, env: Record<string, string> = {}) {
  const child = spawn('/bin/sh', ['-c', guardCommand(name)], {
    env: { PATH: '/usr/bin:/bin', HOME: root, WRIT_HOME: home, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined); // it may answer without reading
  child.stdin.end(typeof call === 'string' ? call : JSON.stringify(call));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out: await text(child.stdout), code: await code };
}
const silent = { code: 0, out: '' };

const bash = (command: string): object => ({
  ...{ session_id: 's', hook_event_name: 'PreToolUse', cwd: app, tool_name: 'Bash', tool_use_id: 't' },
  tool_input: { command },
});

test('a denial is explicit, a question is Claude Code’s own, and nothing is said to the rest', async () => {
  // Of a guard that was killed.
  writeFileSync(join(home, 'enforcer', guardSocket), '');
  await using _ = await serveGuard(home, Date.now);
  expect(statSync(join(home, 'enforcer', guardSocket)).mode & 0o077).toBe(0);
  // Nobody chose anything here yet.
  expect(await hook('claude', bash('git push origin main'))).toEqual(silent);
  await choose();
  const decided = async (name: string, call: object): Promise<unknown> => {
    const { out, code } = await hook(name, call);
    expect(code).toBe(0);
    return JSON.parse(out);
  };
  const denied = {
    hookSpecificOutput: {
      permissionDecision: 'deny',
      permissionDecisionReason: expect.stringContaining('git.push') as string,
    },
  };
  expect(await decided('claude', bash('make && git push origin main'))).toMatchObject(denied);
  expect(await decided('codex', bash('git push origin main'))).toMatchObject(denied);
  // A question for the one part would be a yes to the other.
  expect(await decided('claude', bash('npm install left-pad && git push origin main'))).toMatchObject(denied);
  expect(await decided('claude', bash('npm install left-pad'))).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'ask' },
  });
  // Who takes no question is refused, and told how a person is asked.
  expect(await decided('codex', bash('npm install left-pad'))).toMatchObject({
    hookSpecificOutput: { permissionDecisionReason: expect.stringContaining('writ codex') as string },
  });
  for (const quiet of [bash('make test'), 'nonsense', '', { session_id: 's', hook_event_name: 'Stop' }])
    expect(await hook('claude', quiet)).toEqual(silent);
  expect(await hook('stranger', bash('git push origin main'))).toEqual(silent);
  expect(await hook('claude', bash('git push origin main'), { WRIT_SESSION: 's' })).toEqual(silent);
});

test('Gemini CLI is told what it obeys, and of what is not refused nothing', async () => {
  await using _ = await serveGuard(home, Date.now);
  await choose();
  const call = (command: string): object => ({
    ...{ session_id: 's', transcript_path: '/t', hook_event_name: 'BeforeTool', timestamp: 't', cwd: app },
    ...{ tool_name: 'run_shell_command', tool_input: { command } },
  });
  expect(JSON.parse((await hook('gemini', call('git push origin main'))).out)).toMatchObject({ decision: 'deny' });
  expect(await hook('gemini', call('make test'))).toEqual(silent);
});

test('a line that was accepted here is one of the preset: it refuses nothing, and the choice that was made with it holds', async () => {
  await using _ = await serveGuard(home, Date.now);
  const place = { home, root: app, project: 'app' };
  const line: Parameters<typeof accept>[2][number] = {
    type: 'mission_resource_access',
    resource: 'git://app/refs/heads/docs',
    resource_match: 'prefix',
    actions: ['git.push'],
    constraints: {},
  };
  accept(place, 'worktree', [line]);
  await rememberPreset(home, app, 'worktree', presetHere('worktree', place).words, '');
  expect(await hook('claude', bash('git push origin docs/x'))).toEqual(silent);
  expect((await hook('claude', bash('git push origin main'))).out).toContain('git.push');
});

test('a choice whose words are others now is said at the start of a session, because nothing is refused by it', async () => {
  await using _ = await serveGuard(home, Date.now);
  const start = { session_id: 's', hook_event_name: 'SessionStart', cwd: app };
  const said = () => judgeGuarded('claude', start, { stateDir: home, now: 0, usual: null });
  // A teammate who chose nothing here.
  expect(await said()).toEqual({});
  await choose();
  expect(await said()).toEqual({});
  await rememberPreset(home, app, 'worktree', ['other words'], '');
  expect(await said()).toMatchObject({ systemMessage: expect.stringContaining('`writ init` asks anew') as string });
  expect(await hook('claude', bash('git push origin main'))).toEqual(silent);
});

test('a repository is looked for anew after a moment, and when the clock went back', async () => {
  await choose();
  const judged = (now: number) =>
    judgeGuarded('claude', bash('git push origin main'), { stateDir: home, now, usual: null });
  const [git, gone] = [join(app, '.git'), join(root, 'gone')];
  expect(await judged(100_000)).not.toEqual({});
  renameSync(git, gone);
  expect(await judged(104_000)).not.toEqual({});
  expect(await judged(106_000)).toEqual({});
  renameSync(gone, git);
  expect(await judged(200_000)).not.toEqual({});
  renameSync(git, gone);
  expect(await judged(100_000)).toEqual({});
});

test('what a person chose here counts before what counts elsewhere', async () => {
  const edit = { ...bash(''), tool_name: 'Write', tool_input: { file_path: join(app, 'x'), content: '' } };
  const judged = () => judgeGuarded('claude', edit, { stateDir: home, now: 0, usual: 'read-only' });
  expect(await judged()).not.toEqual({});
  await choose();
  expect(await judged()).toEqual({});
});

test('a call that is longer than any is not read to its end', async () => {
  await using _ = await serveGuard(home, Date.now);
  await choose();
  const long = JSON.stringify({ ...bash('git push origin main'), more: 'x'.repeat(1024 * 1024) });
  // Nobody else is there to judge it.
  expect(await hook('claude', long)).toEqual(silent);
});

test.each([
  ['a yes that nobody gave', '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}', 200],
  ['garbage', '<<no>>', 200],
  ['an error', '{}', 500],
])('what is answered by somebody else is not handed on: %s', async (_, answer, status) => {
  await using stack = new AsyncDisposableStack();
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end(answer);
  });
  stack.defer(() => void server.close());
  await new Promise<void>((resolve) => server.listen(join(home, 'enforcer', guardSocket), resolve));
  expect(await hook('claude', bash('git push origin main'))).toEqual(silent);
});
