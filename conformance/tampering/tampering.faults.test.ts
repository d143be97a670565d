/**
 * The kinds of tampering that whoever owns a store or holds an export can try, in one table: each on a SQLite file, in PostgreSQL and in an export, each named, what and where, by the
 * real `writ audit verify`. The attacker has everything but the evidence keys and the other plane.
 */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StorePlace } from '@writ/journal';
import { Notary, openEvidenceKey, openJournal, signSnapshot } from '@writ/journal';
import { PostgresServer } from '../../test/kit/postgres/postgres-server.ts';
import type { Plane, Row, SnapshotRow, Store, StoredLog } from './stored-log.ts';
import { exportStore, fileStore, mend, postgresStore, rootOf } from './stored-log.ts';

type Verified = {
  readonly ok: boolean;
  readonly journals: Record<
    string,
    {
      readonly findings: readonly { position: number; stream: string; version: number; problem: string }[];
      readonly erased: readonly { position: number; by: string; reason: string }[];
      readonly withheld: readonly { position: number; stream: string; version: number }[];
      readonly sealed: { readonly to: number } | null;
    }
  >;
};

const main = join(import.meta.dirname, '../../apps/cli/writ.js');
const root = mkdtempSync(join(tmpdir(), 'writ-tampering-'));
const noon = Date.UTC(2026, 10, 21, 12);
const organisation = 'local';
let server: PostgresServer;

/** What stands in every store before somebody comes, and the same of another installation, to take streams from. */
const stores: Partial<Record<Store['kind'], { store: Store; logs: Record<Plane, StoredLog> }>> = {};
let foreign: StoredLog;
let early: Record<Store['kind'], StoredLog | undefined> = { file: undefined, postgres: undefined, export: undefined };

const homeOf = (name: string): string => join(root, name);
const exported = join(root, 'export');

beforeAll(async () => {
  server = await PostgresServer.start();
  await fill(homeOf('home'), (plane) => ({ kind: 'file', path: join(homeOf('home'), plane, `${plane}.db`) }), 'file');
  await fill(homeOf('pg'), (plane) => ({ kind: 'postgres', url: server.url, schema: plane }), 'postgres');
  await fill(homeOf('other'), (plane) => ({ kind: 'file', path: join(homeOf('other'), plane, `${plane}.db`) }));
  foreign = await fileStore(homeOf('other')).read('control');
  const made = await writ(['audit', 'export', exported]);
  expect(made.stderr).toBe('');
  // The order in which the export's rows stand at the moment the older ones were all there was.
  early = { ...early, export: early.file };
  for (const store of [fileStore(homeOf('home')), postgresStore(server), exportStore(exported)])
    stores[store.kind] = {
      store,
      logs: { control: await store.read('control'), runtime: await store.read('runtime') },
    };
}, 120_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

/** Control's positions: 1 a, 2 b, 3 a, 4 b, 5 a, 6 c (erased), 7 the erasure, 8 a checkpoint of them; 9 a, 10 b, 11 a checkpoint of 9 and 10 with 8, 12 the runtime's, 13 a. */
async function fill(home: string, place: (plane: Plane) => StorePlace, kind?: 'file' | 'postgres'): Promise<void> {
  for (const plane of ['control', 'runtime']) mkdirSync(join(home, plane), { recursive: true, mode: 0o700 });
  const options = { organisation, now: () => noon };
  await using control = await openJournal(place('control'), options);
  await using runtime = await openJournal(place('runtime'), options);
  const notary = (journal: typeof control, plane: Plane): Promise<Notary> =>
    Notary.open(journal, { plane, key: openEvidenceKey(join(home, plane, 'evidence.key')), now: () => noon });
  using ours = await notary(control, 'control');
  using theirs = await notary(runtime, 'runtime');
  const happen = async (journal: typeof control, stream: string): Promise<void> => {
    const event = {
      type: 'thing.happened',
      project: 'p',
      actor: 'user:ada',
      data: { amount: 10 },
      lineage: { session: 's' },
    };
    await journal.append([{ stream, events: [event] }], []);
  };
  for (const stream of ['a', 'b', 'a', 'b', 'a', 'c']) await happen(control, stream);
  await control.erase({ positions: [6], project: 'p', actor: 'user:ada', reason: 'asked to' });
  await ours.seal();
  if (kind === 'postgres') early.postgres = await postgresStore(server).read('control');
  if (kind === 'file') early.file = await fileStore(home).read('control');
  await happen(control, 'a');
  await happen(control, 'b');
  const sealed = await ours.seal();
  await happen(runtime, 'x');
  await happen(runtime, 'y');
  const other = await theirs.seal();
  if (!sealed || !other) throw new Error('nothing was sealed');
  await theirs.seal();
  await runtimeWitnesses(theirs, sealed);
  await ours.witness(other);
  await happen(control, 'a');
}

const runtimeWitnesses = (notary: Notary, checkpoint: Parameters<Notary['witness']>[0]): Promise<void> =>
  notary.witness(checkpoint);

function writ(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: root, WRIT_HOME: homeOf('home'), NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env, cwd: root }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    }).stdin?.end();
  });
}

