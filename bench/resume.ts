/**
 * What a start costs. A fold of a journal of 100,000 events beside reading the same rows with bare SQLite, parsing and folding them; and control over 100,000 events of operations that
 * began and ended, 500 a day, beside control over 1,000 of them: both from their snapshots, and from their first event.
 *
 * Run: node bench/resume.ts [events [beside how many]]
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { uncontained } from '@writ/authority';
import { defaultStopProfile, openControl, shown } from '@writ/control';
import type { Control, Outcome, Terms } from '@writ/control';
import type { Envelope, Folding, StreamWrite } from '@writ/journal';
import { KeptFold, openSqliteJournal } from '@writ/journal';
import { inMs, interleaved, median, row, rounds } from './support/measure.ts';

const total = Number(process.argv[2] ?? 100_000);
const few = Number(process.argv[3] ?? 1_000);
const root = mkdtempSync(join(tmpdir(), 'writ-bench-'));
const hour = 3_600_000;
const clock = { now: Date.UTC(2030, 0, 1) };
const now = (): number => clock.now;
const person = { kind: 'person', name: 'owner' } as const;
const openJournal = (folder: string) =>
  openSqliteJournal({ path: join(folder, 'control.db'), organisation: 'bench', now });

function got<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
  return outcome.value;
}

/** A mandate in force for a year, with one operation under it that began and ended: its id. */
async function plant(control: Control): Promise<string> {
  const authority: Terms['authority'] = [
    { resource: 'git://bench/refs/heads/writ', resourceMatch: 'prefix', actions: ['git.push'], constraints: {} },
  ];
  const expiresAt = clock.now + 10_000 * hour;
  const terms: Terms = {
    ...{ project: 'bench', purpose: 'a long year', actor: 'builder', authority, conditions: [], history: [] },
    ...{ budgets: [], delegation: { maxDepth: 0, maxChildren: 0, actors: 'any' }, steerers: [], approvers: [] },
    ...{ actorKey: null, stopProfile: defaultStopProfile, expiresAt },
  };
  const proposed = got(await control.propose(terms, { by: person }));
  const mandate = proposed.mandate.id;
  const approve = { type: 'approve', revision: proposed.revision, textDigest: shown(proposed).digest } as const;
  got(await control.govern(mandate, { ...approve, how: 'owner_token' }, { by: person }));
  const by = { kind: 'actor', mandate, actor: 'builder', run: 'bench', expiresAt } as const;
  const ask = {
    ...{ mandate, action: 'git.push', resource: 'git://bench/refs/heads/writ/x', facts: {}, containment: uncontained },
    ...{ parameters: {}, session: null, atLeast: undefined },
  };
  const begun = got(await control.begin(ask, 10_000, { by, key: 'one', body: ask }));
  got(await control.settle(begun.operation.begun.id, 'done', '', by));
  return begun.operation.begun.id;
}

/** Control's folder with `events` events, 500 operations a day. */
async function history(folder: string, events: number): Promise<void> {
  await using journal = await openJournal(folder);
  let pattern: readonly Envelope[];
  let id: string;
  {
    await using control = await openControl({ dir: folder, now, random: randomBytes, journal });
    id = await plant(control);
    pattern = await journal.read(`operation-${id}`);
  }
  const renamed = (text: string, which: number): string =>
    text.replaceAll(id, `${id.slice(0, -6)}${String(which).padStart(6, '0')}`);
  const cloned = (which: number): readonly StreamWrite[] =>
    pattern.map(({ stream, type, data, project, actor, lineage }) => ({
      stream: renamed(stream, which),
      // What was JSON is JSON under other names.
      events: [
        {
          type,
          data: JSON.parse(renamed(JSON.stringify(data), which)) as Envelope['data'],
          project,
          actor,
          lineage,
        },
      ],
    }));
  const perDay = 500;
  for (let which = 0; (await journal.head()) < events; which += 50) {
    const batch = Array.from({ length: 50 }, (_, index) => cloned(which + index)).flat();
    clock.now += (24 * hour * 50) / perDay;
    const appended = await journal.append(batch, []);
    if (!appended.ok) throw new Error('an append without expectations was refused');
  }
}

