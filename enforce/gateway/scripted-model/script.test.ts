import { expect, test } from 'vitest';

import { parseScript, type Script } from './script.ts';

test('a full script is read as it stands', () => {
  const script: Script = {
    marker: 'M-1',
    turns: [
      {
        when: { lastUserContains: 'a', hasToolResultFor: 'Bash', model: 'opus', systemContains: 'b' },
        say: 'hi',
        tools: [
          { name: 'Bash', input: { command: 'ls' } },
          { name: 'apply_patch', input: 'text' },
        ],
        usage: { input: 1, output: 2, cacheRead: 3 },
        delayMs: 10,
      },
      { status: 529 },
    ],
    fallback: { say: 'over' },
    conversations: [{ marker: 'CHILD', turns: [], fallback: { say: 'x', usage: { input: 1, output: 1 } } }],
  };
  expect(parseScript(JSON.parse(JSON.stringify(script)))).toEqual(script);
});

test.each([
  [{ turns: [{ say: 'x', wen: {} }] }, '`turns[0]` has no `wen`; it knows when, say, tools, usage, delayMs, status'],
  [{ turns: [{ when: { last: 'x' }, say: 'x' }] }, '`turns[0].when` has no `last`'],
  [{ turns: [{ delayMs: 5 }] }, '`turns[0]` answers nothing'],
  [{ turns: [{ status: 200 }] }, '`turns[0].status` is `200`, which is not a failure'],
  [{ turns: [{ tools: [{ input: {} }] }] }, '`turns[0].tools[0].name` is missing'],
  [{ turns: [{ say: 'x', usage: { input: 1 } }] }, '`turns[0].usage` needs both'],
  [{ turns: [], conversations: [{ turns: [] }] }, '`conversations[0].marker` is missing'],
  [{}, '`turns` is missing'],
  [[], '`script` is not an object'],
])('%j is refused', (data, why) => {
  expect(() => parseScript(data)).toThrow(why);
});
