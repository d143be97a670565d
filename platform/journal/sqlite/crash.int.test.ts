import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { JournalError } from '../errors.ts';
import { killCycles } from '../kill-cycles.ts';
import { openJournalReadOnly } from './open.ts';
import { TestStore } from './test-store.ts';

const program = fileURLToPath(new URL('./test-child.ts', import.meta.url));

function start(path: string, mode: 'loop' | 'throw'): ChildProcess {
  return spawn(process.execPath, [program, path, mode], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The lines the child says, ended by its end. */
function linesOf(child: ChildProcess): AsyncIterable<string> {
  if (!child.stdout) throw new Error('the child has no stdout');
  return createInterface({ input: child.stdout });
}

test('after kill -9 at any moment, every acknowledged append is there, whole, and the log verifies', async () => {
  using store = new TestStore();
  const target = {
    start: () => start(store.path, 'loop'),
    open: async () => {
      await (await store.open())[Symbol.asyncDispose]();
      return openJournalReadOnly(store.path);
    },
  };
  // A thousand of them are in kill.faults.test.ts.
  expect(await killCycles(target, 8, Math.random)).toBeGreaterThan(0);
});

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