const placeArgs = {
  file: ['--store', 'embedded'],
  postgres: () => ['--store', server.url],
  export: ['--file', exported],
};

async function verify(kind: Store['kind'], more: readonly string[] = []): Promise<Verified> {
  const args = kind === 'postgres' ? placeArgs.postgres() : placeArgs[kind];
  const { code, stdout, stderr } = await writ(['audit', 'verify', ...args, ...more, '--json']);
  if (stdout === '') throw new Error(stderr);
  // What the command promises.
  const verified = JSON.parse(stdout) as Verified;
  expect(code).toBe(verified.ok ? 0 : 1);
  return verified;
}

/** Every finding as one line. */
const told = ({ journals }: Verified): readonly string[] =>
  Object.entries(journals).flatMap(([plane, { findings }]) =>
    findings.map(
      ({ position, stream, version, problem }) =>
        `${plane} ${String(position)} ${stream === '' ? '-' : `${stream}#${String(version)}`} ${problem}`,
    ),
  );

const at = (log: StoredLog, position: number): Row => {
  const row = log.rows.find((one) => one.position === position);
  if (!row) throw new Error(`there is nothing at ${String(position)}`);
  return row;
};

/** Swaps members of two rows. */
function swap<K extends keyof Row>(left: Row, right: Row, ...keys: K[]): void {
  for (const key of keys) [left[key], right[key]] = [right[key], left[key]];
}

const ordered = (log: StoredLog): StoredLog => ({ ...log, rows: log.rows.toSorted((a, b) => a.position - b.position) });

/** Signs a checkpoint as the product does, with a key of the attacker's. */
function resealed(data: string, hashes: readonly string[], key: KeyObject, x: string): string {
  const { plane, from, to, at: when } = JSON.parse(data) as { plane: string; from: number; to: number; at: string };
  const covered = rootOf(hashes.slice(from - 1, to));
  const text = JSON.stringify(['writ.journal.checkpoint.1', plane, from, to, covered, when, x]);
  const signature = sign(null, Buffer.from(text), key).toString('base64url');
  // In the order of RFC 8785.
  return JSON.stringify({ at: when, from, key: x, plane, root: covered, signature, to });
}

function withAnotherKey(log: StoredLog): StoredLog {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const x = publicKey.export({ format: 'jwk' }).x ?? '';
  let mended = mend(log, organisation);
  for (const position of [8, 11]) {
    const row = at(mended, position);
    row.data = resealed(
      row.data ?? '',
      mended.rows.map(({ hash }) => hash),
      privateKey,
      x,
    );
    mended = mend(mended, organisation);
  }
  return mended;
}

