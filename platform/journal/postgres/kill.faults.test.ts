/** Killed nodes on PostgreSQL, side by side. What becomes of a killed server is in failover.faults.test.ts. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresServer } from '../../../test/kit/postgres/postgres-server.ts';
import { compiledOnce, killCycles, seeded } from '../kill-cycles.ts';
import { openPostgresJournal } from './open.ts';

const program = fileURLToPath(new URL('./test-node.ts', import.meta.url));
const lanes = 8;
const stores = 3;
const perStore = 11;

let server: PostgresServer;
const folder = mkdtempSync(join(tmpdir(), 'writ-kill-'));
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test(`nothing acknowledged is lost in ${String(lanes * stores * perStore)} kills`, async () => {
  const seed = Date.now();
  const args = (schema: string, count: number) => [program, server.url, schema, 'n', String(count)];
  const env = await compiledOnce(join(folder, 'compiled'), args('first', 1));
  let acknowledged = 0;
  const lane = async (number: number): Promise<void> => {
    const random = seeded(seed + number);
    for (let store = 0; store < stores; store++) {
      const schema = `lane_${String(number)}_${String(store)}`;
      const more = await killCycles(
        {
          start: () =>
            spawn(process.execPath, args(schema, 1_000_000_000), {
              env,
              stdio: ['ignore', 'pipe', 'ignore'],
            }),
          open: async () => {
            await isQuiet(schema);
            return openPostgresJournal({
              url: server.url,
              schema,
              organisation: 'acme',
              now: Date.now,
            });
          },
        },
        perStore,
        random,
      );
      acknowledged += more;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number))).catch((error: unknown) => {
    throw new Error(`with the seed ${String(seed)}`, { cause: error });
  });
  expect(acknowledged).toBeGreaterThan(lanes * stores * perStore);
}, 900_000);

/** The server may still be about to commit what a killed node had sent. */
async function isQuiet(schema: string): Promise<void> {
  const sessions = `SELECT count(*) AS open FROM pg_stat_activity WHERE application_name = 'writ ${schema}'`;
  while (Number((await server.query(sessions))[0]?.['open']) > 0) await sleep(10);
}
