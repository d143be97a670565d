import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { JournalError } from '../errors.ts';
import type { Journal } from '../journal.ts';
import { openJournalReadOnly } from './open.ts';
import type { Acknowledged } from './test-child.ts';
import { TestStore } from './test-store.ts';

const program = fileURLToPath(new URL('./test-child.ts', import.meta.url));

function start(path: string, mode: 'loop' | 'throw'): ChildProcess {
  return spawn(process.execPath, [program, path, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The lines the child says, ended by its end. */
function linesOf(child: ChildProcess): AsyncIterable<string> {
  if (!child.stdout) throw new Error('the child has no stdout');
  return createInterface({ input: child.stdout });
}

/** Runs the child until it has acknowledged `enough` appends, kills it, and gives everything it said, the last moments too. */
async function runAndKill(path: string, enough: number): Promise<Acknowledged[]> {
  const child = start(path, 'loop');
  const ended = once(child, 'close');
  const acknowledged: Acknowledged[] = [];
  for await (const line of linesOf(child)) {
    if (line === 'open') continue;
    acknowledged.push(JSON.parse(line) as Acknowledged);
    if (acknowledged.length === enough) child.kill('SIGKILL');
  }
  const [, signal] = (await ended) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return acknowledged;
}

/** The hashes of each pair, by writer and serial; throws when a pair is torn. */
async function pairsIn(journal: Pick<Journal, 'read'>): Promise<Map<string, string[]>> {
  const pairs = new Map<string, string[]>();
  for (const writer of [0, 1, 2, 3]) {
    const left = await journal.read(`left/${String(writer)}`);
    const right = await journal.read(`right/${String(writer)}`);
    expect(right.map((event) => event.data)).toEqual(left.map((event) => event.data));
    for (const [index, event] of left.entries()) {
      pairs.set(`${String(writer)}.${String(index + 1)}`, [event.hash, right[index]?.hash ?? '']);
    }
  }
  return pairs;
}

test('after kill -9 at any moment, every acknowledged append is there, whole, and the log verifies', async () => {
  using store = new TestStore();
  const acknowledged: Acknowledged[] = [];
  for (let cycle = 0; cycle < 20; cycle++) {
    acknowledged.push(...(await runAndKill(store.path, 1 + cycle * 7)));
    await using reader = await openJournalReadOnly(store.path);
    const report = await reader.verify();
    expect(report.findings).toEqual([]);
    expect(report.head).toBeGreaterThanOrEqual(acknowledged.length * 2);
    const pairs = await pairsIn(reader);
    for (const { writer, serial, hashes } of acknowledged) {
      expect(pairs.get(`${String(writer)}.${String(serial)}`)).toEqual(hashes);
    }
  }
  await using journal = await store.open();
  expect((await journal.verify()).ok).toBe(true);
}, 60_000);

test('a second process is refused by the holder’s number and gets in once the holder was killed', async () => {
  using store = new TestStore();
  const child = start(store.path, 'loop');
  const ended = once(child, 'close');
  for await (const line of linesOf(child)) {
    if (line !== 'open') continue;
    const refused: unknown = await store.open().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(JournalError);
    expect(refused).toMatchObject({ kind: 'locked' });
    expect(String(refused)).toContain(`process \`${String(child.pid)}\``);
    child.kill('SIGKILL');
  }
  await ended;
  await using journal = await store.open();
  expect((await journal.verify()).ok).toBe(true);
});

test('a projection that throws ends the process before the append is acknowledged', async () => {
  using store = new TestStore();
  const child = start(store.path, 'throw');
  let said = '';
  let complaint = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).not.toBe(0);
  expect(complaint).toContain('the fold broke');
  expect(said).toBe('');
  await using journal = await store.open();
  expect(await journal.head()).toBe(2);
});
