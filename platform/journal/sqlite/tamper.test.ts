import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { happened, unsealed } from '../describe-journal.ts';
import { hashEvent } from '../hash.ts';
import type { Seal, VerifyReport } from '../journal.ts';
import { openJournalReadOnly } from './open.ts';
import { TestStore } from './test-store.ts';
import { verifyBeside, worthAThread } from './verify-beside.ts';

/** Positions 1 to 6: a1 b1 a2 b2 a3 c1. */
async function filled(store: TestStore): Promise<void> {
  await using journal = await store.open();
  for (const stream of ['a', 'b', 'a', 'b', 'a', 'c']) {
    await journal.append([{ stream, events: [happened({ amount: 10 }, { lineage: { session: 's-1' } })] }], []);
  }
}

const dataProblem = 'the data does not match its hash';
const hashesProblem = (versions: string): string =>
  `the hashes of versions ${versions} do not match their envelopes and the events before them`;
const hashProblem = 'the hash does not match the envelope and the event before it';

test.each<[string, string, readonly { position: number; stream: string; version: number; problem: string }[]]>([
  [
    'edited data',
    `UPDATE events SET data = '{"amount":99}' WHERE position = 3`,
    [{ position: 3, stream: 'a', version: 2, problem: dataProblem }],
  ],
  [
    'data that is no JSON any more',
    `UPDATE events SET data = '{' WHERE position = 3`,
    [{ position: 3, stream: 'a', version: 2, problem: dataProblem }],
  ],
  [
    'a changed salt',
    `UPDATE events SET salt = zeroblob(16) WHERE position = 3`,
    [{ position: 3, stream: 'a', version: 2, problem: dataProblem }],
  ],
  [
    'edited data with its hash recomputed to match',
    `UPDATE events SET data = (SELECT data FROM events WHERE position = 1), salt = (SELECT salt FROM events WHERE position = 1),
       data_hash = (SELECT data_hash FROM events WHERE position = 1) WHERE position = 3`,
    [{ position: 3, stream: 'a', version: 2, problem: hashProblem }],
  ],
  ...['type', 'project', 'actor', 'cause'].map(
    (column): [string, string, { position: number; stream: string; version: number; problem: string }[]] => [
      `an edited ${column}`,
      `UPDATE events SET ${column} = 'other' WHERE position = 4`,
      [{ position: 4, stream: 'b', version: 2, problem: hashProblem }],
    ],
  ),
  [
    'an edited time',
    `UPDATE events SET at = '2026-11-21T12:00:00.001Z' WHERE position = 6`,
    [{ position: 6, stream: 'c', version: 1, problem: hashProblem }],
  ],
  [
    'a lineage in other bytes',
    `UPDATE events SET lineage = '{"session": "s-1"}' WHERE position = 4`,
    [{ position: 4, stream: 'b', version: 2, problem: hashProblem }],
  ],
  [
    'an edited lineage',
    `UPDATE events SET lineage = '{"session":"s-2"}' WHERE position = 4`,
    [{ position: 4, stream: 'b', version: 2, problem: hashProblem }],
  ],
  [
    'a lineage that is no JSON any more',
    `UPDATE events SET lineage = '{' WHERE position = 4`,
    [{ position: 4, stream: 'b', version: 2, problem: hashProblem }],
  ],
  [
    'an edited hash',
    `UPDATE events SET hash = (SELECT hash FROM events WHERE position = 1) WHERE position = 3`,
    [{ position: 3, stream: 'a', version: 2, problem: hashesProblem('2 to 3') }],
  ],
  [
    'an edited organisation',
    `UPDATE meta SET value = 'other' WHERE key = 'organisation'`,
    [
      { position: 1, stream: 'a', version: 1, problem: hashesProblem('1 to 3') },
      { position: 2, stream: 'b', version: 1, problem: hashesProblem('1 to 2') },
      { position: 6, stream: 'c', version: 1, problem: hashProblem },
    ],
  ],
  [
    'a renamed stream',
    `UPDATE streams SET stream = 'x' WHERE stream = 'a'`,
    [{ position: 1, stream: 'x', version: 1, problem: hashesProblem('1 to 3') }],
  ],
  [
    'an event hidden from the readers of its stream',
    `UPDATE streams SET tail = '[1,5]' WHERE stream = 'a'`,
    [{ position: 5, stream: 'a', version: 3, problem: 'the list of the stream’s positions does not match its events' }],
  ],
  [
    'a deleted event in the middle',
    `DELETE FROM events WHERE position = 3`,
    [
      { position: 3, stream: '', version: 0, problem: 'events 3 to 3 are missing from the log' },
      { position: 5, stream: 'a', version: 3, problem: 'version 1 of the stream is followed by version 3' },
    ],
  ],
  [
    'a deleted whole stream, head and all',
    `DELETE FROM events WHERE stream = 2; DELETE FROM streams WHERE stream = 'b'`,
    [
      { position: 2, stream: '', version: 0, problem: 'events 2 to 2 are missing from the log' },
      { position: 4, stream: '', version: 0, problem: 'events 4 to 4 are missing from the log' },
    ],
  ],
  [
    'a deleted newest event',
    `DELETE FROM events WHERE position = 6`,
    [{ position: 6, stream: 'c', version: 1, problem: 'the stream has a head at version 1 but no events' }],
  ],
  [
    'two events swapped within a stream',
    `UPDATE events SET version = -1 WHERE position = 1; UPDATE events SET version = 1 WHERE position = 3;
     UPDATE events SET version = 2 WHERE position = 1`,
    [
      { position: 1, stream: 'a', version: 2, problem: 'version 0 of the stream is followed by version 2' },
      { position: 3, stream: 'a', version: 1, problem: 'version 2 of the stream is followed by version 1' },
      { position: 5, stream: 'a', version: 3, problem: 'version 1 of the stream is followed by version 3' },
    ],
  ],
  [
    'two events of different streams that changed places',
    `UPDATE events SET position = -1 WHERE position = 3; UPDATE events SET position = 3 WHERE position = 4;
     UPDATE events SET position = 4 WHERE position = -1`,
    [
      { position: 3, stream: 'b', version: 2, problem: hashProblem },
      { position: 4, stream: 'a', version: 2, problem: hashProblem },
      { position: 4, stream: 'b', version: 2, problem: 'the stream head does not match the newest event, version 2' },
    ],
  ],
  [
    'a changed head',
    `UPDATE streams SET version = 7 WHERE stream = 'a'`,
    [{ position: 5, stream: 'a', version: 7, problem: 'the stream head does not match the newest event, version 3' }],
  ],
  [
    'a head with another hash',
    `UPDATE streams SET hash = 'x' WHERE stream = 'c'`,
    [{ position: 6, stream: 'c', version: 1, problem: 'the stream head does not match the newest event, version 1' }],
  ],
  [
    'a deleted head',
    `DELETE FROM streams WHERE stream = 'c'`,
    [{ position: 6, stream: '', version: 1, problem: 'the stream has events but no head' }],
  ],
  [
    'data and salt erased together, which leaves the chain whole',
    `UPDATE events SET data = NULL, salt = NULL WHERE position = 3`,
    [{ position: 3, stream: 'a', version: 2, problem: 'the data was erased and no event says by whom' }],
  ],
])('verify names %s', async (_name, sql, findings) => {
  using store = new TestStore();
  await filled(store);
  {
    await using before = await openJournalReadOnly(store.path);
    expect(await before.verify()).toEqual({
      ok: true,
      events: 6,
      streams: 3,
      head: 6,
      findings: [],
      erased: [],
      ...unsealed,
    });
  }
  store.tamper(sql);
  await using after = await openJournalReadOnly(store.path);
  const report = await after.verify();
  expect(report.ok).toBe(false);
  expect(report.findings).toEqual(findings);
});

