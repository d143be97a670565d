/**
 * A journal in the hands of somebody who owns the store: all of its rows, to be changed at will and put back. The three places a journal is in (a SQLite file, a PostgreSQL schema, an
 * export) are read and written through the same rows; hashes are mended by a reading of the format of our own, so that what verifies is not checked by itself.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { PostgresServer } from '../../test/kit/postgres/postgres-server.ts';

export type Plane = 'control' | 'runtime';

export type Row = {
  position: number;
  stream: string;
  version: number;
  type: string;
  at: string;
  project: string;
  actor: string;
  cause: string | null;
  lineage: string;
  hash: string;
  data_hash: string;
  /** Base64url. */
  salt: string | null;
  data: string | null;
  withheld?: true;
};
export type Head = { stream: string; version: number; position: number; hash: string };
export type StoredLog = { rows: Row[]; heads: Head[] };

/** A row of the table of snapshots; the content in base64url. */
export type SnapshotRow = Record<'fold' | 'fold_version' | 'head_hash' | 'key' | 'signature', string> &
  Record<'endorsed_by' | 'endorsement' | 'content', string> & { position: number };

/** What is kept beside the log of `plane`, in a file or a schema. */
export type SnapshotStore = {
  readSnapshot(plane: Plane): Promise<SnapshotRow>;
  /** Null: none. */
  writeSnapshot(plane: Plane, row: SnapshotRow | null): Promise<void>;
};

const snapshotColumns = [
  'fold',
  'fold_version',
  'position',
  'head_hash',
  'key',
  'signature',
  'endorsed_by',
  'endorsement',
] as const;

const snapshotOf = (row: Record<string, unknown> | undefined): SnapshotRow => ({
  ...(row as SnapshotRow), // the columns of the table
  // As above.
  content: Buffer.from(row?.['content'] as Uint8Array).toString('base64url'),
});

/** Where a journal is, for whoever owns the place. */
export type Store = {
  readonly kind: 'file' | 'postgres' | 'export';
  read(plane: Plane): Promise<StoredLog>;
  write(plane: Plane, log: StoredLog): Promise<void>;
};

const columns = 'position, version, type, at, project, actor, cause, lineage, hash, data_hash';

