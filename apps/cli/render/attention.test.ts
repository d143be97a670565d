import { expect, it } from 'vitest';
import { answerKeys, renderItem } from './attention.ts';
import { item, plain } from './example-wire.ts';

it('gives each option a key of its own, never one that skips or quits', () => {
  expect(answerKeys([{ key: 'yes' }, { key: 'yolo' }, { key: 'skip' }, { key: 'quit' }, { key: 's' }])).toEqual([
    'y',
    'o',
    'k',
    'u',
    '5',
  ]);
});

it('shows the options with their consequences and the recommendation', () => {
  const lines = renderItem(
    item({ options: [{ key: 'pg', label: 'PostgreSQL', consequence: 'needs a server' }], recommendation: 'pg' }),
    ['p'],
    plain,
  );
  expect(lines).toEqual([
    '? Which database?',
    '  i1  question, T1, just now, 2 tasks wait for it',
    '    [p] PostgreSQL (recommended)  needs a server',
  ]);
});
