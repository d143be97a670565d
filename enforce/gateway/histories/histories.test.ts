/** What the real Claude Code, Codex and opencode wrote (`test/recorded/histories`, by `test/agents/record-histories.ts`), as it is read. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { findHistories } from './find-histories.ts';
import { readHistory } from './read-history.ts';
import { readWords } from './read-words.ts';
import type { HistoryHarness, Recorded, Words } from './recorded.ts';

const recorded = join(import.meta.dirname, '../../../test/recorded/histories');

async function read(harness: 'claude' | 'codex'): Promise<readonly Recorded[]> {
  const env = { CLAUDE_CONFIG_DIR: join(recorded, 'claude/.claude'), CODEX_HOME: join(recorded, 'codex') };
  const files = (await findHistories(env, '/nobody')).filter((file) => file.harness === harness);
  return files.flatMap((file) => [...readHistory(file, 0)]).toSorted((a, b) => a.at - b.at);
}

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-history-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** opencode's database, made from what was recorded of it. */
function opencodeDatabase(): string {
  const path = join(temporary(), 'opencode.db');
  using db = new DatabaseSync(path);
  db.exec('pragma journal_mode = wal');
  db.exec(readFileSync(join(recorded, 'opencode/.local/share/opencode/opencode.db.sql'), 'utf8'));
  return path;
}

const commands = (all: readonly Recorded[]): readonly unknown[] =>
  all.flatMap((one) => (one.kind === 'call' ? [one.input['command'] ?? one.input['cmd'] ?? one.tool] : []));
const kinds = (all: readonly Recorded[]): readonly string[] =>
  all.filter(({ kind }) => kind === 'typed' || kind === 'interrupted').map(({ kind }) => kind);
const tokens = (all: readonly Recorded[]): readonly number[] => {
  const each = new Map(all.flatMap((one) => (one.kind === 'usage' ? [[one.id, one.tokens] as const] : [])));
  return [...each.values()].reduce(
    ([input = 0, output = 0, cached = 0], one) => [input + one.input, output + one.output, cached + one.cacheRead],
    [0, 0, 0],
  );
};

test('Claude Code: calls of the session and its helpers, tokens once for each answer, the interruption, what was typed', async () => {
  const all = await read('claude');
  expect(commands(all)).toEqual([
    'ls -la',
    'Read',
    'Write',
    'Agent',
    'curl -sS https://example.invalid/x',
    'npm test && git push origin main',
    'Agent',
    expect.stringContaining('time.sleep'),
    'echo one',
    'echo two > two.txt',
    'git push origin main',
  ]);
  // The helper's notification woke the model and was typed by nobody.
  expect(kinds(all)).toEqual(['typed', 'typed', 'interrupted']);
  expect(tokens(all)).toEqual([2200, 290, 200]);
  expect(new Set(all.map(({ session }) => session)).size).toBe(2);
  const helpers = all.filter((one) => one.kind === 'call' && one.byHelper);
  expect(commands(helpers)).toHaveLength(4);
});

test('Codex: a helper’s thread is of the session that started it, and input leaves out what came from the cache', async () => {
  const all = await read('codex');
  expect(commands(all)).toEqual([
    'ls -la',
    expect.stringContaining('apply_patch'),
    'multi_agent_v1__spawn_agent',
    'curl -sS https://example.invalid/x',
    'npm test && git push origin main',
    expect.stringContaining('time.sleep'),
  ]);
  expect(kinds(all)).toEqual(['typed', 'typed', 'interrupted']);
  expect(tokens(all)).toEqual([1700, 190, 200]);
  expect(new Set(all.map(({ session }) => session)).size).toBe(2);
  expect(all.every((one) => one.kind !== 'usage' || one.model === 'gpt-5')).toBe(true);
});

test('opencode: the three tables, its own cost, and not one file made or changed', () => {
  const path = opencodeDatabase();
  const look = (): readonly unknown[] =>
    readdirSync(join(path, '..')).map((name) => [name, statSync(join(path, '..', name)).mtimeMs]);
  const before = look();
  const all = [...readHistory({ harness: 'opencode', path }, 0)].toSorted((a, b) => a.at - b.at);
  expect(look()).toEqual(before);
  expect(commands(all)).toEqual([
    'ls -la',
    'write',
    'task',
    'curl -sS https://example.invalid/x',
    'npm test && git push origin main',
  ]);
  expect(kinds(all)).toEqual(['typed', 'typed', 'interrupted']);
  const cost = all.reduce((sum, one) => sum + (one.kind === 'usage' ? (one.costMicros ?? 0) : 0), 0);
  expect(cost).toBeGreaterThan(6_000);
});