const dataProblem = 'the data does not match its hash';
const hashProblem = 'the hash does not match the envelope and the event before it';
const notSealed = (position: number, from: number, to: number): string =>
  `control ${String(position)} journal/checkpoints#${position === 8 ? '1' : '2'} events ${String(from)} to ${String(to)} are not those the checkpoint was made of`;
const followed = (place: string, before: number, after: number): string =>
  `control ${place} version ${String(before)} of the stream is followed by version ${String(after)}`;
const cutOff = (from: number, to: number): RegExp =>
  new RegExp(
    `^control ${String(from)} - events ${String(from)} to ${String(to)} were witnessed elsewhere and are missing: the log was cut off or set back$`,
  );
const otherKey =
  /^control \d+ - events up to 10 were witnessed elsewhere under the key `.{43}`, and this log has checkpoints of another key alone: it was replaced$/;
const rewritten = (to: number): string =>
  `control ${String(to)} - events up to ${String(to)} are not those that were witnessed elsewhere: the log was rewritten, or set back and written anew`;
type Told = string | RegExp;
type Kind = {
  readonly name: string;
  readonly tamper: (log: StoredLog, kind: Store['kind']) => StoredLog;
  readonly told: readonly Told[];
  /** Said of an export, where it is not the same: its own seal covers what no checkpoint does yet. */
  readonly exported?: readonly Told[];
};

const table: readonly Kind[] = [
  {
    name: '1 data edited',
    tamper: (log) => {
      at(log, 3).data = '{"amount":99}';
      return log;
    },
    told: [`control 3 a#2 ${dataProblem}`],
  },
  {
    name: '2 an envelope edited',
    tamper: (log) => {
      at(log, 4).actor = 'user:eve';
      return log;
    },
    told: [`control 4 b#2 ${hashProblem}`],
  },
  {
    name: '3 an event deleted',
    tamper: (log) => ({ ...log, rows: log.rows.filter(({ position }) => position !== 3) }),
    told: ['control 3 - events 3 to 3 are missing from the log', followed('5 a#3', 1, 3), notSealed(8, 1, 7)],
  },
  {
    name: '4 events reordered within a stream',
    tamper: (log) => {
      swap(at(log, 1), at(log, 3), 'version');
      return log;
    },
    told: [followed('1 a#2', 0, 2), followed('3 a#1', 2, 1), followed('5 a#3', 1, 3)],
  },
  {
    name: '5 events of different streams reordered',
    tamper: (log) => {
      swap(at(log, 3), at(log, 4), 'position');
      return ordered(log);
    },
    told: [`control 3 b#2 ${hashProblem}`, `control 4 a#2 ${hashProblem}`, notSealed(8, 1, 7)],
  },
  {
    name: '6 the tail cut off, heads and all',
    tamper: ({ rows, heads }) => mend({ rows: rows.filter(({ position }) => position <= 9), heads }, organisation),
    told: [cutOff(10, 10)],
    exported: [cutOff(10, 13)],
  },
  {
    name: '7 the whole file rolled back',
    tamper: (_log, kind) => structuredClone(early[kind]) ?? { rows: [], heads: [] },
    told: [cutOff(9, 10)],
    exported: [cutOff(9, 13)],
  },
  {
    name: '8 a checkpoint forged',
    tamper: (log) => {
      const row = at(log, 11);
      row.data = (row.data ?? '').replace(/"root":"[^"]*"/, `"root":"${rootOf(['x'])}"`);
      return mend(log, organisation);
    },
    told: ['control 11 journal/checkpoints#2 the checkpoint was not signed by the key it names', rewritten(10)],
    exported: [
      'control 11 journal/checkpoints#2 the checkpoint was not signed by the key it names',
      rewritten(10),
      rewritten(13),
    ],
  },
  {
    name: '9 the key replaced, every checkpoint signed anew',
    tamper: withAnotherKey,
    told: [otherKey],
    exported: [
      otherKey,
      /^control 13 - events up to 13 were witnessed elsewhere under the key `.{43}`/,
      /^control 0 - the events are sealed under the key `.{43}`, which the manifest does not name$/,
    ],
  },
  {
    name: '10 a stream of another store spliced in',
    tamper: (log) => ({
      rows: log.rows.map((row) => (row.stream === 'b' ? structuredClone(at(foreign, row.position)) : row)),
      heads: log.heads.map((head) =>
        head.stream === 'b' ? (foreign.heads.find(({ stream }) => stream === 'b') ?? head) : head,
      ),
    }),
    told: [notSealed(8, 1, 7), notSealed(11, 8, 10), rewritten(10)],
  },
  {
    name: '11 an event duplicated',
    tamper: (log, kind) => {
      const again = structuredClone(at(log, 13));
      // A store has each position once; a file of lines may have any.
      if (kind !== 'export') again.position = 14;
      return { ...log, rows: [...log.rows, again] };
    },
    told: [followed('14 a#5', 5, 5), 'control 13 a#5 the stream head does not match the newest event, version 5'],
    exported: ['control 13 a#5 the event is here a second time'],
  },
  {
    name: '12 a salt changed',
    tamper: (log) => {
      at(log, 3).salt = Buffer.alloc(16).toString('base64url');
      return log;
    },
    told: [`control 3 a#2 ${dataProblem}`],
  },
  {
    name: '12 data taken out with nobody to say so',
    tamper: (log) => {
      Object.assign(at(log, 3), { data: null, salt: null });
      return log;
    },
    told: ['control 3 a#2 the data was erased and no event says by whom'],
  },
  {
    name: '12 data put where it was erased',
    tamper: (log) => {
      Object.assign(at(log, 6), { data: '{"amount":10}', salt: Buffer.alloc(16).toString('base64url') });
      return log;
    },
    told: [`control 6 c#1 ${dataProblem}`, 'control 6 - the data is here, though the event at 7 says it was erased'],
  },
];

