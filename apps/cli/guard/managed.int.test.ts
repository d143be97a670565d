/** Hooks of a machine's administrator: what is written where, that it comes out byte for byte, and that here no answer is a no. Real shell, real command, another root. */

import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rememberPreset } from '../launcher/preset-choice.ts';
import { ownMachine } from '../testing/machine.ts';
import { managedCommand } from './guard-command.ts';
import { managedFiles } from './managed-files.ts';
import { serveGuard } from './serve-guard.ts';

const machine = ownMachine();
let root = '';
beforeEach(() => (root = realpathSync(mkdtempSync(join(tmpdir(), 'writ-managed-')))));
afterEach(() => rmSync(root, { recursive: true, force: true }));
const at = (path: string): string => join(root, path);
const put = (path: string, body: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), body);
};
const claude = 'etc/claude-code/managed-settings.json';
const codex = 'etc/codex/requirements.toml';
const gemini = 'etc/gemini-cli/settings.json';
const managed = (word: string, ...more: readonly string[]) => machine.writ(['managed', word, '--root', root, ...more]);

const limit = { timeout: 90_000 };

test('each harness has its hook beside what was there, and all of it comes out byte for byte', limit, async () => {
  const theirs = '{\n\t"permissions": { "deny": ["WebFetch"] }\n}';
  put(claude, theirs);
  expect((await managed('install')).err, 'nobody was asked').toContain('nobody is at the terminal');
  expect(existsSync(at(gemini))).toBe(false);
  expect((await managed('install', '--yes', '--preset', 'read-only')).code).toBe(0);
  expect(JSON.parse(readFileSync(at(claude), 'utf8'))).toMatchObject({
    permissions: { deny: ['WebFetch'] },
    hooks: { PreToolUse: [{ hooks: [{ command: managedCommand('claude', 'read-only') }] }] },
  });
  expect(JSON.parse(readFileSync(at(gemini), 'utf8'))).toMatchObject({
    hooks: { BeforeTool: [{ hooks: [{ name: 'writ', command: managedCommand('gemini', 'read-only') }] }] },
  });
  expect(readFileSync(at(codex), 'utf8')).toContain('hooks = true');
  // Again, with another preset: what was there before the first time is what comes back.
  expect((await managed('install', '--yes')).code).toBe(0);
  expect(readFileSync(at(claude), 'utf8')).not.toContain('read-only');
  expect((await managed('remove')).code).toBe(0);
  expect(readFileSync(at(claude), 'utf8')).toBe(theirs);
  for (const path of [codex, gemini]) expect(existsSync(at(path)), path).toBe(false);
});

test('on macOS they go where its harnesses look for them', () => {
  expect(managedFiles('worktree', 'darwin').map(({ path }) => path)).toEqual([
    'Library/Application Support/ClaudeCode/managed-settings.json',
    'etc/codex/requirements.toml',
    'Library/Application Support/GeminiCli/settings.json',
  ]);
});

test('where nothing can be added without changing what is there, nothing at all is written', async () => {
  put(codex, 'allowed_sandbox_modes = ["read-only"]\n');
  const ended = await managed('install', '--yes');
  expect(ended.code).toBe(1);
  expect(ended.err).toContain('put this into it by hand');
  expect(existsSync(at(claude))).toBe(false);
});

const call = (command: string): object => ({
  ...{ session_id: 's', hook_event_name: 'PreToolUse', cwd: root, tool_name: 'Bash', tool_use_id: 't' },
  tool_input: { command },
});

async function hook(given: unknown, env: Record<string, string> = {}) {
  const child = spawn('/bin/sh', ['-c', managedCommand('claude', 'worktree')], {
    env: { PATH: '/usr/bin:/bin', HOME: root, WRIT_HOME: at('state'), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it may answer without reading
  child.stdin.end(JSON.stringify(given));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { out: out.trim(), err, code: await code };
}

test('without an answer a call is blocked, and why is said; with one the preset counts where nobody chose', async () => {
  const silent = await hook(call('make'));
  expect(silent).toMatchObject({ code: 2, out: '', err: expect.stringContaining('`writ up` starts it') as string });
  mkdirSync(at('state/enforcer'), { recursive: true });
  await using _ = await serveGuard(at('state'), Date.now);
  expect(await hook(call('make'))).toEqual({ code: 0, out: '{}', err: '' });
  expect(JSON.parse((await hook(call('git push origin main'))).out)).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'deny' },
  });
  for (const unknown of ['no hook at all', { ...call('make'), cwd: '' }])
    expect(await hook(unknown)).toMatchObject({ code: 2 });
  // What cannot be judged, here because a file of Writ's own is broken, is not let through either.
  mkdirSync(at('state/launcher'));
  await rememberPreset(at('state'), root, 'worktree', [], '');
  const [choice = ''] = readdirSync(at('state/launcher'));
  put(`state/launcher/${choice}`, 'null');
  expect(await hook(call('make'))).toMatchObject({ code: 2 });
  // Its own hooks are there.
  expect(await hook(call('git push origin main'), { WRIT_SESSION: 's' })).toMatchObject({ code: 0, out: '{}' });
});

test('where nobody is resident the command itself answers as strictly', async () => {
  const bin = at('bin');
  put('bin/writ', `#!/bin/sh\nexec ${process.execPath} ${join(import.meta.dirname, '../writ.js')} "$@"\n`);
  chmodSync(join(bin, 'writ'), 0o755);
  const PATH = `${bin}:/usr/bin:/bin`;
  expect(await hook(call('make'), { PATH })).toEqual({ code: 0, out: '{}', err: '' });
  expect((await hook(call('git push origin main'), { PATH })).out).toContain('"permissionDecision":"deny"');
  expect(await hook('no hook at all', { PATH })).toMatchObject({ code: 2 });
});
