import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HookAnswer } from './adapter.ts';
import { claudeAdapter } from './claude.ts';

const place = {
  hook: { url: 'http://127.0.0.1:1/', urlVariable: 'U', tokenVariable: 'T' },
  folder: '/f',
  program: '/bin/claude',
  argv: [],
  home: '/home/dev',
  env: {},
  cwd: '/repo',
  cache: '/c',
  patienceS: 298,
  contained: true,
  context: null,
};

test('a refusal is an explicit denial, for a tool and for a prompt', () => {
  const refuse = { kind: 'refuse', why: 'no' } as const;
  expect(claudeAdapter.reply('PreToolUse', refuse)).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'deny' },
  });
  expect(claudeAdapter.reply('UserPromptSubmit', refuse)).toEqual({ decision: 'block', reason: 'no' });
});

test('a hook that cannot be reached blocks whatever waits for an answer, and nothing else', async () => {
  const started = await claudeAdapter.start(place);
  const [, settings = '{}'] = started.kind === 'ready' ? started.args : [];
  const { hooks } = JSON.parse(settings) as { hooks: Record<string, [{ hooks: [{ onFailure?: string }] }]> };
  const blocks = Object.entries(hooks).flatMap(([event, [one]]) => (one.hooks[0].onFailure === 'block' ? [event] : []));
  expect(blocks).toEqual(['PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'UserPromptSubmit']);
});

test('the line of Writ stands above the status line that the person has, and a repository has none', async () => {
  using home = mkdtempDisposableSync(join(tmpdir(), 'writ-claude-'));
  const lineIn = async (): Promise<unknown> => {
    const started = await claudeAdapter.start({ ...place, home: home.path, cwd: home.path, env: {} });
    const [, settings = '{}'] = started.kind === 'ready' ? started.args : [];
    return (JSON.parse(settings) as { statusLine: unknown }).statusLine;
  };
  const usual = { type: 'command', command: "cat '/f/status'", refreshInterval: 10 };
  expect(await lineIn()).toEqual(usual);
  mkdirSync(join(home.path, '.claude'));
  const theirs = { type: 'command', command: 'date', padding: 2 };
  const write = (name: string): void =>
    writeFileSync(join(home.path, '.claude', name), JSON.stringify({ statusLine: theirs }));
  write('settings.local.json');
  expect(await lineIn()).toEqual(usual);
  write('settings.json');
  expect(await lineIn()).toEqual({ ...usual, padding: 2, command: "cat '/f/status'; date" });
});

test('answers go in with the call, and an answer to its own prompt is an explicit decision', () => {
  const input = { questions: [] };
  expect(claudeAdapter.reply('PreToolUse', { kind: 'allow', answers: { 'Which?': 'A' }, input })).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'allow', updatedInput: { questions: [], answers: { 'Which?': 'A' } } },
  });
  const prompt = (answer: HookAnswer) => claudeAdapter.reply('PermissionRequest', answer);
  expect(prompt({ kind: 'allow' })).toMatchObject({ hookSpecificOutput: { decision: { behavior: 'allow' } } });
  expect(prompt({ kind: 'refuse', why: 'no' })).toMatchObject({
    hookSpecificOutput: { decision: { behavior: 'deny', message: 'no' } },
  });
  // Whoever does not answer leaves it to the prompt.
  expect(prompt({ kind: 'no_objection' })).toEqual({});
});

test('arguments that bypass the hooks are named', () => {
  expect(claudeAdapter.bypass(['-p', 'hi', '--settings={}'], place)?.flag).toBe('--settings');
  expect(claudeAdapter.bypass(['-p', '--continue'], place)).toBeUndefined();
});

test('what woke it is told from what a person typed', () => {
  const prompt = { session_id: 's', hook_event_name: 'UserPromptSubmit', prompt: 'go' };
  expect(claudeAdapter.read({ ...prompt, source: 'schedule_wakeup' })).toMatchObject({ isWakeUp: true });
  expect(claudeAdapter.read({ ...prompt, source: 'user' })).toMatchObject({ isWakeUp: false });
});