const kinds = ['file', 'postgres', 'export'] as const;

test.each(kinds)('what nobody touched verifies, and says what was erased by whom: %s', async (kind) => {
  const verified = await verify(kind);
  expect(told(verified)).toEqual([]);
  expect(verified.ok).toBe(true);
  expect(verified.journals['control']?.erased).toMatchObject([{ position: 6, by: 'user:ada', reason: 'asked to' }]);
});

test.each(table)(
  '$name is named, in a file, in PostgreSQL and in an export',
  async ({ tamper, told: expected, exported: said }) => {
    const named = await Promise.all(
      kinds.map(async (kind) => {
        const found = stores[kind];
        if (!found) throw new Error('the store was not filled');
        const { store, logs } = found;
        await store.write('control', tamper(structuredClone(logs.control), kind));
        const findings = told(await verify(kind));
        await store.write('control', structuredClone(logs.control));
        return { kind, findings };
      }),
    );
    // Each of them, in this order, and nothing else: no other plane, no other place.
    expect(named).toEqual(
      kinds.map((kind) => ({
        kind,
        findings: (kind === 'export' && said ? said : expected).map((each) =>
          typeof each === 'string' ? each : (expect.stringMatching(each) as string),
        ),
      })),
    );
  },
);

/** Keeps a snapshot of each plane at its newest event, as the planes themselves would. */
async function keepSnapshots(home: string, place: (plane: Plane) => StorePlace): Promise<void> {
  for (const plane of ['control', 'runtime'] as const) {
    await using journal = await openJournal(place(plane), { organisation, now: () => noon });
    const head = (await journal.readAll()).at(-1);
    if (!head) throw new Error('there is nothing to keep');
    const facts = { fold: plane, foldVersion: '1', position: head.position, headHash: head.hash };
    const [own, evidence] = [
      generateKeyPairSync('ed25519').privateKey,
      openEvidenceKey(join(home, plane, 'evidence.key')),
    ];
    await journal.keepSnapshot(
      signSnapshot({ ...facts, content: Buffer.from(`state of ${plane}`) }, { own, evidence }),
    );
  }
}

