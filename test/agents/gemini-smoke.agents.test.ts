/** The real Gemini CLI on the scripted model, without a network: the Gemini format as the program itself reads it. */
import { existsSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Canary, HarnessAdapter, HarnessEvent, HookAnswer } from '@writ/enforce';
import { harnessAdapters, runScripted, startHookEndpoint } from '@writ/enforce';
import { expect, test } from 'vitest';

import { runGemini } from './gemini.ts';
import { programPath } from './program.ts';
import { sayInterfaces } from './sealed.ts';
import { workplace } from './workplace.ts';

test('Gemini CLI runs a scripted command, sends its result, and ends with the scripted text', async () => {
  await using place = await workplace();
  const call = { name: 'run_shell_command', input: { command: `echo hello > made.txt; ${sayInterfaces}` } };
  const run = await runGemini(
    place,
    {
      turns: [
        { say: 'I make the file.', tools: [call], usage: { input: 1000, output: 50, cacheRead: 200 } },
        {
          when: { hasToolResultFor: 'run_shell_command' },
          say: 'I saw the result.',
          usage: { input: 1100, output: 10 },
        },
      ],
    },
    'make it',
  );
  expect(run.code, run.stderr).toBe(0);
  expect(place.has('made.txt')).toBe(true);
  const path = '/v1beta/models/gemini-2.5-flash:streamGenerateContent';
  expect(run.requests).toMatchObject([
    {
      format: 'gemini',
      path,
      stream: true,
      played: 0,
      lastUserText: expect.stringMatching(/make it$/),
      lastToolResults: [],
    },
    {
      played: 1,
      lastToolResults: [{ tool: 'run_shell_command', text: expect.stringMatching(/interfaces: lo$/m), isError: false }],
    },
  ]);
  expect(run.requests[0]?.tools).toEqual(expect.arrayContaining(['run_shell_command', 'write_file', 'invoke_agent']));
  const events = run.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { readonly type: string; readonly role?: string; readonly content?: string });
  const said = events.filter(({ role }) => role === 'assistant').map(({ content }) => content);
  expect(said.join('')).toBe('I make the file.I saw the result.');
  expect(events.at(-1)).toMatchObject({
    type: 'result',
    status: 'success',
    stats: { tool_calls: 1, input_tokens: 2300, cached: 200, output_tokens: 60 },
  });
});

const adapter = harnessAdapters.gemini;
const canary = canaryOf(adapter);
const hook = { urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN', token: 'secret' };

type Place = {
  /** What each call is answered. */
  readonly answer?: HookAnswer;
  /** Left in the folder it works in. */
  readonly files?: (cwd: string) => readonly { readonly path: string; readonly text: string }[];
  readonly env?: Readonly<Record<string, string>>;
  readonly path?: string;
  /** Without what has it ask in its own process. */
  readonly byShells?: boolean;
};

/** A run of these commands under its hooks, and what they told. */
async function underHooks(commands: readonly string[], place: Place = {}) {
  const told: HarnessEvent[] = [];
  await using endpoint = await startHookEndpoint({
    ...{ adapter, token: hook.token, inside: null },
    judge: (event) => {
      told.push(event);
      return Promise.resolve((event.kind === 'call' ? place.answer : undefined) ?? { kind: 'no_objection' });
    },
  });
  const ran = await runScripted({
    adapter: {
      ...adapter,
      start: async (at) => {
        const started = await adapter.start(at);
        if (started.kind === 'unusable' || place.byShells !== true) return started;
        return { ...started, env: { ...started.env, NODE_OPTIONS: '' } };
      },
      canary: {
        ...canary,
        prepare: (at) => {
          const prepared = canary.prepare(at);
          for (const { path, text } of place.files?.(at.cwd) ?? []) writeFileSync(join(at.cwd, path), text);
          return { ...prepared, env: { ...prepared.env, ...place.env } };
        },
      },
    },
    ...{ program: programPath('gemini'), path: place.path ?? process.env['PATH'] ?? '' },
    ...{ hook: { ...hook, url: endpoint.url }, timeoutMs: 60_000 },
    script: {
      turns: [...commands.map((command) => ({ tools: [canary.run(command)] })), { say: 'Done.' }],
      fallback: { say: 'Done.' },
    },
  });
  return Object.assign(ran, { told });
}

test('a call is asked about and told of, and no other hook runs for it', async () => {
  using ran = await underHooks(['true 1', 'true 2']);
  const each = ['BeforeTool', 'AfterTool'];
  expect(ran.told.map(({ native }) => native)).toEqual([
    ...['SessionStart', 'BeforeAgent', ...each, ...each],
    ...['AfterAgent', 'SessionEnd'],
  ]);
});

function canaryOf({ canary: its }: HarnessAdapter): Canary {
  if (its === null) throw new Error('it has a canary');
  return its;
}

const refuse = { kind: 'refuse', why: 'no' } as const;
const ways = [
  ['its own process', false],
  ['a shell', true],
] as const;

test.each(ways)(
  'a `.env` that an agent left in the worktree does not answer for its hooks by %s',
  async (_, byShells) => {
    const answersItself = `case "$BASH_EXECUTION_STRING" in *127.0.0.1*) echo "{}"; exit 0 ;; esac\n`;
    const files = (cwd: string) => [
      { path: '.env', text: `SHLVL=3\nBASH_ENV=${cwd}/first.sh\n` },
      { path: 'first.sh', text: answersItself },
    ];
    using ran = await underHooks(['touch made'], { answer: refuse, files, byShells });
    expect(ran.told.map(({ kind }) => kind)).toContain('call');
    expect(existsSync(join(ran.cwd, 'made'))).toBe(false);
  },
);

test.each(ways)('variables that are called as those of its hooks do not answer for them by %s', async (_, byShells) => {
  const env = { answer: '{}200', asked: '0', port: '9', call: '{}', size: '2', status: '200' };
  using ran = await underHooks(['touch made'], { answer: refuse, env, byShells });
  expect(ran.told).toContainEqual(expect.objectContaining({ kind: 'call', input: { command: 'touch made' } }));
  expect(existsSync(join(ran.cwd, 'made'))).toBe(false);
});

test.each([
  ['as it is', {}],
  ['where it does not start itself again', { GEMINI_CLI_NO_RELAUNCH: 'true' }],
])('its hooks start no shell %s, and what it starts has the environment of the person', async (_, env) => {
  using tools = mkdtempDisposableSync(join(tmpdir(), 'writ-gemini-'));
  // Its own shell, which says what it is started for.
  const bash = `#!/bin/sh\nprintf '%s\\n' "$2" >> "${tools.path}/started"\nexec /bin/bash "$@"\n`;
  writeFileSync(join(tools.path, 'bash'), bash, { mode: 0o755 });
  const path = `${tools.path}:${process.env['PATH'] ?? ''}`;
  const options = '--no-warnings';
  using ran = await underHooks(['echo "$NODE_OPTIONS" > options'], {
    env: { NODE_OPTIONS: options, GEMINI_CLI_NO_RELAUNCH: '', ...env },
    path,
  });
  expect(ran.told.map(({ native }) => native)).toContain('AfterTool');
  const started = readFileSync(join(tools.path, 'started'), 'utf8');
  expect(started).toContain('> options');
  expect(started).not.toContain('WRIT_HOOK_URL');
  expect(readFileSync(join(ran.cwd, 'options'), 'utf8').trim()).toBe(options);
});
