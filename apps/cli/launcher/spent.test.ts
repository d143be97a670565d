import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spentLine, sumOf } from './spent.ts';

const recorded = join(import.meta.dirname, '../../../test/recorded/histories');
const in_ = (folder: string): string => {
  const [name = ''] = readdirSync(join(recorded, folder))
    .filter((one) => one.endsWith('.jsonl'))
    .toSorted();
  return join(recorded, folder, name);
};

test('what a session used is read from what the harness wrote', () => {
  expect(spentLine('claude', in_('claude/.claude/projects/-home-dev-app'))).toMatch(
    /^\d+ tokens in, \d+ out.*at list prices$/,
  );
  expect(spentLine('codex', in_('codex/sessions/2026/11/21'))).toMatch(
    /^1400 tokens in, 130 out, 200 from cache, under \$0\.01 at list prices$/,
  );
});

test('what is not known is said', () => {
  expect(spentLine('claude', null)).toContain('not known');
  expect(spentLine('codex', '/nowhere')).toContain('not known');
  const tokens = { input: 5, output: 1, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 };
  expect(sumOf([{ model: 'house', tokens }])).toBe('5 tokens in, 1 out, the price of `house` is not known');
});