const edited = '- the snapshot of `control` is not what its key signed: it was edited or swapped';
const strange = (plane: Plane): string =>
  `- the snapshot of \`${plane}\` was signed by a key that no key of this log vouches for: it was put there by somebody else`;

test('a snapshot edited or swapped is named, in a file and in PostgreSQL', { timeout: 90_000 }, async () => {
  const inFile =
    (name: string) =>
    (plane: Plane): StorePlace => ({ kind: 'file', path: join(homeOf(name), plane, `${plane}.db`) });
  await keepSnapshots(homeOf('home'), inFile('home'));
  await keepSnapshots(homeOf('pg'), (plane) => ({ kind: 'postgres', url: server.url, schema: plane }));
  await keepSnapshots(homeOf('other'), inFile('other'));
  const other = await fileStore(homeOf('other')).readSnapshot('control');
  for (const store of [fileStore(homeOf('home')), postgresStore(server)]) {
    const [own, theirs] = [await store.readSnapshot('control'), await store.readSnapshot('runtime')];
    const named = async (row: SnapshotRow): Promise<readonly string[]> => {
      await store.writeSnapshot('control', row);
      return told(await verify(store.kind));
    };
    expect(await named(own)).toEqual([]);
    expect(await named({ ...own, content: Buffer.from('all is allowed').toString('base64url') })).toEqual([
      `control 13 ${edited}`,
    ]);
    expect(await named({ ...own, position: 9 })).toEqual([`control 9 ${edited}`]);
    // The other plane's, as it is and under this one's name; and another installation's of the very same events.
    expect(await named(theirs)).toEqual([`control ${String(theirs.position)} ${strange('runtime')}`]);
    expect(await named({ ...theirs, fold: 'control' })).toEqual([`control ${String(theirs.position)} ${edited}`]);
    expect(await named(other)).toEqual([`control 13 ${strange('control')}`]);
    // Its own, on a log that was rewritten since.
    await store.writeSnapshot('control', own);
    const log = await store.read('control');
    const rewrittenLog = structuredClone(log);
    at(rewrittenLog, 13).data = '{"amount":99}';
    await store.write('control', mend(rewrittenLog, organisation));
    expect(told(await verify(store.kind))).toEqual([
      'control 13 - the snapshot of `control` was taken at event 13 of another log: it was swapped, or the log was set back',
    ]);
    await store.write('control', log);
    for (const plane of ['control', 'runtime'] as const) await store.writeSnapshot(plane, null);
    expect(told(await verify(store.kind))).toEqual([]);
  }
});

