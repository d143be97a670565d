/** The part of the conformance suite that is about snapshots: `describeJournal` runs it for every adapter. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Envelope, Journal } from './journal.ts';
import { Notary } from './checkpoint/notary.ts';
import type { Folding } from './snapshot/kept-fold.ts';
import { KeptFold } from './snapshot/kept-fold.ts';
import type { SnapshotKeys, StoredSnapshot } from './snapshot/snapshot.ts';
import { signSnapshot } from './snapshot/snapshot.ts';

type Open = (options?: { store?: string; now?: () => number }) => Promise<Journal>;

const newKey = () => generateKeyPairSync('ed25519').privateKey;
const keys: SnapshotKeys = { own: newKey(), evidence: newKey() };

/** The sum of what happened, by stream; the last word that was said. */
type Sums = { readonly of: Map<string, number>; word: string | null };

const folding: Folding<Sums> = {
  name: 'sums',
  version: '1',
  fresh: () => ({ of: new Map(), word: null }),
  fold: (state, { stream, type, data }: Envelope) => {
    if (type === 'number.added') state.of.set(stream, (state.of.get(stream) ?? 0) + Number(data));
    if (type === 'word.said') state.word = typeof data === 'string' ? data : null;
  },
  freeze: (state) => state,
  thaw: (frozen) => frozen as Sums, // as `freeze` gave it
  sizeOf: ({ of }) => of.size,
};

async function add(journal: Journal, stream: string, times = 1): Promise<void> {
  const event = { type: 'number.added', data: 1, project: 'p', actor: 'user:ada' };
  await journal.append([{ stream, events: Array.from({ length: times }, () => event) }], []);
}
const say = (journal: Journal, word: string) =>
  journal.append(
    [{ stream: 'words', events: [{ type: 'word.said', data: word, project: 'p', actor: 'user:ada' }] }],
    [],
  );

/** Opens the fold; `told` are the sentences for the log. */
async function openFold(journal: Journal, more: Partial<Folding<Sums>> & { readonly by?: SnapshotKeys } = {}) {
  const told: string[] = [];
  let folded = 0;
  const { by = keys, ...rest } = more;
  const counting: Folding<Sums> = {
    ...folding,
    fold: (state, event) => {
      folded += 1;
      folding.fold(state, event);
    },
    ...rest,
  };
  const options = { keys: by, now: () => 0, tell: (sentence: string) => void told.push(sentence) };
  const kept = await KeptFold.open(journal, counting, options);
  return { kept, told, folded: () => folded };
}

/** A snapshot of what is in the journal, as the fold itself would have kept it. */
async function taken(journal: Journal): Promise<StoredSnapshot> {
  const { kept } = await openFold(journal);
  await kept[Symbol.asyncDispose]();
  const stored = await journal.snapshot('sums');
  if (stored === undefined) throw new Error('no snapshot was kept');
  return stored;
}

