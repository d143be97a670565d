/** A file that may not grow any more, as on a full disk or under a quota: the writer says so and takes nothing it cannot keep; what it acknowledged is there, and with room it goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Acknowledged } from './test-child.ts';
import { TestStore } from './test-store.ts';

const program = fileURLToPath(new URL('./test-child.ts', import.meta.url));

// The limit is the kernel's (RLIMIT_FSIZE), set by a tool of Linux.
test.runIf(process.platform === 'linux').each([200_000, 1_000_000, 3_333_333])(
  'no file may be larger than %i bytes',
  async (bytes) => {
    using store = new TestStore();
    await (await store.open())[Symbol.asyncDispose]();
    const child = spawn('prlimit', [`--fsize=${String(bytes)}:`, process.execPath, program, store.path, 'loop'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    const acknowledged: Acknowledged[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      // The child's own lines.
      if (line.startsWith('{') && line.endsWith('}')) acknowledged.push(JSON.parse(line) as Acknowledged);
    }
    const [code] = (await ended) as [number | null]; // what Node gives with 'close'
    expect(code).not.toBe(0);
    expect(complaint).toMatch(/JournalError: .*(?:full|disk I\/O error)/);
    expect(acknowledged.length).toBeGreaterThan(10);

    await using journal = await store.open();
    expect((await journal.verify()).findings).toEqual([]);
    for (const { writer, serial, hashes } of acknowledged) {
      const stored = await Promise.all(
        ['left', 'right'].map((side) => journal.read(`${side}/${String(writer)}`, { after: serial - 1, limit: 1 })),
      );
      expect(stored.map(([event]) => event?.hash)).toEqual(hashes);
    }
    const event = { type: 'thing.happened', project: 'p', actor: 'test', data: null };
    expect((await journal.append([{ stream: 'after', events: [event] }], [])).ok).toBe(true);
  },
);
