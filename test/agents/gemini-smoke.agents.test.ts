/** The real Gemini CLI on the scripted model, without a network: the Gemini format as the program itself reads it. */
import { expect, test } from 'vitest';

import { runGemini } from './gemini.ts';
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
