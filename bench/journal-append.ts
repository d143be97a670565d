/**
 * What the journal costs over a bare table: batch append with canonical data, hash chain, heads and indexes, beside `node:sqlite` inserting the same text at
 * 100 rows a transaction. Both WAL and synchronous=FULL, on the same disk, interleaved, median of five. The ratio is the result; the rates only explain it.
 *
 * Run: node bench/journal-append.ts [folder]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteJournal } from '@writ/journal';
import type { Journal, NewEvent } from '@writ/journal';
import { median, perSecond, row, rounds } from './support/measure.ts';

const rowsPerTransaction = 100;
const transactions = 200;
const total = rowsPerTransaction * transactions;

/** About 300 bytes of canonical data, like a recorded tool call. */
function eventNumber(index: number): NewEvent {
  return {
    type: 'step.finished',
    project: 'bench',
    actor: 'agent:bench',
    lineage: { mandate: 'm-1', mandateVersion: 3, session: 's-1' },
    data: {
      attempt: 1,
      index,
      input: { command: 'npm test', cwd: '/repo', env: ['CI=1'] },
      output: 'ok '.repeat(50),
      tool: 'shell',
      usage: { cost_micros: 1250, input_tokens: 812, output_tokens: 96 },
    },
  };
}

const streamOf = (index: number): string => `session/s-${String(index % 20)}`;

function bare(folder: string): number {
  const database = new DatabaseSync(join(folder, 'bare.db'));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, data TEXT NOT NULL) STRICT`);
  const insert = database.prepare('INSERT INTO events (stream, data) VALUES (?, ?)');
  const start = performance.now();
  for (let index = 0; index < total; index += rowsPerTransaction) {
    database.exec('BEGIN IMMEDIATE');
    for (let row = index; row < index + rowsPerTransaction; row++) {
      insert.run(streamOf(row), JSON.stringify(eventNumber(row)));
    }
    database.exec('COMMIT');
  }
  const rate = total / ((performance.now() - start) / 1000);
  database.close();
  return rate;
}

/** One append carrying a whole transaction's events, all of one stream: an agent's steps recorded together. */
async function appendToOneStream(journal: Journal, first: number): Promise<void> {
  const events = Array.from({ length: rowsPerTransaction }, (_, row) => eventNumber(first + row));
  const result = await journal.append([{ stream: streamOf(first / rowsPerTransaction), events }], []);
  if (!result.ok) throw new Error('an append without expectations was refused');
}

/** The same over twenty streams: each commit touches twenty places of the stream index. */
async function appendToTwentyStreams(journal: Journal, first: number): Promise<void> {
  const rows = Array.from({ length: rowsPerTransaction }, (_, row) => first + row);
  const writes = [...Map.groupBy(rows, streamOf)].map(([stream, own]) => ({ stream, events: own.map(eventNumber) }));
  const result = await journal.append(writes, []);
  if (!result.ok) throw new Error('an append without expectations was refused');
}

/** As many appends as events, from as many callers in the same turn, each relying on another stream's version. */
async function appendApart(journal: Journal, first: number): Promise<void> {
  const appends = Array.from({ length: rowsPerTransaction }, (_, row) =>
    journal.append(
      [{ stream: streamOf(first + row), events: [eventNumber(first + row)] }],
      [{ stream: 'mandate/m-1', version: 0 }],
    ),
  );
  for (const result of await Promise.all(appends)) if (!result.ok) throw new Error('an append was refused');
}

async function journalRate(
  folder: string,
  name: string,
  write: (journal: Journal, first: number) => Promise<void>,
): Promise<number> {
  await using journal = await openSqliteJournal({ path: join(folder, name), organisation: 'bench', now: Date.now });
  const start = performance.now();
  for (let index = 0; index < total; index += rowsPerTransaction) await write(journal, index);
  return total / ((performance.now() - start) / 1000);
}

const rates = {
  'bare table': [] as number[],
  'one stream': [] as number[],
  'twenty streams': [] as number[],
  'hundred callers': [] as number[],
};

// The first round warms the compiler and is not counted.
for (let round = 0; round <= rounds; round++) {
  const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'writ-bench-'));
  try {
    const measured = {
      'bare table': bare(folder),
      'one stream': await journalRate(folder, 'one.db', appendToOneStream),
      'twenty streams': await journalRate(folder, 'twenty.db', appendToTwentyStreams),
      'hundred callers': await journalRate(folder, 'hundred.db', appendApart),
    };
    if (round === 0) continue;
    rates['bare table'].push(measured['bare table']);
    rates['one stream'].push(measured['one stream']);
    rates['twenty streams'].push(measured['twenty streams']);
    rates['hundred callers'].push(measured['hundred callers']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const base = median(rates['bare table']);
const { 'bare table': _, ...ours } = rates;
for (const [name, values] of Object.entries(ours))
  row({
    what: `journal batch append, ${name}`,
    beside: `bare SQLite, ${String(rowsPerTransaction)} rows a transaction`,
    ratio: median(values) / base,
    bar: { atLeast: 0.5 },
    ours: perSecond(median(values)),
    theirs: perSecond(base),
  });
