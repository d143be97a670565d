/** What a crash or a failing disk leaves of the newest page: what was acknowledged is there, or the store says that it is not whole. Never a store that is silently less. */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openEvidenceKey } from '../checkpoint/checkpoint.ts';
import { Notary } from '../checkpoint/notary.ts';
import { happened, noon } from '../describe-journal.ts';
import type { Seal } from '../journal.ts';
import { killCycles, seeded } from '../kill-cycles.ts';
import { openJournalReadOnly } from './open.ts';
import { TestStore } from './test-store.ts';

const program = fileURLToPath(new URL('./test-child.ts', import.meta.url));
/** A page and what stands before it in the log. */
const frameBytes = 24 + 4096;

/** What a killed writer leaves: a database and a log that was not copied into it. */
async function killed(store: TestStore): Promise<void> {
  await killCycles(
    {
      start: () =>
        spawn(process.execPath, [program, store.path, 'loop'], {
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      // The files as the kill left them are what is looked at next: a reader of a copy leaves them so.
      open: async () => {
        const copy = new TestStore();
        for (const suffix of ['', '-wal'])
          if (existsSync(`${store.path}${suffix}`)) copyFileSync(`${store.path}${suffix}`, `${copy.path}${suffix}`);
        const reader = await openJournalReadOnly(copy.path);
        return {
          read: (...args) => reader.read(...args),
          verify: (...args) => reader.verify(...args),
          [Symbol.asyncDispose]: async () => {
            await reader[Symbol.asyncDispose]();
            copy[Symbol.dispose]();
          },
        };
      },
    },
    1,
    () => 0.5,
  );
  expect(statSync(`${store.path}-wal`).size).toBeGreaterThan(0);
}

async function whole(path: string): Promise<{ readonly head: number; readonly ok: boolean }> {
  await using reader = await openJournalReadOnly(path);
  const { head, ok } = await reader.verify();
  return { head, ok };
}

test('a write that was torn on its way into the log leaves every commit before it, and the store goes on', async () => {
  using store = new TestStore();
  await killed(store);
  const pristine = join(store.folder, 'pristine');
  cpSync(store.path, pristine);
  cpSync(`${store.path}-wal`, `${pristine}-wal`);
  const before = await whole(pristine);
  const random = seeded(7);
  for (const torn of [1, 24, 100, 4096, 4119]) {
    const log = `${store.path}-wal`;
    writeAt(log, framesEnd(log), Buffer.from(Array.from({ length: torn }, () => Math.floor(random() * 256))));
    await using journal = await store.open();
    expect(await journal.verify()).toMatchObject({
      ok: true,
      head: before.head,
    });
    expect((await journal.append([{ stream: 'after', events: [happened()] }], [])).ok).toBe(true);
    await journal[Symbol.asyncDispose]();
    for (const suffix of ['', '-wal']) {
      rmSync(`${store.path}${suffix}`, { force: true });
      if (existsSync(`${pristine}${suffix}`)) cpSync(`${pristine}${suffix}`, `${store.path}${suffix}`);
    }
    rmSync(`${store.path}-shm`, { force: true });
  }
});

test('a log whose newest frames are gone or garbled is a journal up to them, whole, and who has seen more names what is missing', async () => {
  using store = new TestStore();
  await killed(store);
  const { head } = await whole(store.path);
  for (const damage of ['cut', 'garbled'] as const) {
    using copy = new TestStore();
    for (const suffix of ['', '-wal']) copyFileSync(`${store.path}${suffix}`, `${copy.path}${suffix}`);
    const seal = await sealed(copy);
    const log = `${copy.path}-wal`;
    const end = framesEnd(log);
    if (damage === 'cut') truncateSync(log, end - 2000);
    else writeAt(log, end - 4000, Buffer.alloc(4000, 0xa5));
    rmSync(`${copy.path}-shm`, { force: true });
    await using journal = await copy.open();
    const report = await journal.verify();
    expect(report).toMatchObject({ ok: true });
    expect(report.head).toBeGreaterThanOrEqual(head);
    expect(report.head).toBeLessThan(seal.to + 1);
    expect((await journal.verify([seal])).findings.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/witnessed elsewhere and (?:are|is) missing: the log was cut off or set back/),
    ]);
  }
});

/** Something more in the log, and the checkpoint of it that somebody else has, with the log left as a crash leaves it. */
async function sealed(store: TestStore): Promise<Seal> {
  const kept = new TestStore();
  let seal: Seal;
  {
    const journal = await store.open();
    using notary = await Notary.open(journal, {
      plane: 'control',
      key: openEvidenceKey(join(store.folder, 'evidence.key')),
      now: () => noon,
    });
    await journal.append([{ stream: 'more', events: [happened()] }], []);
    const checkpoint = await notary.seal();
    if (!checkpoint) throw new Error('nothing was sealed');
    seal = { to: checkpoint.to, root: checkpoint.root, key: checkpoint.key };
    for (const suffix of ['', '-wal']) copyFileSync(`${store.path}${suffix}`, `${kept.path}${suffix}`);
    await journal[Symbol.asyncDispose]();
  }
  for (const suffix of ['', '-wal']) copyFileSync(`${kept.path}${suffix}`, `${store.path}${suffix}`);
  kept[Symbol.dispose]();
  return seal;
}

function writeAt(path: string, from: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, from);
  closeSync(file);
}

/** Where the frames of a log that was never begun anew end; what follows is room (https://www.sqlite.org/fileformat2.html#walformat). */
function framesEnd(log: string): number {
  const bytes = readFileSync(log);
  let end = 32;
  while (end + frameBytes <= bytes.length && bytes.readUInt32BE(end) !== 0) end += frameBytes;
  return end;
}

test('a database whose newest page is gone or garbled is refused, or named by verification', async () => {
  for (const damage of ['cut', 'garbled'] as const) {
    using store = new TestStore();
    {
      await using journal = await store.open();
      for (let i = 0; i < 300; i++)
        await journal.append(
          [
            {
              stream: `s-${String(i % 5)}`,
              events: [happened({ i, filler: 'x'.repeat(200) })],
            },
          ],
          [],
        );
    }
    expect(existsSync(`${store.path}-wal`)).toBe(false);
    const { size } = statSync(store.path);
    if (damage === 'cut') truncateSync(store.path, size - 4096);
    else writeAt(store.path, size - 4096, Buffer.alloc(4096, 0xa5));
    const found: unknown = await (async () => {
      await using reader = await openJournalReadOnly(store.path);
      return (await reader.verify()).ok;
    })().catch((error: unknown) => error);
    expect([false, 'refused']).toContainEqual(found instanceof Error ? 'refused' : found);
    expect(readFileSync(store.path).length).toBe(damage === 'cut' ? size - 4096 : size);
  }
});
