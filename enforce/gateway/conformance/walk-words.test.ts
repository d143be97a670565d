/** Each line of the kit's first part fails when the one thing it is there for is wrong. */

import { expect, test } from 'vitest';
import type { HarnessAdapter } from '../adapters/adapter.ts';
import { claudeAdapter } from '../adapters/claude.ts';
import { walkWords } from './walk-words.ts';

const failing = async (adapter: HarnessAdapter): Promise<readonly string[]> =>
  (await walkWords(adapter)).flatMap(({ what, outcome }) => (outcome === 'holds' ? [] : [what]));
const [first] = claudeAdapter.samples;

test('an adapter of ours fails nothing', async () => {
  expect(await failing(claudeAdapter)).toEqual([]);
});

const wrong: readonly (readonly [string, Partial<HarnessAdapter>, string])[] = [
  [
    'a push read as nothing',
    { read: (body) => (JSON.stringify(body).includes('git push') ? null : claudeAdapter.read(body)) },
    'reads a push',
  ],
  [
    'a shell command read as something else',
    { samples: claudeAdapter.samples.map((one) => (one === first ? { ...one, does: [] } : one)) },
    'reads a shell command',
  ],
  [
    'no record of a prompt',
    { samples: claudeAdapter.samples.filter(({ is }) => is !== 'prompt') },
    'has a recorded hook for prompt',
  ],
  [
    'no record of a helper',
    { samples: claudeAdapter.samples.filter(({ byHelper }) => byHelper !== true) },
    'has a recorded call of a helper, or has none that can be told apart',
  ],
  [
    'garbage taken for a prompt',
    {
      read: (body) =>
        claudeAdapter.read(body) ?? {
          kind: 'prompt',
          native: 'x',
          session: '',
          transcript: null,
          helper: null,
          isWakeUp: false,
        },
    },
    'takes garbage for nothing it understands',
  ],
  ['a no that is a yes', { reply: () => ({}) }, 'says the reason of a refusal, and never the same as for a yes'],
  [
    'a no that the harness reads on',
    { reply: (_, answer) => (answer.kind === 'refuse' ? { continue: false } : {}) },
    'does not stop with `continue: false` alone, which lets the call run',
  ],
  ['a flag that is let through', { bypass: () => undefined }, 'refuses `claude --bare`'],
  ['everything refused', { bypass: () => ({ flag: '-p', why: 'no' }) }, 'lets ordinary arguments through'],
  ['no flags at all', { bypasses: [] }, 'names arguments that go around its hooks'],
  ['nothing that escapes', { escapes: [] }, 'says what escapes it'],
  [
    'a read that throws',
    {
      read: () => {
        throw new Error('no');
      },
    },
    'takes garbage for nothing it understands',
  ],
];

test.each(wrong)('%s is found', async (_, change, line) => {
  expect(await failing({ ...claudeAdapter, ...change })).toContain(line);
});