test('an event whose hash was recomputed after the edit is given away by the one that follows', async () => {
  using store = new TestStore();
  await filled(store);
  await using reader = await openJournalReadOnly(store.path);
  const [first, second] = await reader.read('a');
  if (!first || !second) throw new Error('the stream has no two events');
  const forged = { ...second, actor: 'user:eve' };
  store.tamper(`UPDATE events SET actor = 'user:eve', hash = 'pending' WHERE position = 3`);
  const forgedHash = hashEvent(first.hash, forged, JSON.stringify(forged.lineage), dataHashOf(store));
  store.tamper(`UPDATE events SET hash = '${forgedHash}' WHERE position = 3`);
  expect((await reader.verify()).findings).toEqual([{ position: 5, stream: 'a', version: 3, problem: hashProblem }]);
});

test('a long log is verified beside its writer, with the same report', async () => {
  using store = new TestStore();
  await using journal = await store.open();
  const events = Array.from({ length: worthAThread }, (_, index) => happened({ index }));
  await journal.append([{ stream: 'a', events }], []);
  const seals = [{ from: 1, to: 2, root: 'other', key: 'k' }];
  const [beside, alone] = await Promise.all([journal.verify(seals), reportOf(store, seals)]);
  expect(beside).toEqual(alone);
  expect(beside).toMatchObject({ ok: false, events: worthAThread, findings: [{ position: 2 }] });
});

