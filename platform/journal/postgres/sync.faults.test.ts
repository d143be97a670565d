/** Acknowledged means synced: the server's own count of syncs of its log rises with every append that waits for its answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresServer } from '../../../test/kit/postgres/postgres-server.ts';
import { happened, noon } from '../describe-journal.ts';
import { openPostgresJournal } from './open.ts';

const appends = 200;

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

async function syncs(): Promise<number> {
  const [row] = await server.query(`SELECT sum(fsyncs) AS syncs FROM pg_stat_io WHERE object = 'wal'`);
  return Number(row?.['syncs'] ?? 0);
}

test('each append, one at a time, has a sync of the server’s log of its own', async () => {
  const before = await syncs();
  {
    const options = {
      url: server.url,
      schema: 'synced',
      organisation: 'acme',
      now: () => noon,
      pollMs: 60_000,
    };
    await using journal = await openPostgresJournal(options);
    for (let i = 0; i < appends; i++) await journal.append([{ stream: 'a', events: [happened(i)] }], []);
  }
  // A session tells its numbers when it ends, a moment later.
  for (let waited = 0; (await syncs()) - before < appends && waited < 10_000; waited += 100) await sleep(100);
  expect((await syncs()) - before).toBeGreaterThanOrEqual(appends);
}, 60_000);
