/** A log of things under many writers at once: what was seen is recorded whoever else writes, and what was decided is written on the state it was decided on. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteJournal } from '@writ/journal';
import { expect, it } from 'vitest';
import { Log } from './log.ts';

type Counted = { readonly id: string; readonly version: number; readonly seen: number };
type Seen = { readonly type: 'counted'; readonly data: { readonly seen: number } };

it('ten thousand who record at the same time are all on record', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'writ-log-'));
  try {
    await using journal = await openSqliteJournal({ path: join(dir, 'j.db'), organisation: 'o', now: () => 0 });
    const log = new Log<Counted, Seen>(journal, {
      prefix: 'thing',
      types: { counted: true },
      evolve: (state, _, { version }) => ({ id: 't', version, seen: (state?.seen ?? 0) + 1 }),
      projectOf: () => 'p',
      lineageOf: () => ({}),
    });
    using _following = journal.project((events) => {
      for (const event of events) log.follow(event);
    });
    const by = { actor: 'ann' };
    await log.create('t', [{ type: 'counted', data: { seen: 0 } }], 'p', by);
    const recorded = await Promise.all(
      Array.from({ length: 10_000 }, (_, at) => log.record('t', [{ type: 'counted', data: { seen: at } }], by)),
    );
    expect(recorded.filter(({ ok }) => !ok)).toEqual([]);
    expect(log.get('t')).toEqual({ id: 't', version: 10_001, seen: 10_001 });
    expect(await log.record('u', [{ type: 'counted', data: { seen: 0 } }], by)).toMatchObject({ ok: false });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
