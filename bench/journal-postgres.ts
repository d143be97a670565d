/**
 * What the journal costs over bare inserts in PostgreSQL: 64 writers, each waiting for its event to be acknowledged before it writes the next, beside 64 connections that
 * each insert the same text into a bare table, a commit a row. One server, synced commits, interleaved, median of five. The ratio is the result; the rates only explain it.
 *
 * Run: node bench/journal-postgres.ts
 */
import pg from 'pg';
import { openPostgresJournal } from '@writ/journal';
import type { NewEvent } from '@writ/journal';
import { PostgresServer } from '../test/kit/postgres/postgres-server.ts';
import { median, perSecond, row, rounds } from './support/measure.ts';

const writers = 64;
const perWriter = 150;
const total = writers * perWriter;

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

const streamOf = (writer: number): string => `session/s-${String(writer)}`;

/** Runs all writers to their end and gives events per second. */
async function rateOf(write: (writer: number, index: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let index = 0; index < perWriter; index++) await write(writer, index);
    }),
  );
  return total / ((performance.now() - start) / 1000);
}

async function bare(server: PostgresServer, table: string): Promise<number> {
  await server.query(
    `CREATE TABLE ${table} (position bigserial PRIMARY KEY, stream text NOT NULL, data text NOT NULL)`,
  );
  const clients = Array.from({ length: writers }, () => new pg.Client({ connectionString: server.url }));
  await Promise.all(clients.map((client) => client.connect()));
  const text = `INSERT INTO ${table} (stream, data) VALUES ($1, $2)`;
  try {
    return await rateOf((writer, index) => {
      const values = [streamOf(writer), JSON.stringify(eventNumber(index))];
      return clients[writer]?.query({ name: 'insert', text, values }) ?? Promise.reject(new Error('no connection'));
    });
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function journal(server: PostgresServer, schema: string): Promise<number> {
  await using opened = await openPostgresJournal({ url: server.url, schema, organisation: 'bench', now: Date.now });
  return await rateOf(async (writer, index) => {
    const expect = [
      { stream: streamOf(writer), version: index },
      { stream: 'mandate/m-1', version: 0 },
    ];
    const result = await opened.append([{ stream: streamOf(writer), events: [eventNumber(index)] }], expect);
    if (!result.ok) throw new Error('an append was refused');
  });
}

const rates = { 'bare inserts': [] as number[], journal: [] as number[] };
{
  await using server = await PostgresServer.start();
  // The first round warms the compiler and the server and is not counted.
  for (let round = 0; round <= rounds; round++) {
    const measured = [
      await bare(server, `bare_${String(round)}`),
      await journal(server, `journal_${String(round)}`),
    ] as const;
    if (round === 0) continue;
    rates['bare inserts'].push(measured[0]);
    rates.journal.push(measured[1]);
  }
}
const [ours, base] = [median(rates.journal), median(rates['bare inserts'])];
row({
  what: `PostgreSQL journal, ${String(writers)} writers`,
  beside: `bare inserts, ${String(writers)} connections`,
  ratio: ours / base,
  bar: { atLeast: 0.5 },
  ours: perSecond(ours),
  theirs: perSecond(base),
});
