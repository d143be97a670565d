/** `writ look` over what the real programs recorded: what it counts, what it says of a stop that did not hold, and what it does not know. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findHistories, priceList, recordedPrices } from '@writ/enforce';
import { expect, test } from 'vitest';
import { styleOf } from '../render/style.ts';
import { renderLooked } from '../render/looked.ts';
import { width } from '../render/width.ts';
import { fittingPreset } from './fitting-preset.ts';
import { lookAll } from './look-all.ts';
import { createTally } from './tally.ts';
import type { Seen } from './seen.ts';

const recorded = join(import.meta.dirname, '../../../test/recorded/histories');
const place = { home: '/home/dev', stateDir: '/home/dev/.local/state/writ', now: Date.parse('2026-11-22T00:00:00Z') };
const look = async () => {
  const env = { CLAUDE_CONFIG_DIR: join(recorded, 'claude/.claude'), CODEX_HOME: join(recorded, 'codex') };
  return lookAll(await findHistories(env, '/nobody'), place, 0);
};
const prices = await recordedPrices();
const style = (columns: number) => styleOf({ colour: false, unicode: true, columns, now: place.now });

test('a helper that went on after the interruption is named, with what it did', async () => {
  const { interruptions, ranOn } = await look();
  expect(interruptions).toBe(2);
  expect(ranOn).toHaveLength(1);
  const [one] = ranOn;
  expect(one).toMatchObject({ harness: 'claude', project: 'app' });
  expect(
    one?.calls.map(({ byHelper, did }) => [byHelper, did.map(({ action, target }) => `${action} ${target}`)]),
  ).toEqual([
    [true, ['file.write two.txt']],
    [true, ['git.push main']],
  ]);
});

test('each preset answers by the one evaluator, and a push to main is refused by all', async () => {
  const { presets } = await look();
  expect(presets.map(({ preset }) => preset)).toEqual(['read-only', 'worktree', 'pr', 'ship']);
  for (const { refused } of presets) expect(refused).toContainEqual({ group: 'pushes', target: 'main', times: 3 });
  const [readOnly, worktree] = presets;
  expect(readOnly?.refused).toContainEqual({ group: 'edits', target: 'a.ts', times: 2 });
  expect(worktree?.refused).not.toContainEqual(expect.objectContaining({ group: 'edits' }));
  for (const { may, asks, never } of presets) expect(may + asks + never).toBe(17);
});

test('what stands in two files counts once, in whatever order it comes', () => {
  const call = (id: string, at: number): Seen => ({
    kind: 'call',
    harness: 'claude',
    session: 's',
    at,
    id,
    project: 'p',
    root: '/p',
    tool: 'Bash',
    byHelper: false,
    did: [
      {
        action: 'git.push',
        target: 'main',
        outside: false,
        actionClass: 'consequential_write',
        answers: ['never', 'never', 'asks', 'may'],
      },
    ],
  });
  const of = { harness: 'claude', session: 's' } as const;
  const all: readonly Seen[] = [
    call('a', 1_000),
    call('a', 1_000),
    { ...of, kind: 'interrupted', at: 2_000 },
    call('b', 3_000),
    { ...of, kind: 'typed', at: 4_000 },
    call('c', 5_000),
  ];
  const added = (seen: readonly Seen[]) => {
    const tally = createTally(prices);
    seen.forEach(tally.add);
    return tally.result();
  };
  const result = added(all);
  expect(result.sources).toMatchObject([{ sessions: 1, calls: 3 }]);
  expect(result.presets.map(({ may, asks, never }) => [may, asks, never])).toEqual([
    [0, 0, 3],
    [0, 0, 3],
    [0, 3, 0],
    [3, 0, 0],
  ]);
  expect(result.ranOn.map(({ calls }) => calls.map(({ afterMs }) => afterMs))).toEqual([[1_000]]);
  expect(added(all.toReversed())).toEqual(result);
});

test('a price that is not known is never zero', () => {
  const tally = createTally(prices);
  const tokens = { input: 100_000, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 };
  const used = (id: string, model: string, costMicros: number | null): Seen => ({
    kind: 'usage',
    harness: 'opencode',
    session: 's',
    at: 1,
    id,
    model,
    tokens,
    costMicros,
  });
  [
    used('a', 'claude-sonnet-4-5-20250929', null),
    used('b', 'house-model', null),
    used('c', 'house-model', 5_000),
  ].forEach(tally.add);
  const { cost } = tally.result();
  expect(cost.knownMicros).toBe(305_000);
  expect(cost.models).toMatchObject([
    { model: 'claude-sonnet-4-5-20250929', costMicros: 300_000, priced: 'list' },
    { model: 'house-model', costMicros: 5_000, priced: 'harness' },
    { model: 'house-model', costMicros: null, priced: 'unknown' },
  ]);
});

test.each([
  ['claude-opus-4-20250514', 15],
  ['claude-opus-4-1-20250805', 15],
  ['claude-opus-4-5-20251101', 5],
  ['claude-opus-5', 5],
  ['claude-opus-5-5', 4],
  ['claude-sonnet-4-20250514', 3],
  ['claude-haiku-4-5-20251001', 1],
  ['gpt-5-codex', 1.25],
  ['gpt-5.5', 5],
])('%s costs %d dollars for a million tokens of input', async (model, dollars) => {
  const { costMicros } = await recordedPrices();
  const none = { output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 };
  expect(costMicros(model, { input: 10_000, ...none })).toBe(dollars * 10_000);
});

test.each(['gpt-5.5-turbo', 'gpt-55', 'claude-opus-45', 'llama', ''])('`%s` has no price here', async (model) => {
  const { costMicros } = await recordedPrices();
  expect(costMicros(model, { input: 1, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 })).toBeNull();
});

test.each([80, 120])('the page fits %d columns, with and without its detail', async (columns) => {
  const found = await look();
  for (const detail of [new Set<never>(), new Set(['did', 'presets', 'after-stop', 'cost'] as const)]) {
    const lines = renderLooked(found, style(columns), detail);
    for (const line of lines) expect(width(line), line).toBeLessThanOrEqual(columns);
    const page = lines.join('\n');
    expect(page).toMatch(/Claude Code {2}2 sessions {2}11 calls/);
    expect(page).toMatch(/2 interruptions; after 1 of them 2 calls ran on/);
    expect(page).toMatch(
      /a helper pushed, opened pull requests\s+\(main\)|a helper pushed, opened pull\s+requests\s+\(main\)/,
    );
    expect(page).toContain(`at the prices of ${priceList}`);
  }
});

test('the preset that fits is the narrowest under which ordinary work goes on', async () => {
  expect(fittingPreset(await look()).preset).toBe('pr');
  expect(fittingPreset({ did: [], presets: [] }).preset).toBe('worktree');
});

test('the price list is said to be the one that is installed', () => {
  const { optionalDependencies } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../enforce/package.json'), 'utf8'),
  ) as { optionalDependencies: Record<string, string> }; // a file of ours
  expect(priceList).toBe(`genai-prices ${optionalDependencies['@pydantic/genai-prices'] ?? ''}`);
});