/** The installation in `home`, whose journals are files. */
export function fileStore(home: string): Store & SnapshotStore {
  const open = (plane: Plane): DatabaseSync => new DatabaseSync(join(home, plane, `${plane}.db`));
  return {
    kind: 'file',
    readSnapshot: (plane) => {
      using database = open(plane);
      return Promise.resolve(snapshotOf(database.prepare('SELECT * FROM snapshots').get()));
    },
    writeSnapshot: (plane, row) => {
      using database = open(plane);
      database.exec('DELETE FROM snapshots');
      if (row !== null)
        database
          .prepare(`INSERT INTO snapshots (${snapshotColumns.join(', ')}, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
          .run(...snapshotColumns.map((name) => row[name]), Buffer.from(row.content, 'base64url'));
      return Promise.resolve();
    },
    read: (plane) => {
      using database = open(plane);
      const rows = database
        .prepare(`SELECT e.*, s.stream AS name FROM events e JOIN streams s ON s.id = e.stream ORDER BY position`)
        .all()
        // The column's type, here and in PostgreSQL below.
        .map((row) => rowOf(row, row['salt'] as Uint8Array | null));
      // The shape of the statement.
      const heads = database.prepare('SELECT stream, version, position, hash FROM streams').all() as unknown as Head[];
      return Promise.resolve({ rows, heads: heads.map((head) => ({ ...head })) });
    },
    write: (plane, { rows, heads }) => {
      using database = open(plane);
      for (const trigger of ['events_are_never_deleted', 'envelopes_are_never_changed', 'data_is_only_ever_erased'])
        database.exec(`DROP TRIGGER IF EXISTS ${trigger}`);
      database.exec('BEGIN; DELETE FROM events; DELETE FROM streams; DELETE FROM stream_pages');
      const insert = database.prepare(
        `INSERT INTO events (stream, salt, data, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      const ids = idsOf(rows);
      for (const row of rows) {
        const salt = row.salt === null ? null : Buffer.from(row.salt, 'base64url');
        insert.run(ids.get(row.stream) ?? 0, salt, row.data, ...valuesOf(row));
      }
      const head = database.prepare(
        'INSERT INTO streams (id, stream, version, position, hash, tail) VALUES (?, ?, ?, ?, ?, ?)',
      );
      for (const { stream, version, position, hash } of heads) {
        const tail = rows.filter((row) => row.stream === stream).map((row) => row.position);
        head.run(ids.get(stream) ?? 0, stream, version, position, hash, JSON.stringify(tail));
      }
      database.exec('COMMIT');
      return Promise.resolve();
    },
  };
}

/** The schemas of a PostgreSQL database. */
export function postgresStore(server: PostgresServer): Store & SnapshotStore {
  return {
    kind: 'postgres',
    readSnapshot: async (plane) => snapshotOf((await server.query(`SELECT * FROM ${plane}.snapshots`))[0]),
    writeSnapshot: async (plane, row) => {
      await server.query(`DELETE FROM ${plane}.snapshots`);
      if (row === null) return;
      const values = snapshotColumns.map((name) => `'${String(row[name])}'`).join(', ');
      const content = `decode('${Buffer.from(row.content, 'base64url').toString('hex')}', 'hex')`;
      await server.query(
        `INSERT INTO ${plane}.snapshots (${snapshotColumns.join(', ')}, content) VALUES (${values}, ${content})`,
      );
    },
    read: async (plane) => {
      const rows = await server.query(
        `SELECT e.*, s.stream AS name FROM ${plane}.events e JOIN ${plane}.streams s ON s.id = e.stream ORDER BY position`,
      );
      const heads = await server.query(`SELECT stream, version, position, hash FROM ${plane}.streams`);
      return {
        // As above.
        rows: rows.map((row) => rowOf(row, row['salt'] as Uint8Array | null)),
        heads: heads.map((head) => ({
          ...{ stream: String(head['stream']), hash: String(head['hash']) },
          ...{ version: Number(head['version']), position: Number(head['position']) },
        })),
      };
    },
    write: async (plane, { rows, heads }) => {
      const ids = idsOf(rows);
      const quoted = (value: string | number | null): string =>
        value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
      const statements = [
        `ALTER TABLE ${plane}.events DISABLE TRIGGER USER`,
        `ALTER TABLE ${plane}.events DROP CONSTRAINT IF EXISTS events_stream_version_key`,
        `DELETE FROM ${plane}.events`,
        `DELETE FROM ${plane}.streams`,
        ...rows.map((row) => {
          const salt =
            row.salt === null ? 'NULL' : `decode('${Buffer.from(row.salt, 'base64url').toString('hex')}', 'hex')`;
          const values = [ids.get(row.stream) ?? 0, row.data, ...valuesOf(row)].map(quoted).join(', ');
          return `INSERT INTO ${plane}.events (salt, stream, data, ${columns}) VALUES (${salt}, ${values})`;
        }),
        ...heads.map(
          ({ stream, version, position, hash }) =>
            `INSERT INTO ${plane}.streams (id, stream, version, position, hash) VALUES (${[ids.get(stream) ?? 0, stream, version, position, hash].map(quoted).join(', ')})`,
        ),
      ];
      await server.query(statements.join(';\n'));
    },
  };
}

/** The export in `folder`. */
export function exportStore(folder: string): Store {
  const file = (plane: Plane, what: string): string => join(folder, `${plane}.${what}.jsonl`);
  const lines = (path: string): Record<string, unknown>[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      // Each line is an object: the tests write and read what the command wrote.
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    kind: 'export',
    read: (plane) =>
      Promise.resolve({
        rows: lines(file(plane, 'events')).map((line) => ({
          // The export's own spelling.
          ...(line as unknown as Row),
          cause: textIn(line, 'cause'),
          lineage: JSON.stringify(line['lineage']),
          salt: textIn(line, 'salt'),
          data: 'data' in line ? JSON.stringify(line['data']) : null,
        })),
        // As above.
        heads: lines(file(plane, 'heads')) as unknown as Head[],
      }),
    write: (plane, { rows, heads }) => {
      const text = rows.map(({ cause, lineage, salt, data, ...row }) => {
        const line = { ...row, ...(cause === null ? {} : { cause }), lineage: JSON.parse(lineage) as unknown };
        return JSON.stringify(data === null ? line : { ...line, salt, data: JSON.parse(data) as unknown });
      });
      writeFileSync(file(plane, 'events'), text.map((line) => `${line}\n`).join(''));
      writeFileSync(file(plane, 'heads'), heads.map((head) => `${JSON.stringify(head)}\n`).join(''));
      return Promise.resolve();
    },
  };
}

function textIn(row: Record<string, unknown>, name: string): string | null {
  const value = row[name];
  return typeof value === 'string' ? value : null;
}

function rowOf(row: Record<string, unknown>, salt: Uint8Array | null): Row {
  const text = (name: string): string => textIn(row, name) ?? '';
  const orNull = (name: string): string | null => textIn(row, name);
  return {
    ...{ position: Number(row['position']), stream: text('name'), version: Number(row['version']) },
    ...{ type: text('type'), at: text('at'), project: text('project'), actor: text('actor'), cause: orNull('cause') },
    ...{ lineage: text('lineage'), hash: text('hash'), data_hash: text('data_hash'), data: orNull('data') },
    salt: salt === null ? null : Buffer.from(salt).toString('base64url'),
  };
}

const valuesOf = (row: Row): (string | number | null)[] => [
  ...[row.position, row.version, row.type, row.at, row.project, row.actor],
  ...[row.cause, row.lineage, row.hash, row.data_hash],
];

const idsOf = (rows: readonly Row[]): Map<string, number> => {
  const ids = new Map<string, number>();
  for (const { stream, position } of rows) if (!ids.has(stream)) ids.set(stream, position);
  return ids;
};

const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};

/** Makes every hash and head fit what the rows say, as somebody would who has the store and all the time in the world. */
export function mend({ rows }: StoredLog, organisation: string): StoredLog {
  const heads = new Map<string, Head>();
  for (const row of rows) {
    if (row.salt !== null && row.data !== null)
      row.data_hash = sha256(Buffer.from(row.salt, 'base64url'), row.data).toString('base64url');
    const { position, stream, version, type, at, project, actor, cause, lineage, data_hash } = row;
    const previous = heads.get(stream)?.hash ?? null;
    const names = [previous, position, stream, version, type, at, organisation, project, actor, cause];
    const text = JSON.stringify(['writ.journal.event.1', ...names, JSON.parse(lineage), data_hash]);
    row.hash = sha256(text).toString('base64url');
    heads.set(stream, { stream, version, position, hash: row.hash });
  }
  return { rows, heads: [...heads.values()] };
}

/** The Merkle tree hash of RFC 6962 §2.1, word for word. */
export function rootOf(hashes: readonly string[]): string {
  const tree = (leaves: readonly string[]): Buffer => {
    const [only] = leaves;
    if (leaves.length === 1 && only !== undefined) return sha256('\0', only);
    const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
    return sha256('\u0001', tree(leaves.slice(0, k)), tree(leaves.slice(k)));
  };
  return tree(hashes).toString('base64url');
}