test(
  'both planes set back or rewritten together agree with each other, and not with a witness kept elsewhere',
  { timeout: 90_000 },
  async () => {
    const witness = join(root, 'kept');
    expect((await writ(['audit', 'export', witness])).code).toBe(0);
    const note = join(root, 'note.json');
    writeFileSync(note, (await writ(['audit', 'verify', '--store', 'embedded', '--json'])).stdout);
    const store = fileStore(homeOf('home'));
    const before = { control: await store.read('control'), runtime: await store.read('runtime') };
    const back = structuredClone(before);
    await store.write('control', structuredClone(early.file) ?? { rows: [], heads: [] });
    await store.write('runtime', mend({ ...back.runtime, rows: back.runtime.rows.slice(0, 2) }, organisation));
    expect(told(await verify('file'))).toEqual([]);
    for (const path of [witness, note])
      expect(told(await verify('file', ['--witness', path]))).toEqual([
        expect.stringMatching(/^control 9 - events 9 to 1[013] were witnessed elsewhere and are missing/),
        expect.stringMatching(
          /^runtime 3 - (?:events 3 to 4|the checkpoint over events up to 2) .*witnessed elsewhere and (?:are|is) missing/,
        ),
      ]);
    for (const plane of ['control', 'runtime'] as const) await store.write(plane, before[plane]);
    expect(told(await verify('file', ['--witness', witness, '--witness', note]))).toEqual([]);
    // A witness that was forged, or that knows nothing of these journals, witnesses nothing, and says so.
    const forged = readFileSync(join(witness, 'manifest.json'), 'utf8').replace(/"root": "./, '"root": "_');
    writeFileSync(join(root, 'forged.json'), forged);
    const refused = await writ(['audit', 'verify', '--store', 'embedded', '--witness', 'forged.json']);
    expect([refused.code, refused.stderr.replaceAll(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringContaining('was not signed by the key it names'),
    ]);
  },
);

test(
  'a redacted export says what is withheld, proves the rest, and hides no change behind a withholding',
  { timeout: 90_000 },
  async () => {
    const folder = join(root, 'redacted');
    const made = await writ([
      'audit',
      'export',
      folder,
      '--withhold-stream',
      'a',
      '--withhold-type',
      'nothing.*',
      '--json',
    ]);
    expect(made.code).toBe(0);
    const text = readFileSync(join(folder, 'control.events.jsonl'), 'utf8');
    expect(text.split('\n').filter((line) => line.includes('"stream":"a"') && line.includes('"amount"'))).toEqual([]);
    const answer = async (): Promise<Verified> =>
      JSON.parse((await writ(['audit', 'verify', '--file', folder, '--json'])).stdout) as Verified;
    const verified = await answer();
    expect(verified.ok).toBe(true);
    expect(verified.journals['control']?.withheld.map(({ position }) => position)).toEqual([1, 3, 5, 9, 13]);
    expect((await writ(['audit', 'verify', '--file', folder])).stdout).toMatch(/withheld: the data of 5 events/);

    const store = exportStore(folder);
    const whole = await store.read('control');
    const tampered = async (change: (log: StoredLog) => void): Promise<readonly string[]> => {
      const log = structuredClone(whole);
      change(log);
      await store.write('control', log);
      return told(await answer());
    };
    expect(await tampered((log) => Object.assign(at(log, 2), { data: null, salt: null, withheld: true }))).toEqual([
      'control 2 b#1 the data is withheld, and no rule of the manifest says so',
    ]);
    expect(await tampered((log) => Object.assign(at(log, 3), { actor: 'user:eve' }))).toEqual([
      `control 3 a#2 ${hashProblem}`,
    ]);
    expect(await tampered((log) => delete at(log, 3).withheld)).toEqual([
      'control 3 a#2 the data was erased and no event says by whom',
    ]);
    await store.write('control', whole);
    // Rules that were widened later are no rules of this export.
    const manifest = join(folder, 'manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"nothing.*"', '"thing.*"'));
    expect(told(await answer())).toEqual([
      expect.stringMatching(/^control 0 - the manifest was not signed by the key it names/),
      expect.stringMatching(/^runtime 0 - the manifest was not signed by the key it names/),
    ]);
  },
);

test('an export goes into no folder that holds something, and a store that does not verify is not exported', async () => {
  const folder = join(root, 'full');
  cpSync(exported, folder, { recursive: true });
  const full = await writ(['audit', 'export', folder]);
  expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('is not empty')]);
  const store = fileStore(homeOf('home'));
  const before = await store.read('control');
  const log = structuredClone(before);
  at(log, 3).data = '{"amount":99}';
  await store.write('control', log);
  const refused = await writ(['audit', 'export', join(root, 'bad')]);
  await store.write('control', before);
  expect([refused.code, refused.stderr.replaceAll(/\s+/g, ' ')]).toEqual([
    1,
    expect.stringContaining(`the journal of control does not verify: position 3: ${dataProblem}; nothing was exported`),
  ]);
});
