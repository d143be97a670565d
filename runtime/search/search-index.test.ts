/** The index of what was said: found by words, never by operators, gone when it was erased, and made anew for another log. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '@writ/journal';
import { openSqliteJournal } from '@writ/journal';
import { expect, it } from 'vitest';
import { openSearchIndex } from './search-index.ts';
import { searchQuestion } from './searched-text.ts';

async function inFolder(test: (folder: string, journal: Journal) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-search-'));
  try {
    await using journal = await openSqliteJournal({ path: join(folder, 'j.db'), organisation: 'local', now: Date.now });
    await test(folder, journal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const note = (text: string) => ({ type: 'note.left', project: 'p', actor: 'ann', data: { text } });
const say = (journal: Journal, session: string, ...texts: string[]) =>
  journal.append([{ stream: `session/${session}`, events: texts.map(note) }], []);
const all = () => true;
const ask = (words: string) => ({ words, session: null, limit: 10 });

it('finds words across sessions and within one, the newest first, and what was said since it was opened', () =>
  inFolder(async (folder, journal) => {
    await say(journal, 's-1', 'the cache is stale', 'nothing');
    await using index = openSearchIndex(journal, join(folder, 's.db'));
    await say(journal, 's-2', 'a STALE lock');
    const found = await index.find(ask('stale'), all);
    expect(found?.items.map(({ session, position }) => [session, position])).toEqual([
      ['s-2', 3],
      ['s-1', 1],
    ]);
    expect(found?.items[0]?.snippet).toBe('a \u0001STALE\u0002 lock');
    expect((await index.find({ ...ask('stale'), session: 's-1' }, all))?.items).toHaveLength(1);
    expect((await index.find(ask('stale'), ({ session }) => session !== 's-2'))?.items).toHaveLength(1);
    expect((await index.find(ask('sta'), all))?.items).toHaveLength(2);
    expect((await index.find(ask('cache stale'), all))?.items).toHaveLength(1);
  }));

it('takes no word for an operator, and no text for a mark', () =>
  inFolder(async (folder, journal) => {
    await say(journal, 's-1', 'one \u0001two\u0002 \u001b[31mred', 'NEAR OR NOT');
    await using index = openSearchIndex(journal, join(folder, 's.db'));
    for (const words of ['"', 'two OR nothing', 'text:one', 'one*', '(one', '-two', 'NEAR(one two)', '\u0000'])
      await expect(index.find(ask(words), all)).resolves.toSatisfy(
        (found) => found === null || 'items' in (found as object),
      );
    expect((await index.find(ask('one OR nothing'), all))?.items).toEqual([]);
    expect((await index.find(ask('red'), all))?.items[0]?.snippet).toBe('one two \u0001red\u0002');
    expect(searchQuestion('  ')).toBeNull();
  }));

it('what was erased is gone from it, and from its file', () =>
  inFolder(async (folder, journal) => {
    await say(journal, 's-1', 'the password is swordfish', 'and nothing else');
    await using index = openSearchIndex(journal, join(folder, 's.db'));
    expect((await index.find(ask('swordfish'), all))?.items).toHaveLength(1);
    await journal.erase({ positions: [1], project: '_', actor: 'ann', reason: 'a secret' });
    expect((await index.find(ask('swordfish'), all))?.items).toEqual([]);
    const kept = readdirSync(folder).filter((name) => name.startsWith('s.db'));
    expect(kept.filter((name) => readFileSync(join(folder, name)).includes('swordfish'))).toEqual([]);
  }));

it('is thrown away where it cannot be read, or belongs to another log', () =>
  inFolder(async (folder, journal) => {
    await say(journal, 's-1', 'of this log');
    writeFileSync(join(folder, 's.db'), 'no database at all, and long enough to be looked at as one');
    await using first = openSearchIndex(journal, join(folder, 's.db'));
    expect((await first.find(ask('log'), all))?.items).toHaveLength(1);
    await first[Symbol.asyncDispose]();
    await using other = await openSqliteJournal({ path: join(folder, 'k.db'), organisation: 'local', now: Date.now });
    await say(other, 's-9', 'another log');
    await using second = openSearchIndex(other, join(folder, 's.db'));
    expect((await second.find(ask('log'), all))?.items.map(({ session }) => session)).toEqual(['s-9']);
  }));