/** Declares these tests for one adapter. */
export function describeSnapshots(open: Open): void {
  test('a fold begins at its snapshot, and has the state that all events give', async () => {
    const store = 'kept-fold';
    let after: Sums;
    {
      await using journal = await open({ store });
      await add(journal, 'a', 900);
      await add(journal, 'b', 200);
      await taken(journal);
      await add(journal, 'a', 7);
      after = (await openFold(journal)).kept.state;
    }
    await using journal = await open({ store });
    const { kept, folded, told } = await openFold(journal);
    expect(folded()).toBe(7);
    expect(kept.state).toEqual(after);
    expect(kept.state.of).toEqual(
      new Map([
        ['a', 907],
        ['b', 200],
      ]),
    );
    expect(told).toEqual([]);
    await add(journal, 'b', 1);
    expect(kept.state.of.get('b')).toBe(201);
    expect(await journal.verify()).toMatchObject({ ok: true, events: 1_108 });
  });

  test('a snapshot is no event, and a later one takes its place', async () => {
    await using journal = await open();
    await add(journal, 'a', 1_000);
    const first = await taken(journal);
    expect(await journal.head()).toBe(1_000);
    await add(journal, 'a', 1_000);
    const second = await taken(journal);
    expect([first.position, second.position]).toEqual([1_000, 2_000]);
    expect(await journal.snapshot('other')).toBeUndefined();
  });

  test('while it goes on, a fold keeps a snapshot each ten thousand events', async () => {
    await using journal = await open();
    const { kept } = await openFold(journal);
    await add(journal, 'a', 9_999);
    await kept.keepDue();
    expect(await journal.snapshot('sums')).toBeUndefined();
    await add(journal, 'a');
    await kept.keepDue();
    expect((await journal.snapshot('sums'))?.position).toBe(10_000);
  });

  test.each<[string, (good: StoredSnapshot) => StoredSnapshot, RegExp]>([
    [
      'its content was edited',
      (good) => ({ ...good, content: Buffer.concat([good.content, Buffer.of(0)]) }),
      /it is not what was signed$/,
    ],
    ['it says another position', (good) => ({ ...good, position: good.position - 1 }), /it is not what was signed$/],
    [
      'another key signed it',
      (good) => signSnapshot(good, { own: newKey(), evidence: keys.evidence }),
      /another key signed it$/,
    ],
    [
      'it is of another log',
      (good) => signSnapshot({ ...good, headHash: 'x'.repeat(43) }, keys),
      /the event at `1000`, at which it was taken, is not in the log$/,
    ],
    [
      'it is of another version',
      (good) => signSnapshot({ ...good, foldVersion: '0' }, keys),
      /it is of version `0`, and this is `1`$/,
    ],
    [
      'it cannot be read',
      (good) => signSnapshot({ ...good, content: Buffer.from('no state') }, keys),
      /it cannot be read/,
    ],
  ])('a snapshot is not used, the log is read and the snapshot made anew when %s', async (_, change, why) => {
    await using journal = await open();
    await add(journal, 'a', 1_000);
    const good = await taken(journal);
    await journal.keepSnapshot(change(good));
    const { kept, told, folded } = await openFold(journal);
    expect(folded()).toBe(1_000);
    expect(kept.state.of.get('a')).toBe(1_000);
    expect(told).toEqual([expect.stringMatching(why)]);
    expect(await journal.snapshot('sums')).toMatchObject({
      position: 1_000,
      headHash: good.headHash,
      foldVersion: '1',
    });
    expect((await openFold(journal)).told).toEqual([]);
  });

  test('verification names a snapshot that is not what it should be', async () => {
    await using journal = await open();
    using notary = await Notary.open(journal, { plane: 'sums', key: keys.evidence, now: () => 0 });
    await add(journal, 'a', 1_000);
    await notary.seal();
    const good = await taken(journal);
    const named = async (snapshot: StoredSnapshot): Promise<readonly string[]> => {
      await journal.keepSnapshot(snapshot);
      const { findings } = await journal.verify();
      return findings.map(({ position, problem }) => `${String(position)} ${problem}`);
    };
    expect(await named(good)).toEqual([]);
    expect(await named({ ...good, content: Buffer.from('edited') })).toEqual([
      '1001 the snapshot of `sums` is not what its key signed: it was edited or swapped',
    ]);
    const strangers = { own: newKey(), evidence: newKey() };
    expect(await named(signSnapshot(good, strangers))).toEqual([
      '1001 the snapshot of `sums` was signed by a key that no key of this log vouches for: it was put there by somebody else',
    ]);
    expect(await named(signSnapshot({ ...good, headHash: 'x' }, keys))).toEqual([
      '1001 the snapshot of `sums` was taken at event 1001 of another log: it was swapped, or the log was set back',
    ]);
    expect(await named(good)).toEqual([]);
  });

  test('what was erased is in no snapshot, neither one of before nor one of after', async () => {
    await using journal = await open();
    await add(journal, 'a', 1_000);
    await say(journal, 'a secret');
    const { kept } = await openFold(journal);
    const before = await taken(journal);
    await journal.erase({ positions: [1_001], project: 'p', actor: 'user:ada', reason: 'asked to' });
    expect(await journal.snapshot('sums')).toBeUndefined();
    // One that was under way while it was erased comes too late.
    await journal.keepSnapshot(before);
    expect(await journal.snapshot('sums')).toBeUndefined();
    await add(journal, 'a', 1_000);
    // The state in memory was folded before the erasure.
    expect(kept.state.word).toBe('a secret');
    await kept[Symbol.asyncDispose]();
    const stored = await journal.snapshot('sums');
    expect(stored?.position).toBe(2_002);
    expect(Buffer.from(stored?.content ?? []).includes('secret')).toBe(false);
    expect((await openFold(journal)).kept.state).toMatchObject({ word: null });
  });

  test('a state too large for a snapshot is said once, and read from the last one there is', async () => {
    await using journal = await open();
    await add(journal, 'a', 1_100);
    await taken(journal);
    await add(journal, 'a', 10_000);
    const { kept, told } = await openFold(journal, { sizeOf: () => 200_001 });
    await add(journal, 'a', 10_000);
    await kept.keepDue();
    await kept[Symbol.asyncDispose]();
    expect(told).toEqual([expect.stringContaining('no snapshot of `sums` is kept: it holds 200001 things')]);
    const again = await openFold(journal);
    expect(again.folded()).toBe(20_000);
    expect(again.kept.state.of).toEqual(new Map([['a', 21_100]]));
  });

  test('a snapshot beyond the log is not stored', async () => {
    await using journal = await open();
    await add(journal, 'a', 1_000);
    const good = await taken(journal);
    await using other = await open();
    await add(other, 'a');
    await other.keepSnapshot(good);
    expect(await other.snapshot('sums')).toBeUndefined();
  });
}