async function start(folder: string): Promise<number> {
  const begin = performance.now();
  await using journal = await openJournal(folder);
  await using _control = await openControl({ dir: folder, now, random: randomBytes, journal });
  return performance.now() - begin;
}

/** The streams with their newest versions and how often they were written to by whom: what any fold has to touch. */
type Seen = Map<string, { version: number; readonly actors: Set<string>; size: number }>;

function see(
  seen: Seen,
  { stream, version, actor, data }: Pick<Envelope, 'stream' | 'version' | 'actor' | 'data'>,
): void {
  const known = seen.get(stream) ?? { version: 0, actors: new Set(), size: 0 };
  known.version = version;
  known.actors.add(actor);
  known.size += typeof data === 'object' && data !== null ? Object.keys(data).length : 0;
  seen.set(stream, known);
}

function bare(folder: string): number {
  const begin = performance.now();
  using database = new DatabaseSync(join(folder, 'control.db'), { readOnly: true });
  const page = database.prepare(
    'SELECT e.position, s.stream, e.version, e.actor, e.lineage, e.data FROM events e JOIN streams s ON s.id = e.stream WHERE e.position > ? ORDER BY e.position LIMIT 10000',
  );
  const seen: Seen = new Map();
  for (let rows = page.all(0); rows.length > 0; rows = page.all(Number(rows.at(-1)?.['position'])))
    for (const { stream, version, actor, lineage, data } of rows) {
      JSON.parse(String(lineage));
      // A row's own data.
      const parsed = JSON.parse(String(data)) as Envelope['data'];
      see(seen, { stream: String(stream), version: Number(version), actor: String(actor), data: parsed });
    }
  return performance.now() - begin;
}

const newKey = () => generateKeyPairSync('ed25519').privateKey;
const keys = { own: newKey(), evidence: newKey() };
const folding: Folding<Seen> = {
  ...{ name: 'seen', version: '1', fresh: () => new Map(), fold: see, freeze: (seen) => seen },
  ...{ thaw: (frozen) => frozen as Seen, sizeOf: () => Infinity }, // as frozen; too large to be kept
};

async function folded(folder: string, isVerified: boolean): Promise<number> {
  const begin = performance.now();
  await using journal = await openJournal(folder);
  // Verified on a thread of its own, while this one folds.
  const verified = isVerified ? journal.verify() : undefined;
  await KeptFold.open(journal, folding, { keys, now, tell: () => undefined });
  if (verified !== undefined && !(await verified).ok) throw new Error('the journal does not verify');
  return performance.now() - begin;
}

try {
  const [many, small, bareMany] = ['many', 'small', 'bare'].map((name) => join(root, name)) as [string, string, string]; // three names
  for (const [folder, events] of [
    [small, few],
    [many, total],
  ] as const) {
    mkdirSync(folder);
    await history(folder, events);
    // The one that keeps the snapshot.
    await start(folder);
  }
  cpSync(many, bareMany, { recursive: true });
  const { raw, fold, verified } = await interleaved({
    raw: () => bare(bareMany),
    fold: () => folded(bareMany, false),
    verified: () => folded(bareMany, true),
  });
  const events = total.toLocaleString('en');
  const beside = 'bare SQLite: read, parse, fold';
  row({
    what: `resume ${events} events`,
    beside,
    ratio: fold / raw,
    bar: { atMost: 1.5 },
    ours: inMs(fold),
    theirs: inMs(raw),
  });
  row({
    what: `the same, verified`,
    beside,
    ratio: verified / raw,
    bar: { atMost: 2.5 },
    ours: inMs(verified),
    theirs: inMs(raw),
  });
  const { long, short } = await interleaved({ long: () => start(many), short: () => start(small) });
  row({
    what: `start of control on ${events} events, from its snapshot`,
    ...{ beside: `on ${few.toLocaleString('en')} events`, ratio: long / short, bar: { atMost: 3 } },
    ...{ ours: inMs(long), theirs: inMs(short) },
  });
  const without: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    {
      using database = new DatabaseSync(join(many, 'control.db'));
      database.exec('DELETE FROM snapshots');
    }
    without.push(await start(many));
  }
  process.stdout.write(`  without its snapshot: ${inMs(median(without))}\n`);
} finally {
  rmSync(root, { recursive: true });
}