test('a journal that closes answers first what it was asked to verify', async () => {
  using store = new TestStore();
  const journal = await store.open();
  // More than a page, so that it is not over in the turn in which it begins.
  await journal.append([{ stream: 'a', events: Array.from({ length: 1_200 }, () => happened({})) }], []);
  const verifying = journal.verify();
  await journal[Symbol.asyncDispose]();
  expect(await verifying).toMatchObject({ ok: true, events: 1_200 });
});

test('where there is no thread to be had, nobody is told anything of the log', async () => {
  using store = new TestStore();
  expect(await verifyBeside(`${store.path}-not-there`, [])).toBeUndefined();
});

async function reportOf(store: TestStore, seals: readonly Seal[]): Promise<VerifyReport> {
  await using reader = await openJournalReadOnly(store.path);
  return await reader.verify(seals);
}

function dataHashOf(store: TestStore): string {
  const rows = store.query(`SELECT data_hash FROM events WHERE position = 3`);
  return String(rows[0]?.['data_hash']);
}

test('erased bytes are in no file of the store, and data that came back is named', async () => {
  using store = new TestStore();
  const secret = 'the-secret-in-a-tool-output';
  {
    await using journal = await store.open();
    await journal.append(
      [{ stream: 'a', events: [happened(secret), happened('x'.repeat(9000)), happened(secret)] }],
      [],
    );
    const inFiles = (): boolean =>
      readdirSync(store.folder).some((file) => readFileSync(join(store.folder, file)).includes(secret));
    expect(inFiles()).toBe(true);
    await journal.erase({ positions: [1, 3], project: 'p', actor: 'user:ada', reason: 'asked to' });
    expect(inFiles()).toBe(false);
    expect((await journal.verify()).ok).toBe(true);
  }
  store.tamper(`UPDATE events SET data = '1', salt = zeroblob(16) WHERE position = 3`);
  await using reader = await openJournalReadOnly(store.path);
  const report = await reader.verify();
  expect(report.findings.map(({ position, problem }) => [position, problem])).toEqual([
    [3, dataProblem],
    [3, 'the data is here, though the event at 4 says it was erased'],
  ]);
  expect(report.erased.map(({ position }) => position)).toEqual([1]);
});

test('a store whose pages are damaged is a finding that says where reading ended', async () => {
  using store = new TestStore();
  await filled(store);
  store.damage();
  await using reader = await openJournalReadOnly(store.path);
  const report = await reader.verify();
  expect(report.ok).toBe(false);
  expect(report.findings[0]?.problem).toMatch(/cannot be read from here on/);
});
