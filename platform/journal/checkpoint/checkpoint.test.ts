import { createHash, generateKeyPairSync } from 'node:crypto';
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { happened, noon } from '../describe-journal.ts';
import { hashEvent } from '../hash.ts';
import type { Journal, Seal, VerifyReport } from '../journal.ts';
import { openJournalReadOnly } from '../sqlite/open.ts';
import { TestStore } from '../sqlite/test-store.ts';
import { isSigned, openEvidenceKey, signCheckpoint } from './checkpoint.ts';
import { merkleRoot } from './merkle.ts';
import { Notary } from './notary.ts';

const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};

// The definition of RFC 6962 §2.1, word for word.
function definition(leaves: readonly string[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return sha256('\0', only);
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha256('\u0001', definition(leaves.slice(0, k)), definition(leaves.slice(k)));
}

test('the root is that of RFC 6962, for any number of leaves', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 70 }), (leaves) => {
      expect(merkleRoot(leaves)).toBe(definition(leaves).toString('base64url'));
    }),
    { numRuns: 200 },
  );
});

test('a checkpoint is signed by the key it names, in every member', () => {
  using store = new TestStore();
  const path = join(store.folder, 'evidence.key');
  const key = openEvidenceKey(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const unsigned = { plane: 'control', from: 1, to: 3, root: 'r', at: '2026-11-21T12:00:00.000Z' };
  const checkpoint = signCheckpoint(unsigned, openEvidenceKey(path));
  expect(checkpoint).toEqual(signCheckpoint(unsigned, key));
  expect(isSigned(checkpoint)).toBe(true);
  for (const change of [
    { plane: 'runtime' },
    { from: 2 },
    { to: 4 },
    { root: 's' },
    { at: '' },
    { key: 'x' },
    { signature: '' },
  ]) {
    expect(isSigned({ ...checkpoint, ...change })).toBe(false);
  }
});

const write = [{ stream: 'a', events: [happened({ amount: 1 })] }];

async function notaryOf(store: TestStore, journal: Journal, now = () => noon): Promise<Notary> {
  return Notary.open(journal, { plane: 'control', key: openEvidenceKey(join(store.folder, 'evidence.key')), now });
}

test('it seals what came since the last checkpoint, also after a restart, and nothing when nothing came', async () => {
  using store = new TestStore();
  for (const round of [1, 2]) {
    await using journal = await store.open();
    using notary = await notaryOf(store, journal);
    await journal.append(write, []);
    await journal.append(write, []);
    const sealed = await notary.seal();
    expect(await notary.seal()).toEqual(sealed);
    await journal.append(write, []);
    await notary.seal();
    expect(await journal.verify()).toMatchObject({ ok: true, checkpoints: round * 2, sealed: { to: round * 5 - 1 } });
  }
});

test('it seals by age and by number', async () => {
  using store = new TestStore();
  let now = noon;
  await using journal = await store.open();
  using notary = await notaryOf(store, journal, () => now);
  const sealedTo = async (): Promise<number | undefined> => {
    await notary.sealDue(1000, 5);
    return notary.latest?.to;
  };
  await journal.append(write, []);
  expect(await sealedTo()).toBeUndefined();
  now += 1000;
  expect(await sealedTo()).toBe(1);
  await journal.append(write, []);
  expect(await sealedTo()).toBe(1);
  now += 1000;
  expect(await sealedTo()).toBe(3);
  await journal.append([{ stream: 'a', events: [happened(), happened(), happened(), happened()] }], []);
  expect(await sealedTo()).toBe(8);
});

test('two planes that witness each other come to rest', async () => {
  using here = new TestStore();
  using there = new TestStore();
  await using control = await here.open();
  await using runtime = await there.open();
  using ours = await notaryOf(here, control);
  using theirs = await notaryOf(there, runtime);
  await control.append(write, []);
  await runtime.append(write, []);
  const exchange = async (): Promise<number> => {
    const [mine, yours] = [await ours.seal(), await theirs.seal()];
    if (yours) await ours.witness(yours);
    if (mine) await theirs.witness(mine);
    return (await control.head()) + (await runtime.head());
  };
  const heads: number[] = [];
  for (let round = 0; round < 5; round++) heads.push(await exchange());
  expect(new Set(heads.slice(1)).size).toBe(1);
  const report = await runtime.verify();
  expect(report.witnessed).toMatchObject({ plane: 'control', to: 1 });
  expect((await control.verify(report.witnessed ? [report.witnessed] : [])).ok).toBe(true);
});

/** A sealed journal of six events in two streams, and the checkpoint somebody else has of it. */
async function sealedStore(store: TestStore): Promise<Seal> {
  await using journal = await store.open();
  using notary = await notaryOf(store, journal);
  for (const stream of ['a', 'b', 'a', 'b', 'a', 'b']) {
    await journal.append([{ stream, events: [happened({ amount: 1 })] }], []);
  }
  const checkpoint = await notary.seal();
  if (!checkpoint) throw new Error('nothing was sealed');
  return checkpoint;
}

async function verify(store: TestStore, expected?: Seal): Promise<VerifyReport> {
  await using reader = await openJournalReadOnly(store.path);
  return await reader.verify(expected ? [expected] : []);
}

/** Changes what a stored event says and mends every hash after it, as somebody would who has the database and all the time in the world. */
function rewrite(store: TestStore, sql: string): void {
  store.tamper(sql);
  const database = new DatabaseSync(store.path);
  const heads = new Map<unknown, { hash: string; version: unknown; position: unknown }>();
  const rows = database
    .prepare('SELECT e.*, s.stream AS name FROM events e JOIN streams s ON s.id = e.stream ORDER BY position')
    .all();
  for (const row of rows) {
    const envelope = {
      ...{ position: Number(row['position']), stream: String(row['name']), version: Number(row['version']) },
      ...{ type: String(row['type']), at: String(row['at']), organisation: 'acme', project: String(row['project']) },
      actor: String(row['actor']),
    };
    const salt = row['salt'] as Uint8Array;
    const dataHash = sha256(salt, String(row['data'])).toString('base64url');
    const hash = hashEvent(heads.get(row['stream'])?.hash ?? null, envelope, String(row['lineage']), dataHash);
    heads.set(row['stream'], { hash, version: row['version'], position: row['position'] });
    database
      .prepare('UPDATE events SET hash = ?, data_hash = ? WHERE position = ?')
      .run(hash, dataHash, envelope.position);
  }
  for (const [stream, { hash }] of heads) {
    database.prepare('UPDATE streams SET hash = ? WHERE id = ?').run(hash, Number(stream));
  }
  database.close();
}

const cutOff = (from: number, to: number): string =>
  `events ${String(from)} to ${String(to)} were witnessed elsewhere and are missing: the log was cut off or set back`;

test('a history rewritten with every hash mended is not the one that was sealed', async () => {
  using store = new TestStore();
  const expected = await sealedStore(store);
  expect((await verify(store, expected)).findings).toEqual([]);
  rewrite(store, `UPDATE events SET data = '{"amount":99}' WHERE position = 3`);
  expect((await verify(store)).findings).toEqual([
    {
      position: 7,
      stream: 'journal/checkpoints',
      version: 1,
      problem: 'events 1 to 6 are not those the checkpoint was made of',
    },
  ]);
});

test('a checkpoint that was mended as well is not signed, and one that was signed anew is not the one somebody else has', async () => {
  using store = new TestStore();
  const expected = await sealedStore(store);
  rewrite(store, `UPDATE events SET data = '{"amount":99}' WHERE position = 3`);
  const hashes = store
    .query('SELECT hash FROM events WHERE position < 7 ORDER BY position')
    .map((row) => String(row['hash']));
  const root = merkleRoot(hashes);
  rewrite(store, `UPDATE events SET data = json_set(data, '$.root', '${root}') WHERE position = 7`);
  expect((await verify(store)).findings.map(({ problem }) => problem)).toEqual([
    'the checkpoint was not signed by the key it names',
  ]);
  const { privateKey } = generateKeyPairSync('ed25519');
  const unsigned = { plane: 'control', from: 1, to: 6, root, at: '2026-11-21T12:00:00.000Z' };
  const forged = JSON.stringify(signCheckpoint(unsigned, privateKey));
  rewrite(store, `UPDATE events SET data = '${forged}' WHERE position = 7`);
  expect((await verify(store)).findings).toEqual([]);
  expect((await verify(store, expected)).findings.map(({ problem }) => problem)).toEqual([
    expect.stringMatching(
      /^events up to 6 were witnessed elsewhere under the key `.{43}`, and this log has checkpoints of another key alone: it was replaced$/,
    ),
  ]);
});

test('a tail cut off with its heads, and a file set back to an older one, are named by who has the checkpoint', async () => {
  using store = new TestStore();
  const old = join(store.folder, 'old.db');
  {
    await using journal = await store.open();
    await journal.append(write, []);
  }
  copyFileSync(store.path, old);
  const expected = await sealedStore(store);
  using cut = new TestStore();
  copyFileSync(store.path, cut.path);
  cut.tamper(`DELETE FROM events WHERE position > 2; DELETE FROM streams WHERE id > 2;
    UPDATE streams SET version = 2, position = 2, tail = '[1,2]', hash = (SELECT hash FROM events WHERE position = 2) WHERE id = 1`);
  expect((await verify(cut)).findings).toEqual([]);
  expect((await verify(cut, expected)).findings.map(({ problem }) => problem)).toEqual([cutOff(3, 7)]);
  copyFileSync(old, store.path);
  expect((await verify(store)).findings).toEqual([]);
  expect((await verify(store, expected)).findings.map(({ problem }) => problem)).toEqual([cutOff(2, 7)]);
});

test('a checkpoint that leaves events out, or comes from another key than those before it, is named', async () => {
  using store = new TestStore();
  await sealedStore(store);
  await using journal = await store.open();
  const { privateKey } = generateKeyPairSync('ed25519');
  const at = '2026-11-21T12:00:00.000Z';
  const append = async (key: typeof privateKey, from: number, to: number): Promise<unknown> => {
    const all = await journal.readAll({ after: from - 1, limit: to - from + 1 });
    const root = merkleRoot(all.map((event) => event.hash));
    const data = { ...signCheckpoint({ plane: 'control', from, to, root, at }, key) };
    return journal.append(
      [{ stream: 'journal/checkpoints', events: [happened(data, { type: 'journal.sealed' })] }],
      [],
    );
  };
  await journal.append(write, []);
  await append(openEvidenceKey(join(store.folder, 'evidence.key')), 8, 8);
  await append(privateKey, 9, 9);
  expect((await journal.verify()).findings.map(({ problem }) => problem)).toEqual([
    'the checkpoint covers events 8 to 8, not those after 6',
    'the checkpoint was signed by another key than the one before it',
  ]);
});
