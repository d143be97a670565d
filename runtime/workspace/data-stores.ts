/**
 * Data stores and migrations that the files of a place show: SQLite files, and the folders of the common migration tools with the newest in each. What a database has applied is not in the files,
 * and is not said.
 */

import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataStoreFact } from '../session/workspace-fact.ts';

/** How far down is looked, and at how many folders. */
const deepest = 4;
const mostFolders = 400;
const mostStores = 50;
const notLookedInto = new Set([
  'node_modules',
  '.git',
  'dist',
  'build',
  'target',
  'vendor',
  '.venv',
  'venv',
  '__pycache__',
]);

type Tool = {
  readonly engine: string;
  readonly isFolder: (path: string, names: readonly string[]) => boolean;
  readonly is: RegExp;
};

const tools: readonly Tool[] = [
  { engine: 'prisma', isFolder: (path) => /(^|\/)prisma\/migrations$/.test(path), is: /^\d{8,}_/ },
  { engine: 'rails', isFolder: (path) => /(^|\/)db\/migrate$/.test(path), is: /^\d{14}_.*\.rb$/ },
  { engine: 'alembic', isFolder: (path) => /(^|\/)(?:alembic|migrations)\/versions$/.test(path), is: /\.py$/ },
  {
    engine: 'flyway',
    isFolder: (_, names) => names.some((name) => /^V\d[\d._]*__.*\.sql$/.test(name)),
    is: /^V\d[\d._]*__.*\.sql$/,
  },
  {
    engine: 'django',
    isFolder: (path, names) => /(^|\/)migrations$/.test(path) && names.includes('__init__.py'),
    is: /^\d{4}_.*\.py$/,
  },
  { engine: 'knex', isFolder: (path) => /(^|\/)migrations$/.test(path), is: /^\d{14}_.*\.[cm]?[jt]s$/ },
  { engine: 'sql migrations', isFolder: (path) => /(^|\/)migrations$/.test(path), is: /^\d+.*\.sql$/ },
];

/** Those under `root`, by path. */
export async function dataStores(root: string): Promise<readonly DataStoreFact[]> {
  const found: DataStoreFact[] = [];
  const waiting: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  for (let looked = 0; looked < mostFolders && found.length < mostStores; looked += 1) {
    const next = waiting.shift();
    if (next === undefined) break;
    const entries = await readdir(join(root, next.path), { withFileTypes: true }).catch(() => []);
    const names = entries.map(({ name }) => name);
    const migrations = migrationsIn(next.path, names);
    if (migrations !== null) found.push(migrations);
    for (const entry of entries) {
      const path = next.path === '' ? entry.name : `${next.path}/${entry.name}`;
      if (entry.isDirectory() && next.depth < deepest && migrations === null && !notLookedInto.has(entry.name))
        waiting.push({ path, depth: next.depth + 1 });
      if (entry.isFile() && /\.(?:db|sqlite3?)$/.test(entry.name) && (await isSqlite(join(root, path))))
        found.push({ kind: 'data_store', path, engine: 'sqlite', newest: null, migrations: 0 });
    }
  }
  return found.slice(0, mostStores).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function migrationsIn(path: string, names: readonly string[]): DataStoreFact | null {
  for (const { engine, isFolder, is } of tools) {
    const own = names.filter((name) => is.test(name) && name !== '__init__.py');
    if (!isFolder(path, names) || own.length === 0) continue;
    return { kind: 'data_store', path, engine, newest: own.toSorted(byNumber).at(-1) ?? null, migrations: own.length };
  }
  return null;
}

/** By the numbers a name begins with, then as text: `V10__` comes after `V9__`. */
function byNumber(a: string, b: string): number {
  const numbers = (name: string): readonly bigint[] =>
    (/\d[\d._]*/.exec(name)?.[0] ?? '')
      .split(/[._]/)
      .filter((part) => part !== '')
      .map(BigInt);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [one, other] = [left[at] ?? -1n, right[at] ?? -1n];
    if (one !== other) return one < other ? -1 : 1;
  }
  return a < b ? -1 : 1;
}

/** Its first bytes, whatever its name says. */
async function isSqlite(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.toString('latin1') === 'SQLite format 3\0';
  } finally {
    await file.close();
  }
}
