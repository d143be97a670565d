import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresServer } from '../../../test/kit/postgres/postgres-server.ts';
import { happened, noon } from '../describe-journal.ts';
import { JournalError } from '../errors.ts';
import type { Envelope, Journal } from '../journal.ts';
import { openPostgresJournal } from './open.ts';
import type { OpenPostgresOptions } from './open.ts';

function open(url: string, schema: string, more: Partial<OpenPostgresOptions> = {}): Promise<Journal> {
  return openPostgresJournal({ url, schema, organisation: 'acme', now: () => noon, pollMs: 50, ...more });
}

async function errorOf(promise: Promise<unknown>): Promise<JournalError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(JournalError);
  // Just proved.
  return error as JournalError;
}

const write = (stream = 'a', data = '') => [{ stream, events: [happened(data)] }];

/** Writers that append until told to stop; each keeps what was acknowledged and goes on after an append whose fate nobody knows. */
class Load implements AsyncDisposable {
  readonly acknowledged: Envelope[] = [];
  readonly seen: number[] = [];
  readonly #journals: readonly Journal[];
  readonly #writers: Promise<void>[];
  #isOver = false;

  constructor(journals: readonly Journal[]) {
    this.#journals = journals;
    this.#writers = journals.flatMap((journal, node) => {
      journal.project((events) => node === 0 && this.seen.push(...events.map((event) => event.position)));
      return Array.from({ length: 8 }, (_, writer) => this.#write(journal, `${String(node)}.${String(writer)}`));
    });
  }

  async until(more: number): Promise<void> {
    const enough = this.acknowledged.length + more;
    while (this.acknowledged.length < enough) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async #write(journal: Journal, stream: string): Promise<void> {
    for (let version = 0; !this.#isOver; version++) {
      const result = await journal.append(write(stream, stream), [{ stream, version }]);
      // Nobody else writes the stream: a refusal would mean that an append was lost, or written twice.
      if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.conflict)}`);
      this.acknowledged.push(...result.events);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#writers);
    await Promise.all(this.#journals.map((journal) => journal.refresh()));
  }
}

async function holdsAll(journal: Journal, { acknowledged, seen }: Load): Promise<void> {
  const report = await journal.verify();
  expect(report.findings).toEqual([]);
  expect(report.events).toBe(acknowledged.length);
  const all = await journal.readAll();
  const hashes = new Map(all.map((event) => [event.position, event.hash]));
  expect(acknowledged.every((event) => hashes.get(event.position) === event.hash)).toBe(true);
  expect(seen).toEqual(all.map((event) => event.position));
}

test('a server killed again and again under load loses nothing that was acknowledged and writes nothing twice', async () => {
  await using server = await PostgresServer.start();
  await using a = await open(server.url, 'killed');
  await using b = await open(server.url, 'killed');
  const load = new Load([a, b]);
  for (let cycle = 0; cycle < 4; cycle++) {
    await load.until(100);
    await server.kill();
    await server.resume();
  }
  await load.until(100);
  await load[Symbol.asyncDispose]();
  await holdsAll(b, load);
}, 60_000);

test('a primary killed under load is followed by its synchronous replica, and nothing acknowledged is lost', async () => {
  const wait = [`synchronous_standby_names = 'replica'`];
  await using primary = await PostgresServer.start();
  await using replica = await PostgresServer.start({ replicaOf: primary });
  for (const line of wait) await primary.query(`ALTER SYSTEM SET ${line}`);
  await primary.query('SELECT pg_reload_conf()');
  const url = `postgres://writ@127.0.0.1:${String(primary.port)},127.0.0.1:${String(replica.port)}/postgres`;
  await using a = await open(url, 'failover');
  await using b = await open(url, 'failover');
  const load = new Load([a, b]);
  await load.until(200);
  await primary.kill();
  await replica.promote();
  await load.until(200);
  await load[Symbol.asyncDispose]();
  await holdsAll(a, load);
}, 60_000);

