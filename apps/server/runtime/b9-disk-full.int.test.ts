/**
 * B9 (the Agent SDK's `session_writes_lost`): the disk under the runtime is full. Nothing new is begun, who asks is told why, and nothing that was acknowledged is lost. The runtime is a process of its own
 * whose files may not grow beyond a bound.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { size } from './at-work.ts';
import { openSession } from './session-testing.ts';
import { must, openBench, until } from './testing.ts';

/** The runtime of `dir` in a process of its own, on a disk that has `kilobytes` for a file. */
async function onSmallDisk(dir: string, kilobytes: number): Promise<AsyncDisposable> {
  const script = `
    const { startRuntimeServer, createLog } = await import(${JSON.stringify(import.meta.resolve('@writ/server'))});
    const log = createLog({ plane: 'runtime', level: 'silent', write: () => undefined, now: Date.now });
    await startRuntimeServer({ dir: ${JSON.stringify(dir)}, retryDelayMs: 50, log });
    process.stdout.write('up');`;
  const limited = `ulimit -S -f ${String(kilobytes)}; exec "$0" --input-type=module -e "$1"`;
  const child = spawn('bash', ['-c', limited, process.execPath, script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

it('B9: on a full disk nothing is begun, the loss is said, and what was acknowledged is there', async () => {
  await using bench = await openBench();
  const ran = join(bench.repository, 'ran');
  const { id } = await openSession(bench, { argv: ['sh', '-c', 'echo x >> ran'] });
  const params = { id };
  must(await bench.runtime.call(runtimeApi.pauseSession, { params, body: {} }));
  must(await bench.runtime.call(runtimeApi.admit, { params, body: { text: 'admitted before' } }));
  await bench.stop();
  const kept: string[] = [];
  {
    await using _full = await onSmallDisk(bench.house.dir, 1_024);
    // Large ones until none fits, then small ones: nothing fits any more.
    const fill = async (chars: number) => {
      for (let n = 0; n < 2_000; n += 1) {
        const text = `note ${String(n)} ${'x'.repeat(chars)}`;
        const answer = await bench.runtime.call(runtimeApi.leaveNote, { params, body: { text } });
        if (!answer.ok) return answer.problem;
        kept.push(text);
      }
      return null;
    };
    await fill(3_000);
    const refusal = await fill(1);
    expect(refusal).toMatchObject({ status: 503, code: 'store_failed' });
    expect(kept.length).toBeGreaterThan(5);
    expect(await bench.runtime.call(runtimeApi.unpauseSession, { params, body: {} })).toMatchObject({
      ok: false,
      problem: { code: 'store_failed' },
    });
    expect(await bench.runtime.call(runtimeApi.admit, { params, body: { text: 'and now' } })).toMatchObject({
      ok: false,
      problem: { code: 'store_failed' },
    });
    // It can still be read.
    expect(must(await bench.runtime.call(runtimeApi.getSession, { params })).state).toBe('paused');
  }
  expect(size(ran)).toBe(0);
  await bench.start();
  const { items } = must(await bench.runtime.call(runtimeApi.sessionLog, { params, query: { limit: 10_000 } }));
  const notes = items.flatMap(({ type, data }) => (type === 'note.left' ? [(data as { text: string }).text] : [])); // as notes are written
  expect(notes).toEqual(kept);
  expect((await bench.server().runtime.verify([])).findings).toEqual([]);
  must(await bench.runtime.call(runtimeApi.unpauseSession, { params, body: {} }));
  await until('what waited goes on', () => size(ran) === 2);
});
