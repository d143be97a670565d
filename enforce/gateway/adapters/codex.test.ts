import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { areAllTrusted, codexAdapter, codexHookArgs, codexTrustArgs } from './codex.ts';

const names = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN' };
const key = (name: string): string => `/<session-flags>/config.toml:${name}:0:0`;
const hashes = new Map(
  ['pre_tool_use', 'permission_request', 'post_tool_use', 'user_prompt_submit', 'pre_compact', 'stop'].map((name) => [
    key(name),
    `sha256:${name}`,
  ]),
);

test('a refusal is said as Codex obeys it, and a yes as no objection', () => {
  const refuse = { kind: 'refuse', why: 'no' } as const;
  expect(codexAdapter.reply('PreToolUse', refuse)).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: 'no' },
  });
  expect(codexAdapter.reply('UserPromptSubmit', refuse)).toEqual({ decision: 'block', reason: 'no' });
  expect(codexAdapter.reply('PreToolUse', { kind: 'allow' })).toEqual({});
  expect(codexAdapter.reply('Stop', refuse)).toEqual({});
});

test('a prompt of its own is answered as a person did, and left to it where nobody did', () => {
  const said = (answer: Parameters<typeof codexAdapter.reply>[1]) => codexAdapter.reply('PermissionRequest', answer);
  expect(said({ kind: 'allow' })).toMatchObject({ hookSpecificOutput: { decision: { behavior: 'allow' } } });
  expect(said({ kind: 'refuse', why: 'no' })).toMatchObject({
    hookSpecificOutput: { decision: { behavior: 'deny', message: 'no' } },
  });
  expect(said({ kind: 'no_objection' })).toEqual({});
});

test('trust is of these hooks alone, and of all of them', () => {
  expect(areAllTrusted(hashes)).toBe(true);
  for (const one of hashes.keys())
    expect(areAllTrusted(new Map([...hashes].filter(([name]) => name !== one)))).toBe(false);
  const [, , , state = ''] = codexTrustArgs(
    new Map([...hashes, ['/repo/.codex/hooks.json:pre_tool_use:0:0', 'sha256:evil']]),
  );
  expect(state).toContain('sha256:pre_tool_use');
  expect(state).not.toContain('evil');
});

test.each([
  ['BASH_ENV', 'A=1\n  export BASH_ENV = /repo/first.sh\n'],
  ['PATH', 'PATH=/repo/bin:/usr/bin'],
  ['WRIT_HOOK_URL', 'WRIT_HOOK_URL="http://127.0.0.1:9/codex"\r\nB=2'],
])('it is not started where its `.env` sets %s, over what it is started with', async (name, text) => {
  using home = mkdtempDisposableSync(join(tmpdir(), 'writ-codex-'));
  mkdirSync(join(home.path, '.codex'));
  writeFileSync(join(home.path, '.codex/.env'), text);
  const none = { folder: '', program: '/nonexistent', argv: [], cwd: '/', cache: home.path, context: null };
  const hook = { ...names, url: 'http://127.0.0.1:9/codex' };
  const at = { ...none, hook, patienceS: 1, home: home.path, env: {}, contained: true };
  expect(await codexAdapter.start(at)).toMatchObject({
    kind: 'unusable',
    problem: expect.stringContaining(` sets ${name},`),
  });
});

/** The shell command of a hook. */
const commandOf = (event: string): string => {
  const arg = codexHookArgs(names).find((one) => one.startsWith(`hooks.${event}=`)) ?? '';
  // Its quoting is JSON's, as it is written there.
  return JSON.parse(/command=("(?:[^"\\]|\\.)*")/.exec(arg)?.[1] ?? '""') as string;
};
const run = (event: string, path: string) =>
  spawnSync('/bin/sh', ['-c', commandOf(event)], {
    input: '{}',
    encoding: 'utf8',
    // A port nobody listens on.
    env: { PATH: path, WRIT_HOOK_URL: 'http://127.0.0.1:9/codex', WRIT_HOOK_TOKEN: 't' },
  }).status;

test.each([
  ['nobody answers', '/usr/bin:/bin'],
  ['there is no curl', '/nonexistent'],
])('a hook blocks where %s, and one that only tells does not', (_, path) => {
  expect(run('PreToolUse', path)).toBe(2);
  expect(run('UserPromptSubmit', path)).toBe(2);
  expect(run('Stop', path)).toBe(0);
  // Its own prompt is left to it.
  expect(run('PermissionRequest', path)).toBe(0);
});

test.each([
  [['--dangerously-bypass-hook-trust'], '--dangerously-bypass-hook-trust'],
  [['exec', '--disable', 'hooks', 'do it'], '--disable hooks'],
  [['--disable=hooks'], '--disable hooks'],
  [['-c', 'features.hooks=false'], '-c features.hooks'],
  [['-cfeatures.hooks=false'], '-c features.hooks'],
  [['--config=hooks.PreToolUse=[]'], '-c hooks.PreToolUse'],
  [['-c', 'features={hooks=false}'], '-c features'],
  [['--remote', 'ws://x'], '--remote'],
  [['app-server'], 'app-server'],
  [['-m', 'x', '--cloud'], undefined],
  [['exec', 'say: use -c features.hooks=false'], undefined],
  [['exec', '--', '--disable', 'hooks'], undefined],
  [['-c', 'model="gpt-5"', 'resume', '--last'], undefined],
  [['--disable', 'plugins'], undefined],
])('%j goes around the hooks by %s', (args, flag) => {
  expect(codexAdapter.bypass(args, { contained: false })?.flag).toBe(flag);
});