test('the words: what was typed, said and answered, and how a command ended where the harness says so', async () => {
  const env = { CLAUDE_CONFIG_DIR: join(recorded, 'claude/.claude'), CODEX_HOME: join(recorded, 'codex') };
  const files = await findHistories(env, '/nobody');
  const of = (harness: HistoryHarness): readonly Words[] =>
    (harness === 'opencode' ? [{ harness, path: opencodeDatabase() }] : files.filter((one) => one.harness === harness))
      .flatMap((file) => [...readWords(file)])
      .toSorted((a, b) => a.at - b.at);
  const each = (all: readonly Words[], kind: Words['kind']): readonly string[] =>
    all.flatMap((one) => (one.kind === kind ? [one.text] : []));
  const codes = (all: readonly Words[]): readonly unknown[] =>
    all.flatMap((one) => (one.kind === 'answered' ? [one.exitCode] : []));
  const [claude, codex, opencode] = [of('claude'), of('codex'), of('opencode')];
  expect(each(claude, 'typed')).toEqual(['do the work', 'go on']);
  expect(each(claude, 'said')).toEqual(expect.arrayContaining(['I look.', 'Done.', 'fetched', 'Never said.']));
  expect(each(codex, 'typed')).toEqual(['do the work', 'go on']);
  expect(each(codex, 'said')).toEqual(['I look.', 'fetched', 'Done.']);
  expect(each(opencode, 'typed')).toEqual(['"do the work"', 'go on']);
  expect(each(opencode, 'said')).toEqual(['I look.', 'fetched', 'Done.']);
  // What a helper said is the helper's, by the name its harness has for it.
  const helpers = (all: readonly Words[]): readonly unknown[] =>
    all.flatMap((one) => (one.kind === 'said' && one.helper !== null ? [[one.helper, one.text]] : []));
  expect(helpers(codex)).toEqual([['01a1fee2-fdf4-7fc2-a34e-9d6edb10f767', 'fetched']]);
  expect(helpers(opencode)).toEqual([['ses_e011c94b9ffeThQA66EkuvTwrK', 'fetched']]);
  expect(helpers(claude)).toContainEqual(['a833c4f7d54c2bad0', 'fetched']);
  // `ls`, a patch and a helper of Codex's own, `curl`, `npm test`, and what was interrupted: of it nobody knows.
  expect(codes(codex)).toEqual([0, null, null, 6, 254, null]);
  expect(codes(opencode).filter((code) => code !== null)).toEqual([0, 6, 254]);
  expect(each(codex, 'answered').join()).toContain('npm error code ENOENT');
  // Each answers a call that is there.
  for (const [harness, all] of [
    ['claude', claude],
    ['codex', codex],
  ] as const) {
    const ids = new Set((await read(harness)).flatMap((one) => (one.kind === 'call' ? [one.id] : [])));
    expect(all.flatMap((one) => (one.kind === 'answered' && !ids.has(one.call) ? [one.call] : []))).toEqual([]);
  }
});

test('what was before is left out, and what cannot be read says so', () => {
  const path = opencodeDatabase();
  const all = [...readHistory({ harness: 'opencode', path }, 0)];
  const middle = all.map(({ at }) => at).toSorted()[Math.floor(all.length / 2)] ?? 0;
  const later = [...readHistory({ harness: 'opencode', path }, middle)];
  expect(later.length).toBeGreaterThan(0);
  expect(later.length).toBeLessThan(all.length);
  expect(later.every(({ at }) => at >= middle)).toBe(true);
  const broken = join(temporary(), 'opencode.db');
  writeFileSync(broken, 'no database');
  expect(() => [...readHistory({ harness: 'opencode', path: broken }, 0)]).toThrow();
});

test.each<[HistoryHarness, string]>([
  ['claude', '{"type":"assistant","sess'],
  ['claude', '{"type":"assistant","sessionId":"s","timestamp":"never","message":{"id":"m","content":[]}}'],
  ['claude', '[]\n\nnull\n{"type":"user"}'],
  ['codex', '{"timestamp":"2026-11-21T15:59:56.569Z","type":"session_meta","payload":null}'],
  ['codex', '\u0000\u0001'],
])('%s: a line that is half written, or none at all, says nothing: `%s`', (harness, text) => {
  const path = join(temporary(), 'x.jsonl');
  writeFileSync(path, text);
  expect([...readHistory({ harness, path }, 0)]).toEqual([]);
});

test('a line that is longer than a read, and one that straddles two, are whole', () => {
  const path = join(temporary(), 'x.jsonl');
  const line = (id: string, padding: number): string =>
    JSON.stringify({
      type: 'assistant',
      sessionId: 's',
      timestamp: '2026-11-21T15:59:56.569Z',
      cwd: '/a',
      message: {
        id,
        model: 'm',
        content: [{ type: 'tool_use', id, name: 'Write', input: { content: 'x'.repeat(padding) } }],
      },
    });
  writeFileSync(path, [line('a', 9_000_000), line('b', 10), line('c', 3_900_000), line('d', 10)].join('\n'));
  const sizes = [...readHistory({ harness: 'claude', path }, 0)].map((one) =>
    one.kind === 'call' ? [one.id, String(one.input['content']).length] : [],
  );
  expect(sizes).toEqual([
    ['a', 9_000_000],
    ['b', 10],
    ['c', 3_900_000],
    ['d', 10],
  ]);
});
