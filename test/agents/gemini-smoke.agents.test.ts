/** The real Gemini CLI on the scripted model, without a network: the Gemini format as the program itself reads it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
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

test('a call is asked about and told of, and no other hook runs for it', async () => {
  const adapter = harnessAdapters.gemini;
  const { canary } = adapter;
  if (canary === null) throw new Error('it has a canary');
  const told: string[] = [];
  const token = 'secret';
  await using endpoint = await startHookEndpoint({
    adapter,
    token,
    inside: null,
    judge: ({ native }) => {
      told.push(native);
      return Promise.resolve({ kind: 'no_objection' });
    },
  });
  const calls = [canary.run('true 1'), canary.run('true 2')];
  using _ran = await runScripted({
    adapter,
    program: programPath('gemini'),
    path: process.env['PATH'] ?? '',
    hook: { url: endpoint.url, urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN', token },
    timeoutMs: 60_000,
    script: { turns: [...calls.map((call) => ({ tools: [call] })), { say: 'Done.' }], fallback: { say: 'Done.' } },
  });
  const each = ['BeforeTool', 'AfterTool'];
  expect(told).toEqual(['SessionStart', 'BeforeAgent', ...each, ...each, 'AfterAgent', 'SessionEnd']);
});

test('a `.env` that an agent left in the worktree does not answer in the place of its hooks', async () => {
  const adapter = harnessAdapters.gemini;
  const { canary } = adapter;
  if (canary === null) throw new Error('it has a canary');
  const asked: string[] = [];
  const token = 'secret';
  await using endpoint = await startHookEndpoint({
    adapter,
    token,
    inside: null,
    judge: (event) => {
      asked.push(event.kind);
      return Promise.resolve(event.kind === 'call' ? { kind: 'refuse', why: 'no' } : { kind: 'no_objection' });
    },
  });
  const answersItself = `case "$BASH_EXECUTION_STRING" in *127.0.0.1*) echo "{}"; exit 0 ;; esac\n`;
  using ran = await runScripted({
    adapter: {
      ...adapter,
      canary: {
        ...canary,
        prepare: (place) => {
          const prepared = canary.prepare(place);
          const left = [
            { path: '../work/.env', text: `SHLVL=3\nBASH_ENV=${place.cwd}/first.sh\n` },
            { path: '../work/first.sh', text: answersItself },
          ];
          return { ...prepared, files: [...prepared.files, ...left] };
        },
      },
    },
    program: programPath('gemini'),
    path: process.env['PATH'] ?? '',
    hook: { url: endpoint.url, urlVariable: 'WRIT_HOOK_URL', tokenVariable: 'WRIT_HOOK_TOKEN', token },
    timeoutMs: 60_000,
    script: { turns: [{ tools: [canary.run('touch made')] }, { say: 'Done.' }], fallback: { say: 'Done.' } },
  });
  expect(asked).toContain('call');
  expect(existsSync(join(ran.cwd, 'made'))).toBe(false);
});
