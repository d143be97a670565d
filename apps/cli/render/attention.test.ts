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

it('keeps the lines of a long question, and drops the empty ones', () => {
  const lines = renderItem(item({ ask: 'T2: look at it\n\nYour changes are committed for you.' }), [], plain);
  expect(lines.slice(0, 2)).toEqual(['? T2: look at it', '  Your changes are committed for you.']);
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
