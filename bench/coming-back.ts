/**
 * What coming back costs: orientation in a session of 100,000 events beside one of 1,000, and each beside reading and parsing all of its log from a bare table of it; and a fork of the one beside a
 * fork of the other. The runtime is in this process; nobody is asked about a mandate, because there is none. `bench/a-million.ts` does it with a million.
 *
 * Run: node bench/coming-back.ts [events [beside how many]]
 */

import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { NewEvent } from '@writ/journal';
import { inMs, interleaved, row } from './support/measure.ts';
import { benchFolder, openSessionHouse, payload, who } from './support/session-house.ts';

const total = Number(process.argv[2] ?? 100_000);
const few = Number(process.argv[3] ?? 1_000);

using folder = benchFolder();
await using house = await openSessionHouse(folder.path);
const { runtime, journal } = house;

/** A session whose log has `events` events, with a note and what a person said now and then. */
async function planted(events: number): Promise<string> {
  const id = await house.session();
  const stream = `session/${id}`;
  for (let at = 1; at < events; at += 1_000) {
    const size = Math.min(1_000, events - at);
    const batch = Array.from({ length: size }, (_, index): NewEvent => ({
      ...(index % 100 === 0
        ? { type: 'note.left', data: { text: `note ${String(at + index)}` } }
        : { type: 'observation.recorded', data: { type: 'step', data: { step: at + index, output: payload } } }),
      ...{ project: 'bench', actor: 'ann' },
    }));
    const written = await journal.append([{ stream, events: batch }], []);
    if (!written.ok) throw new Error('an append without expectations was refused');
  }
  return id;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
const back = (id: string) => () =>
  timed(async () => {
    const found = await runtime.sessions.back(id, who);
    if (!found.ok) throw new Error(found.refusal.sentence);
  });
const fork = (id: string) => () =>
  timed(async () => {
    const made = await runtime.sessions.fork(id, { at: null, title: null, run: null }, who);
    if (!made.ok) throw new Error(made.refusal.sentence);
  });

/** The logs again as one would keep them who keeps nothing else: the data of each session's events in their order, and no more. */
const bareFile = join(folder.path, 'bare.db');

function copyBare(ids: readonly string[]): void {
  using database = new DatabaseSync(bareFile);
  database.exec(`CREATE TABLE bare (session TEXT NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (session, version)) STRICT, WITHOUT ROWID;
    ATTACH '${join(folder.path, 'runtime', 'runtime.db')}' AS journal`);
  const copy = database.prepare(
    'INSERT INTO bare SELECT s.stream, e.version, e.data FROM journal.events e JOIN journal.streams s ON s.id = e.stream WHERE s.stream = ? ORDER BY e.version',
  );
  for (const id of ids) copy.run(`session/${id}`);
}

function bare(id: string): number {
  const begin = performance.now();
  using database = new DatabaseSync(bareFile, { readOnly: true });
  const page = database.prepare(
    'SELECT version, data FROM bare WHERE session = ? AND version > ? ORDER BY version LIMIT 10000',
  );
  for (let rows = page.all(`session/${id}`, 0); rows.length > 0;) {
    for (const { data } of rows) JSON.parse(String(data));
    rows = page.all(`session/${id}`, Number(rows.at(-1)?.['version']));
  }
  return performance.now() - begin;
}

const [long, short] = [await planted(total), await planted(few)];
copyBare([long, short]);
const { many, little, raw, rawLittle } = await interleaved({
  ...{ many: back(long), little: back(short) },
  ...{ raw: () => bare(long), rawLittle: () => bare(short) },
});
const events = total.toLocaleString('en');
const small = few.toLocaleString('en');
row({
  what: `coming back to ${events} events`,
  ...{ beside: `to ${small} events`, ratio: many / little, bar: { atMost: 3 } },
  ...{ ours: inMs(many), theirs: inMs(little) },
});
const beside = 'bare SQLite: read and parse its log';
row({
  what: `coming back to ${events} events`,
  ...{ beside, ratio: many / raw, bar: { atMost: 1 } },
  ...{ ours: inMs(many), theirs: inMs(raw) },
});
row({
  what: `coming back to ${events} events`,
  ...{ beside: 'a second, as promised', ratio: many / 1_000, bar: { atMost: 1 } },
  ...{ ours: inMs(many), theirs: inMs(1_000) },
});
process.stdout.write(
  `  ${small} events: ${inMs(little)} to come back, ${inMs(rawLittle)} to read and parse them bare\n`,
);
/** One note of the long session, by its words: ours through the index, theirs by looking at every row. */
const words = `note ${String(Math.floor(total / 200) * 100 + 1)}`;
const { ours, theirs } = await interleaved({
  ours: () =>
    timed(async () => {
      const found = await runtime.search.find({ words, session: null, limit: 20 }, () => true);
      if (found?.items[0]?.session !== long) throw new Error(`\`${words}\` was not found`);
    }),
  theirs: () => {
    using database = new DatabaseSync(bareFile, { readOnly: true });
    const begin = performance.now();
    const found = database.prepare('SELECT session FROM bare WHERE data LIKE ?').all(`%${words}%`);
    if (found.length === 0) throw new Error(`\`${words}\` is not in the bare log`);
    return performance.now() - begin;
  },
});
row({
  what: `finding what was said once in ${events} events`,
  ...{ beside: 'bare SQLite: `LIKE` over its log', ratio: ours / theirs, bar: { atMost: 1 } },
  ...{ ours: inMs(ours), theirs: inMs(theirs) },
});
const forks = await interleaved({ many: fork(long), little: fork(short) });
row({
  what: `a fork of ${events} events`,
  ...{ beside: `of ${small} events`, ratio: forks.many / forks.little, bar: { atMost: 3 } },
  ...{ ours: inMs(forks.many), theirs: inMs(forks.little) },
});
