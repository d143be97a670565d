import { mkdtempDisposableSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedPrices } from '@writ/enforce';
import { expect, test } from 'vitest';
import { spentLine, sumOf } from './spent.ts';

const recorded = join(import.meta.dirname, '../../../test/recorded/histories');
const in_ = (folder: string): string => {
  const [name = ''] = readdirSync(join(recorded, folder))
    .filter((one) => one.endsWith('.jsonl'))
    .toSorted();
  return join(recorded, folder, name);
};

test('what a session used is read from what the harness wrote', async () => {
  expect(await spentLine('claude', { path: in_('claude/.claude/projects/-home-dev-app'), session: '' }, 0)).toMatch(
    /^\d+ tokens in, \d+ out.*at list prices$/,
  );
  expect(await spentLine('codex', { path: in_('codex/sessions/2026/11/21'), session: '' }, 0)).toMatch(
    /^1400 tokens in, 130 out, 200 from cache, under \$0\.01 at list prices$/,
  );
});

test('what is not known is said', async () => {
  expect(await spentLine('claude', null, 0)).toContain('not known');
  expect(await spentLine('codex', { path: '/nowhere', session: '' }, 0)).toContain('not known');
  const tokens = { input: 5, output: 1, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 };
  expect(sumOf([{ model: 'house', tokens }], await recordedPrices())).toBe(
    '5 tokens in, 1 out, the price of `house` is not known',
  );
});

test('of Gemini CLI each answer counts once, however often its line was written, and what came from the cache is told apart', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'writ-spent-'));
  const path = join(folder.path, 'session.jsonl');
  const line = (id: string, output: number): string =>
    JSON.stringify({ id, type: 'gemini', model: 'g', tokens: { input: 100, output, cached: 40, thoughts: 5 } });
  writeFileSync(path, [line('a', 1), line('a', 20), line('b', 20), '{"type":"user","id":"c"}', '{"cut'].join('\n'));
  expect(await spentLine('gemini', { path, session: '' }, 0)).toBe(
    '120 tokens in, 50 out, 80 from cache, the price of `g` is not known',
  );
});
