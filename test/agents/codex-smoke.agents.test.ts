/** The real Codex on the scripted model, without a network: the Responses format as the program itself reads it. */
import { expect, test } from 'vitest';

import { runCodex } from './codex.ts';
import { sayInterfaces } from './sealed.ts';
import { workplace } from './workplace.ts';

test('Codex runs a scripted command, sends its result, and ends with the scripted text', async () => {
  await using place = await workplace();
  const call = { name: 'exec_command', input: { cmd: `echo hello > made.txt; ${sayInterfaces}` } };
  const run = await runCodex(
    place,
    {
      turns: [
        { say: 'I make the file.', tools: [call], usage: { input: 1000, output: 50, cacheRead: 200 } },
        { when: { hasToolResultFor: 'exec_command' }, say: 'I saw the result.', usage: { input: 1100, output: 10 } },
      ],
    },
    'make it',
  );
  expect(run.code, run.stderr).toBe(0);
  expect(place.has('made.txt')).toBe(true);
  expect(run.requests).toMatchObject([
    {
      format: 'responses',
      path: '/v1/responses',
      stream: true,
      played: 0,
      lastUserText: 'make it',
      lastToolResults: [],
    },
    {
      played: 1,
      lastToolResults: [{ tool: 'exec_command', text: expect.stringMatching(/interfaces: lo$/m), isError: false }],
    },
  ]);
  expect(run.requests[0]?.tools).toEqual(expect.arrayContaining(['exec_command', 'multi_agent_v1__spawn_agent']));
  const events = run.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as unknown);
  expect(events).toMatchObject(
    expect.arrayContaining([
      { type: 'item.completed', item: expect.objectContaining({ type: 'agent_message', text: 'I saw the result.' }) },
      {
        type: 'turn.completed',
        usage: expect.objectContaining({ input_tokens: 2300, cached_input_tokens: 200, output_tokens: 60 }),
      },
    ]),
  );
});
