/** A log of things under many writers at once: what was seen is recorded whoever else writes, and what was decided is written on the state it was decided on. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '@writ/journal';
import { JournalError, openSqliteJournal } from '@writ/journal';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { Log } from './log.ts';

type Counted = { readonly id: string; readonly version: number; readonly seen: number };
type Seen = { readonly type: 'counted'; readonly data: { readonly seen: number } };

const kind = {
  ...{ prefix: 'thing', types: { counted: true } as const },
  ...{ projectOf: () => 'p', lineageOf: () => ({}) },
};

afterEach(() => {
  vi.useRealTimers();
});

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

it('however many find the journal full, only some of them look again at a time, and all are on record once there is room', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'writ-log-'));
  try {
    await using journal = await openSqliteJournal({ path: join(dir, 'j.db'), organisation: 'o', now: () => 0 });
    let looks = 0;
    let isFull = false;
    const filling = new Proxy<Journal>(journal, {
      get: (of, name) =>
        name !== 'append'
          ? (Reflect.get(of, name) as unknown)
          : (...what: Parameters<Journal['append']>) => {
              looks += 1;
              return isFull ? Promise.reject(new JournalError('busy', 'full')) : of.append(...what);
            },
    });
    const log = new Log<Counted, Seen>(filling, {
      ...kind,
      evolve: (state, _, { version }) => ({ id: 't', version, seen: (state?.seen ?? 0) + 1 }),
    });
    using _following = journal.project((events) => {
      for (const event of events) log.follow(event);
    });
    const by = { actor: 'ann' };
    await log.create('t', [{ type: 'counted', data: { seen: 0 } }], 'p', by);
    isFull = true;
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const recorded = Promise.all(
      Array.from({ length: 2_000 }, (_, at) => log.record('t', [{ type: 'counted', data: { seen: at } }], by)),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toBe(2_001);
    await vi.advanceTimersByTimeAsync(25);
    expect(looks).toBeGreaterThan(2_001);
    expect(looks).toBeLessThan(3_000);
    isFull = false;
    await vi.advanceTimersByTimeAsync(200);
    expect((await recorded).every(({ ok }) => ok)).toBe(true);
    expect(log.get('t')?.seen).toBe(2_001);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('under a name stand those who have it now, whatever they were called before', () => {
  type Called = { readonly id: string; readonly version: number; readonly names: readonly string[] };
  type Naming = { readonly type: 'counted'; readonly data: { readonly names: readonly string[] } };
  const named = {
    ...kind,
    evolve: (_: Called | undefined, { data }: Naming, { stream, version }: { stream: string; version: number }) => ({
      ...{ id: stream.slice('thing/'.length), version, names: data.names },
    }),
    namesOf: ({ names }: Called) => names,
  };
  const nowhere = undefined as unknown as Journal; // what is followed is not written
  const name = fc.constantFrom('a', 'b', 'c');
  const naming = fc.record({ id: fc.constantFrom('1', '2', '3'), names: fc.uniqueArray(name) });
  fc.assert(
    fc.property(fc.array(naming), (namings) => {
      const log = new Log<Called, Naming>(nowhere, named);
      for (const [at, { id, names }] of namings.entries())
        log.follow({
          ...{ position: at + 1, stream: `thing/${id}`, version: at + 1, type: 'counted', at: '', organisation: 'o' },
          ...{ project: 'p', actor: 'ann', lineage: {}, data: { names }, hash: '' },
        });
      const thawed = new Log<Called, Naming>(nowhere, named, log.freeze());
      for (const one of ['a', 'b', 'c', 'd']) {
        const expected = log.all().filter(({ names }) => names.includes(one));
        expect(new Set(log.under(one))).toEqual(new Set(expected));
        expect(new Set(thawed.under(one))).toEqual(new Set(expected));
      }
    }),
    { numRuns: 300 },
  );
});
