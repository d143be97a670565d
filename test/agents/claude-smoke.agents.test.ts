/**
 * The real Claude Code on the scripted model: what it does, and what stops it. Each case states a fact that Writ's
 * front door for Claude Code rests on; when a new version changes one, this fails before a user finds out.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

import { harnessAdapters, runScripted, startHookEndpoint, startModelServer } from '@writ/enforce';
import type { Canary, Script } from '@writ/enforce';
import { promptOverAcp } from './acp.ts';
import { claudeEnvironment, runClaude, type ClaudeRun } from './claude.ts';
import { denial, startHookServer } from './hook-server.ts';
import { programPath } from './program.ts';
import { workplace } from './workplace.ts';

const make = (file: string): { readonly name: string; readonly input: { readonly [key: string]: unknown } } => ({
  name: 'Bash',
  input: { command: `echo hello > ${file}`, description: 'make a file' },
});
const script: Script = {
  turns: [
    { say: 'I make the file.', tools: [make('made.txt')], usage: { input: 1000, output: 50, cacheRead: 200 } },
    { when: { hasToolResultFor: 'Bash' }, say: 'I saw the result.', usage: { input: 1100, output: 10 } },
  ],
};

function result(run: ClaudeRun): unknown {
  return run.events.find((event) => event.type === 'result');
}

test('it runs a scripted Bash call, ends with 0, and reports tokens and cost', { timeout: 90_000 }, async () => {
  await using place = await workplace();
  await using model = await startModelServer({ script });
  const run = await runClaude({ ...place, modelUrl: model.url, args: ['-p', 'make it'] });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(place.has('made.txt')).toBe(true);
  expect(result(run)).toMatchObject({
    subtype: 'success',
    result: 'I saw the result.',
    num_turns: 2,
    usage: { input_tokens: 2100, output_tokens: 60, cache_read_input_tokens: 200 },
    permission_denials: [],
  });
  expect(model.requests.map((request) => request.played)).toEqual([0, 1]);
  expect(model.requests[0]?.tools).toEqual(expect.arrayContaining(['Agent', 'Bash', 'Edit', 'Read', 'Write']));
});

test('an HTTP PreToolUse hook that denies keeps the call from running', { timeout: 90_000 }, async () => {
  await using place = await workplace();
  await using model = await startModelServer({ script });
  await using hooks = await startHookServer(() => denial('no mandate'));
  const run = await runClaude({ ...place, modelUrl: model.url, settings: hooks.settings, args: ['-p', 'make it'] });
  expect(place.has('made.txt')).toBe(false);
  expect(hooks.received).toMatchObject([
    {
      hook_event_name: 'PreToolUse',
      session_id: expect.any(String),
      transcript_path: expect.stringContaining(place.home),
      cwd: place.cwd,
      prompt_id: expect.any(String),
      permission_mode: 'bypassPermissions',
      tool_name: 'Bash',
      tool_input: make('made.txt').input,
      tool_use_id: expect.stringMatching(/^toolu_/),
    },
  ]);
  const told = model.requests.at(-1)?.lastToolResults[0];
  expect(told).toMatchObject({ tool: 'Bash', isError: true, text: expect.stringContaining('no mandate') });
  // A refused call is no failed run: only the list of denials shows it.
  expect(run.code).toBe(0);
  expect(result(run)).toMatchObject({ subtype: 'success', permission_denials: [{ tool_name: 'Bash' }] });
});

test('a command hook that exits with 2 keeps the call from running', { timeout: 90_000 }, async () => {
  await using place = await workplace();
  await using model = await startModelServer({ script });
  const hook = { type: 'command', command: `node -e "console.error('no mandate'); process.exit(2)"`, timeout: 10 };
  const settings = { hooks: { PreToolUse: [{ matcher: '*', hooks: [hook] }] } };
  await runClaude({ ...place, modelUrl: model.url, settings, args: ['-p', 'make it'] });
  expect(place.has('made.txt')).toBe(false);
  expect(model.requests.at(-1)?.lastToolResults[0]?.text).toContain('no mandate');
});

test('an HTTP hook that answers 403 does not stop the call, whatever it says', { timeout: 90_000 }, async () => {
  await using place = await workplace();
  await using model = await startModelServer({ script });
  await using hooks = await startHookServer(() => ({ ...denial('no mandate'), status: 403 }));
  await runClaude({ ...place, modelUrl: model.url, settings: hooks.settings, args: ['-p', 'make it'] });
  expect(hooks.received).toHaveLength(1);
  expect(place.has('made.txt')).toBe(true);
});

test('a hook that defers ends the run before the call, which stays to be decided', { timeout: 90_000 }, async () => {
  await using place = await workplace();
  await using model = await startModelServer({ script });
  const decision = { permissionDecision: 'defer', permissionDecisionReason: 'a person decides' };
  const body = { hookSpecificOutput: { hookEventName: 'PreToolUse', ...decision } };
  await using hooks = await startHookServer(() => ({ status: 200, body }));
  const run = await runClaude({ ...place, modelUrl: model.url, settings: hooks.settings, args: ['-p', 'make it'] });
  expect(place.has('made.txt')).toBe(false);
  expect(result(run)).toMatchObject({
    terminal_reason: 'tool_deferred',
    deferred_tool_use: { name: 'Bash', input: make('made.txt').input },
  });
});

test('a sub-agent has turns of its own, and its calls reach the hook with its id', { timeout: 90_000 }, async () => {
  await using place = await workplace();
  const prompt = 'CHILD-7: make the file';
  const input = { description: 'child', prompt, subagent_type: 'general-purpose', run_in_background: false };
  await using model = await startModelServer({
    script: {
      turns: [{ tools: [{ name: 'Agent', input }] }, { say: 'All done.' }],
      conversations: [{ marker: 'CHILD-7', turns: [{ tools: [make('child.txt')] }, { say: 'Child done.' }] }],
    },
  });
  await using hooks = await startHookServer(() => ({ status: 200, body: {} }));
  const run = await runClaude({ ...place, modelUrl: model.url, settings: hooks.settings, args: ['-p', 'delegate'] });
  expect(place.has('child.txt')).toBe(true);
  expect(hooks.received).toMatchObject([
    { tool_name: 'Agent', tool_input: input },
    { tool_name: 'Bash', agent_id: expect.any(String), agent_type: 'general-purpose' },
  ]);
  expect(result(run)).toMatchObject({ result: 'All done.' });
});

test('a resumed session goes on in the same conversation', { timeout: 90_000 }, async () => {
  await using place = await workplace();
  await using model = await startModelServer({ script: { turns: [{ say: 'one' }, { say: 'two' }] } });
  const first = await runClaude({ ...place, modelUrl: model.url, args: ['-p', 'begin'] });
  const id = first.events.find((event) => event.type === 'system')?.['session_id'];
  const second = await runClaude({ ...place, modelUrl: model.url, args: ['--resume', String(id), '-p', 'go on'] });
  expect(result(second)).toMatchObject({ result: 'two', session_id: id });
  expect(model.requests.at(-1)).toMatchObject({ messages: 3, lastUserText: 'go on', played: 1 });
});

test.each([
  { permission: 'allow_once', made: true },
  { permission: 'reject_once', made: false },
] as const)(
  'over ACP the client is asked, and $permission decides',
  { timeout: 90_000 },
  async ({ permission, made }) => {
    await using place = await workplace();
    await using model = await startModelServer({ script });
    const env = claudeEnvironment(place.home, model.url);
    const agent = { program: 'claude-agent-acp', args: [], cwd: place.cwd, env } as const;
    const turn = await promptOverAcp({ ...agent, prompt: 'make it', permission });
    expect(turn.initialized.protocolVersion).toBe(1);
    expect(turn.asked).toMatchObject([
      { toolCall: { kind: 'execute', rawInput: { command: 'echo hello > made.txt' } } },
    ]);
    expect(turn.response.stopReason).toBe('end_turn');
    expect(place.has('made.txt')).toBe(made);
  },
);

const off = '{"disableAllHooks":true}';
const bare = { CLAUDE_CODE_SIMPLE: '1' };
const safe = { CLAUDE_CODE_SAFE_MODE: '1' };

test.each([
  ['settings of a person', 'home/.claude/settings.json', off, {}],
  ['settings of a repository', 'work/.claude/settings.local.json', off, {}],
  ['a variable in the settings of a person', 'home/.claude/settings.json', JSON.stringify({ env: bare }), {}],
  ['a variable in the settings of a repository', 'work/.claude/settings.json', JSON.stringify({ env: safe }), {}],
  ['the environment', 'work/none', '', { ...bare, ...safe }],
])('hooks that are switched off by %s are on in a session', { timeout: 90_000 }, async (_, path, text, env) => {
  const { canary, ...adapter } = harnessAdapters.claude;
  if (canary === null) throw new Error('it has a canary');
  const hook = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN', token: 'secret' };
  const told: string[] = [];
  await using endpoint = await startHookEndpoint({
    ...{ adapter, token: hook.token, inside: null },
    judge: ({ kind }) => {
      told.push(kind);
      return Promise.resolve(kind === 'call' ? { kind: 'refuse', why: 'no' } : { kind: 'no_objection' });
    },
  });
  const prepare: Canary['prepare'] = (at) => {
    const file = join(at.home, '..', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const prepared = canary.prepare(at);
    return { ...prepared, env: { ...prepared.env, ...env } };
  };
  using ran = await runScripted({
    adapter: { ...adapter, canary: { ...canary, prepare } },
    ...{ program: programPath('claude'), path: process.env['PATH'] ?? '', timeoutMs: 60_000 },
    hook: { ...hook, url: endpoint.url },
    script: { turns: [{ tools: [canary.run('touch made')] }, { say: 'Done.' }], fallback: { say: 'Done.' } },
  });
  expect(told).toContain('call');
  expect(existsSync(join(ran.cwd, 'made'))).toBe(false);
});
