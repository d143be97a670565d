/** Acknowledged means synced: the system calls of a writer are looked at, not its word. Needs `strace`; a machine without one fails this, it does not leave it out. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { TestStore } from './test-store.ts';

const program = fileURLToPath(new URL('./test-child.ts', import.meta.url));
const appends = 200;

type Call = {
  readonly name: string;
  readonly about: string;
  readonly isEnd: boolean;
};

/** The calls in order. One that another thread interrupted is told in two lines: where it ends is where it counts. */
function callsIn(trace: string): readonly Call[] {
  const begun = new Map<string, string>();
  return trace.split('\n').flatMap((line): readonly Call[] => {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>/.exec(text);
    if (resumed) return [{ name: resumed[1] ?? '', about: begun.get(thread) ?? '', isEnd: true }];
    const name = /^(\w+)\(/.exec(text)?.[1];
    if (name === undefined) return [];
    begun.set(thread, text);
    return [{ name, about: text, isEnd: !text.endsWith('<unfinished ...>') }];
  });
}

test('between the last write to the log and each acknowledgement the log was synced', async () => {
  using store = new TestStore();
  const trace = join(store.folder, 'trace');
  const watched = 'trace=pwrite64,pwritev,write,fsync,fdatasync';
  const args = [
    '-f',
    '-y',
    '-s',
    '40',
    '-e',
    watched,
    '-o',
    trace,
    process.execPath,
    program,
    store.path,
    String(appends),
  ];
  await promisify(execFile)('strace', args, { maxBuffer: 64 * 1024 * 1024 });
  let isDirty = false;
  let [syncs, acknowledged] = [0, 0];
  for (const { name, about, isEnd } of callsIn(readFileSync(trace, 'utf8'))) {
    const isLog = about.includes('control.db-wal>');
    if (isLog && name.startsWith('pwrite')) isDirty = true;
    if (isLog && name.endsWith('sync') && isEnd) {
      isDirty = false;
      syncs += 1;
    }
    if (name === 'write' && /^write\(1<.*"\{\\"writer\\"/.test(about) && !about.startsWith('<')) {
      expect(isDirty).toBe(false);
      acknowledged += 1;
    }
  }
  expect(acknowledged).toBe(appends);
  // One append at a time: each has a sync of its own.
  expect(syncs).toBeGreaterThanOrEqual(appends);
}, 60_000);