/** Stands between a node and its server, and cuts the line once: at the commit, before the server hears of it or after it has done it. */
class CuttingProxy implements AsyncDisposable {
  cut: 'before' | 'after' | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(to: number): Promise<CuttingProxy> {
    const proxy: CuttingProxy = new CuttingProxy(
      createServer((client) => {
        proxy.#join(client, connect(to, '127.0.0.1'));
      }),
    );
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  #join(client: Socket, server: Socket): void {
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      if (this.cut === 'before' && bytes.includes('COMMIT\0')) {
        this.cut = undefined;
        end();
      } else server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (this.cut === 'after' && bytes.includes('COMMIT\0')) {
        this.cut = undefined;
        end();
      } else client.write(bytes);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await Promise.resolve();
  }
}

test.each(['before', 'after'] as const)(
  'a line cut %s the commit writes the append once and acknowledges it',
  async (moment) => {
    await using proxy = await CuttingProxy.start(shared.port);
    const url = `postgres://writ@127.0.0.1:${String(proxy.port)}/postgres`;
    await using journal = await open(url, `cut_${moment}`);
    await journal.append(write(), []);
    const seen: number[] = [];
    using _projection = journal.project((events) => seen.push(...events.map((event) => event.position)));
    proxy.cut = moment;
    const results = await Promise.all([
      journal.append(write('a'), [{ stream: 'a', version: 1 }]),
      journal.append(write('b'), [{ stream: 'b', version: 0 }]),
    ]);
    expect(proxy.cut).toBeUndefined();
    expect(results.map((result) => result.ok)).toEqual([true, true]);
    expect(seen).toEqual([2, 3]);
    expect(await journal.verify()).toMatchObject({ ok: true, events: 3 });
  },
);

test('a server that comes back without what a node has seen is not gone on with, by any of its calls', async () => {
  await using server = await PostgresServer.start();
  await using a = await open(server.url, 'rewound');
  await a.append(write(), []);
  await server.kill();
  const backup = join(server.folder, 'yesterday');
  cpSync(server.data, backup, { recursive: true });
  await server.resume();
  await using b = await open(server.url, 'rewound');
  await a.append(write(), []);
  await b.refresh();
  await server.kill();
  rmSync(server.data, { recursive: true });
  await server.adopt(backup);
  await server.resume();
  const first = await errorOf(a.append(write(), []));
  expect(first.kind).toBe('rewound');
  expect(first.message).toContain('ends at position `1` and no longer has the event at `2`');
  expect((await errorOf(b.refresh())).kind).toBe('rewound');
  expect((await errorOf(b.append(write(), []))).kind).toBe('rewound');
  expect((await errorOf(b.readAll())).kind).toBe('rewound');
  // A log that went on by itself to the same length is no less another log.
  await using c = await open(server.url, 'rewound');
  await c.append(write('other'), []);
}, 60_000);

test('while no server takes writes, work waits as long as it may and is then refused', async () => {
  await using server = await PostgresServer.start();
  await using journal = await open(server.url, 'away', { patienceMs: 400 });
  await journal.append(write(), []);
  await server.kill();
  expect((await errorOf(journal.append(write(), []))).kind).toMatch(/store|unknown/);
  expect((await errorOf(journal.head())).kind).toBe('store');
  expect((await errorOf(open(server.url, 'away'))).message).toMatch(/cannot be opened.*check that it runs$/);
  await server.resume();
  expect(await journal.head()).toBe(1);
  expect(await journal.append(write(), [{ stream: 'a', version: 1 }])).toMatchObject({ ok: true });
}, 60_000);

let shared: PostgresServer;
beforeAll(async () => {
  shared = await PostgresServer.start();
});
afterAll(() => shared[Symbol.asyncDispose]());

