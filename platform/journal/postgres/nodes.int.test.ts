import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PostgresServer } from '../../../test/kit/postgres/postgres-server.ts';
import { happened, noon } from '../describe-journal.ts';
import type { Journal } from '../journal.ts';
import { Connection } from './connection.ts';
import { openPostgresJournal } from './open.ts';
import type { OpenPostgresOptions } from './open.ts';
import type { NodeAck, NodeEnd } from './test-node.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

function node(schema: string, more: Partial<OpenPostgresOptions> = {}): Promise<Journal> {
  return openPostgresJournal({ url: server.url, schema, organisation: 'acme', now: () => noon, ...more });
}

async function session(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

const write = (stream = 'a') => [{ stream, events: [happened()] }];
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

const program = fileURLToPath(new URL('./test-node.ts', import.meta.url));

async function runNode(schema: string, name: string, count: number): Promise<{ acks: NodeAck[]; end: NodeEnd }> {
  const child = spawn(process.execPath, [program, server.url, schema, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  expect(await ended).toEqual([0, null]);
  // What test-node.ts says.
  const end = JSON.parse(lines.pop() ?? '') as NodeEnd;
  // As above.
  return { acks: lines.map((line) => JSON.parse(line) as NodeAck), end };
}

test('processes append and follow at once: every acknowledged append is there whole, and each saw every event once and in order', async () => {
  const ran = await Promise.all(['one', 'two', 'three'].map((name) => runNode('processes', name, 15)));
  await using journal = await node('processes');
  const all = await journal.readAll();
  expect(all.map((event) => event.position)).toEqual(upTo(3 * 4 * 15 * 3));
  expect((await journal.verify()).findings).toEqual([]);
  for (const { acks, end } of ran) {
    expect(acks).toHaveLength(60);
    // Each saw a whole beginning of the log: others may have gone on after it ended.
    expect(end.seen).toEqual(upTo(end.seen.length));
    expect(end.seen.length).toBeGreaterThanOrEqual(180);
    for (const { writer, serial, hashes } of acks) {
      const sides = await Promise.all(
        ['left', 'right'].map((side) => journal.read(`${side}/${writer}`, { after: serial - 1, limit: 1 })),
      );
      expect(sides.map(([event]) => event?.hash)).toEqual(hashes);
    }
  }
});

// What every table with a serial column does, and why positions here are given out under a lock that is held until the commit.
test('a serial column loses events: a follower that has seen 2 never sees 1', async () => {
  await server.query('CREATE TABLE plain (position bigserial PRIMARY KEY, data text)');
  await using slow = await session();
  await using quick = await session();
  await slow.query(`BEGIN; INSERT INTO plain (data) VALUES ('slow')`);
  await quick.query(`INSERT INTO plain (data) VALUES ('quick')`);
  const follow = async (after: number) =>
    (await quick.query<{ data: string }>('SELECT data FROM plain WHERE position > $1 ORDER BY position', [after])).rows;
  expect(await follow(0)).toEqual([{ data: 'quick' }]);
  await slow.query('COMMIT');
  expect(await follow(2)).toEqual([]);
});

test('a transaction that idles beside the journal, having read and written, holds up neither writers nor followers', async () => {
  await using a = await node('idle');
  await using b = await node('idle');
  await server.query('CREATE TABLE elsewhere (data text)');
  await using idle = await session();
  await idle.query(`SET search_path = idle; BEGIN ISOLATION LEVEL SERIALIZABLE`);
  await idle.query(`SELECT * FROM events; SELECT * FROM log; INSERT INTO public.elsewhere VALUES ('x')`);
  const seen: number[] = [];
  await b.follow(0, (events) => seen.push(...events.map((event) => event.position)));
  for (let i = 1; i <= 3; i++) {
    await a.append(write(), []);
    expect(await b.refresh()).toBe(i);
  }
  expect(seen).toEqual([1, 2, 3]);
  await idle.query('ROLLBACK');
});

test('a node that stops in the middle of an append is put out by the server, and the others go on', async () => {
  await using journal = await node('stopped');
  await journal.append(write(), []);
  await using stopped = new Connection({ servers: [server.url], schema: 'stopped' });
  const inStopped = async (text: string): Promise<unknown> =>
    (await stopped.use((client) => client.query<Record<string, unknown>>(text))).rows[0];
  expect(await inStopped('SHOW idle_in_transaction_session_timeout')).toEqual({
    idle_in_transaction_session_timeout: '5s',
  });
  // Its time begins when all has been looked at.
  await inStopped('SET idle_in_transaction_session_timeout = 0');
  const pid = await inStopped('SELECT pg_backend_pid() AS pid');
  await inStopped('BEGIN');
  await inStopped('SELECT position FROM log FOR UPDATE');
  const waiting = journal.append(write(), []);
  const nodes = (state: string) =>
    server.query(`SELECT pid FROM pg_stat_activity WHERE application_name = 'writ stopped' AND ${state}`);
  await vi.waitFor(async () => {
    expect(await nodes(`wait_event_type = 'Lock'`)).toHaveLength(1);
  }, 20_000);
  // Readers and followers never wait for the lock.
  expect(await journal.head()).toBe(1);
  expect(await journal.readAll()).toHaveLength(1);
  await inStopped(`SET idle_in_transaction_session_timeout = '100ms'`);
  expect(await waiting).toMatchObject({ ok: true, position: 2 });
  // A session gives its locks back before it is gone.
  await vi.waitFor(async () => {
    expect(await nodes('true')).not.toContainEqual(pid);
  }, 20_000);
  // Not all are idle: a node may be looking for others' events right now.
  expect(await nodes(`state LIKE 'idle in transaction%'`)).toEqual([]);
});

test('of two nodes that relied on one version, one is refused, and has seen by then what the other wrote', async () => {
  await using a = await node('rely');
  await using b = await node('rely', { pollMs: 60_000 });
  const seen: string[] = [];
  using _projection = b.project((events) => seen.push(...events.map((event) => event.type)));
  await a.append(write('mandate'), []);
  await a.append([{ stream: 'mandate', events: [happened(null, { type: 'mandate.revoked' })] }], []);
  const result = await b.append(write('effect'), [{ stream: 'mandate', version: 1 }]);
  expect(result).toEqual({ ok: false, conflict: { stream: 'mandate', expected: 1, actual: 2 } });
  expect(seen).toContain('mandate.revoked');
  const both = await Promise.all(
    [a, b].map((each) => each.append(write('effect'), [{ stream: 'effect', version: 0 }])),
  );
  expect(both.filter((each) => each.ok)).toHaveLength(1);
});

test('a node judges right after another’s append: a refresh has seen whatever was acknowledged', async () => {
  await using a = await node('fresh');
  await using b = await node('fresh', { pollMs: 60_000 });
  let seen = 0;
  using _projection = b.project((events) => (seen = events.at(-1)?.position ?? seen));
  for (let i = 1; i <= 100; i++) {
    const result = await a.append(write(), []);
    if (!result.ok) throw new Error('refused');
    expect(await b.refresh()).toBeGreaterThanOrEqual(result.position);
    expect(seen).toBeGreaterThanOrEqual(result.position);
  }
});

test('a node that hears no notification looks by itself', async () => {
  await using a = await node('deaf');
  await using b = await node('deaf', { pollMs: 50 });
  const seen: number[] = [];
  await b.follow(0, (events) => seen.push(...events.map((event) => event.position)));
  // Whoever listens is thrown out again and again.
  const listeners = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN "writ deaf"'`;
  const deafen = setInterval(() => void server.query(listeners), 20);
  try {
    for (let i = 0; i < 5; i++) await a.append(write(), []);
    await vi.waitFor(() => {
      expect(seen).toEqual(upTo(5));
    }, 20_000);
  } finally {
    clearInterval(deafen);
  }
});

test('a notification wakes a node long before its clock would', async () => {
  await using a = await node('woken');
  await using b = await node('woken', { pollMs: 3_600_000 });
  const seen: number[] = [];
  await b.follow(0, (events) => seen.push(...events.map((event) => event.position)));
  await vi.waitFor(async () => {
    await a.append(write(), []);
    await sleep(20);
    expect(seen.length).toBeGreaterThan(0);
  }, 20_000);
});

test('nodes that start at once make one journal', async () => {
  const nodes = await Promise.all(Array.from({ length: 5 }, () => node('begin')));
  const results = await Promise.all(nodes.map((each) => each.append(write(), [])));
  expect(results.map((result) => result.ok && result.position).sort()).toEqual(upTo(5));
  for (const each of nodes) await each[Symbol.asyncDispose]();
});
