/**
 * What coming back costs: orientation in a session of 100,000 events beside one of 1,000, and beside reading and parsing all of its log; and a fork of the one beside a fork of the other. The runtime is in this
 * process; nobody is asked about a mandate, because there is none.
 *
 * Run: node bench/coming-back.ts [events]
 */

import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { NewEvent } from '@writ/journal';
import { inMs, interleaved, row } from './support/measure.ts';
import { benchFolder, openSessionHouse, payload, who } from './support/session-house.ts';

const total = Number(process.argv[2] ?? 100_000);
const few = total / 100;

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
function bare(id: string): number {
  const begin = performance.now();
  using database = new DatabaseSync(join(folder.path, 'runtime', 'runtime.db'), { readOnly: true });
  const rows = database
    .prepare('SELECT e.data FROM events e JOIN streams s ON s.id = e.stream WHERE s.stream = ? ORDER BY e.version')
    .all(`session/${id}`);
  for (const { data } of rows) JSON.parse(String(data));
  return performance.now() - begin;
}

const [long, short] = [await planted(total), await planted(few)];
const { many, little, raw } = await interleaved({ many: back(long), little: back(short), raw: () => bare(long) });
const events = total.toLocaleString('en');
const small = few.toLocaleString('en');
row({
  what: `coming back to ${events} events`,
  ...{ beside: `to ${small} events`, ratio: many / little, bar: { atMost: 3 } },
  ...{ ours: inMs(many), theirs: inMs(little) },
});
row({
  what: 'the same',
  ...{ beside: 'bare SQLite: read and parse its log', ratio: many / raw, bar: { atMost: 1 } },
  ...{ ours: inMs(many), theirs: inMs(raw) },
});
const forks = await interleaved({ many: fork(long), little: fork(short) });
row({
  what: `a fork of ${events} events`,
  ...{ beside: `of ${small} events`, ratio: forks.many / forks.little, bar: { atMost: 3 } },
  ...{ ours: inMs(forks.many), theirs: inMs(forks.little) },
});