test('what is not a journal is refused: another organisation’s, a newer one, another program’s, a name that is none', async () => {
  await (await open(shared.url, 'ours'))[Symbol.asyncDispose]();
  const other = openPostgresJournal({ url: shared.url, schema: 'ours', organisation: 'other', now: () => noon });
  expect((await errorOf(other)).message).toMatch(/belongs to organisation `acme`, not `other`/);
  await shared.query(`UPDATE ours.meta SET value = '9' WHERE key = 'reader_version'`);
  expect((await errorOf(open(shared.url, 'ours'))).message).toMatch(
    /needs reader `9` and this one is `2`; upgrade writ$/,
  );
  await shared.query(`UPDATE ours.meta SET value = '2' WHERE key = 'reader_version'`);
  await shared.query(`UPDATE ours.meta SET value = '9' WHERE key = 'schema_version'`);
  expect((await errorOf(open(shared.url, 'ours'))).message).toMatch(/written by a newer writ/);
  await shared.query('CREATE SCHEMA theirs; CREATE TABLE theirs.meta (key text, value text)');
  expect((await errorOf(open(shared.url, 'theirs'))).message).toMatch(/belongs to another program/);
  for (const schema of ['', 'a b', 'x'.repeat(41), 'Über']) {
    expect((await errorOf(open(shared.url, schema))).kind).toBe('input');
  }
  const error = await errorOf(open('postgres://ada:secret@:no/port', 'ours'));
  expect(error.kind).toBe('input');
  expect(error.message).not.toContain('secret');
});

test('a server that acknowledges before it has synced is refused', async () => {
  await using server = await PostgresServer.start({ settings: ['fsync = off'] });
  const error = await errorOf(open(server.url, 'unsafe'));
  expect(error.kind).toBe('format');
  expect(error.message).toContain('`fsync = off`');
});

test('a commit waits for the disk even where the database says it need not', async () => {
  await shared.query('ALTER DATABASE postgres SET synchronous_commit = off');
  await using _journal = await open(shared.url, 'synced');
  const { Connection } = await import('./connection.ts');
  await using connection = new Connection({ servers: [shared.url], schema: 'synced' });
  const { rows } = await connection.use((client) => client.query('SHOW synchronous_commit'));
  expect(rows).toEqual([{ synchronous_commit: 'on' }]);
});

test('the store itself refuses to delete events and to change anything but erase data', async () => {
  await using journal = await open(shared.url, 'guarded');
  await journal.append(write(), []);
  for (const [text, sentence] of [
    ['DELETE FROM guarded.events', 'events are never deleted'],
    ['TRUNCATE guarded.events', 'events are never deleted'],
    [`UPDATE guarded.events SET actor = 'eve'`, 'data is only ever erased'],
    [`UPDATE guarded.events SET actor = 'eve', data = NULL, salt = NULL`, 'envelopes are never changed'],
    ['UPDATE guarded.events SET data = NULL', 'data is only ever erased'],
  ] as const) {
    await expect(shared.query(text)).rejects.toThrow(sentence);
  }
  await shared.query('UPDATE guarded.events SET data = NULL, salt = NULL');
  const report = await journal.verify();
  expect(report.findings.map(({ problem }) => problem)).toEqual(['the data was erased and no event says by whom']);
});

test.each<[string, string, string]>([
  ['edited data', `UPDATE events SET data = '"x"' WHERE position = 2`, 'the data does not match its hash'],
  [
    'an edited actor',
    `UPDATE events SET actor = 'eve' WHERE position = 2`,
    'the hash does not match the envelope and the event before it',
  ],
  ['a deleted event', `DELETE FROM events WHERE position = 2`, 'events 2 to 2 are missing from the log'],
  [
    'a renamed stream',
    `UPDATE streams SET stream = 'x' WHERE stream = 'a'`,
    'the hashes of versions 1 to 3 do not match their envelopes and the events before them',
  ],
  [
    'a changed head',
    `UPDATE streams SET version = 7 WHERE stream = 'a'`,
    'the stream head does not match the newest event, version 3',
  ],
  ['a deleted head', `DELETE FROM streams`, 'the stream has events but no head'],
])('verify names %s', async (name, text, problem) => {
  const schema = name.replaceAll(' ', '_');
  await using journal = await open(shared.url, schema);
  for (let i = 0; i < 3; i++) await journal.append(write(), []);
  expect((await journal.verify()).ok).toBe(true);
  await shared.query(`SET search_path = ${schema}; ALTER TABLE events DISABLE TRIGGER USER; ${text}`);
  expect((await journal.verify()).findings[0]?.problem).toBe(problem);
});
