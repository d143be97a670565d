import { expect, test } from 'vitest';
import { describeJournal, happened, noon } from '../describe-journal.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedJournal } from './simulated-journal.ts';

const disks = new Map<string, SimulatedDisk>();
const diskOf = (store: string): SimulatedDisk => {
  const disk = disks.get(store) ?? new SimulatedDisk();
  disks.set(store, disk);
  return disk;
};

describeJournal('simulated', async ({ store, organisation, now }) =>
  Promise.resolve(new SimulatedJournal(diskOf(store), { organisation, now, afterSync: (done) => setImmediate(done) })),
);

/** A journal whose disk syncs when it is told to. */
function slow(disk: SimulatedDisk) {
  const waiting: (() => void)[] = [];
  const options = { organisation: 'acme', now: () => noon, afterSync: (done: () => void) => void waiting.push(done) };
  const journal = new SimulatedJournal(disk, options);
  const step = (): void => waiting.shift()?.();
  return { journal, step };
}

const write = (n: number) => [{ stream: 'a', events: [happened(n)] }];

test('a crash takes what was not synced and nothing that was, and a torn frame is cut off whole', async () => {
  for (const share of [0, 0.3, 0.99]) {
    const disk = new SimulatedDisk();
    const { journal, step } = slow(disk);
    const first = journal.append(write(1), []);
    step();
    step();
    expect((await first).ok).toBe(true);
    void journal.append(write(2), []);
    step();
    disk.crash((unsynced) => Math.floor(unsynced * share));
    const { journal: again } = slow(disk);
    expect((await again.readAll()).map(({ data }) => data)).toEqual([1]);
    expect((await again.verify()).ok).toBe(true);
  }
});

test('an event the crash left whole is there although nobody was told', async () => {
  const disk = new SimulatedDisk();
  const { journal, step } = slow(disk);
  void journal.append(write(1), []);
  step();
  disk.crash((unsynced) => unsynced);
  expect(await slow(disk).journal.head()).toBe(1);
});

test('a disk that fails keeps nothing of the append and takes the next', async () => {
  const disk = new SimulatedDisk();
  const { journal, step } = slow(disk);
  disk.fault = 'no space left on device';
  const refused = journal.append(write(1), []);
  step();
  await expect(refused).rejects.toMatchObject({ kind: 'store' });
  disk.fault = undefined;
  const taken = journal.append(write(2), [{ stream: 'a', version: 0 }]);
  step();
  step();
  expect((await taken).ok).toBe(true);
});

test('a copy of the disk that is put back is the journal as it was then', async () => {
  const disk = new SimulatedDisk();
  const { journal, step } = slow(disk);
  const first = journal.append(write(1), []);
  step();
  step();
  await first;
  const copy = disk.image();
  const second = journal.append(write(2), []);
  step();
  step();
  await second;
  disk.replace(copy);
  expect((await slow(disk).journal.readAll()).map(({ data }) => data)).toEqual([1]);
});
