/**
 * Looks at every history there is: in this thread where there is little, in several where there is much. It reads, and writes nothing anywhere.
 */

import { getCompileCacheDir } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { HistoryFile } from '@writ/enforce';
import { recordedPrices } from '@writ/enforce';
import type { LookPlace } from './judge-recorded.ts';
import { createRecordedJudge } from './judge-recorded.ts';
import type { WorkerGiven, WorkerSays } from './look-worker.ts';
import { readOne } from './read-one.ts';
import type { Look } from './tally.ts';
import { createTally } from './tally.ts';

export type LookedAt = Look & {
  readonly files: number;
  readonly bytes: number;
  readonly unreadable: readonly { readonly path: string; readonly why: string }[];
};

const littleBytes = 48 * 1024 * 1024;
const mostThreads = 4;
/** A line is parsed whole, and little else is kept. */
const resourceLimits = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 32 };

/** Everything `files` say since `since` (milliseconds since the epoch), in all repositories or in the one at `root`. Files not written since then are not opened. */
export async function lookAll(
  files: readonly HistoryFile[],
  place: LookPlace,
  since: number,
  root: string | null = null,
): Promise<LookedAt> {
  const wanted = files.filter(({ writtenAt }) => writtenAt >= since).toSorted((a, b) => b.bytes - a.bytes);
  const bytes = wanted.reduce((sum, file) => sum + file.bytes, 0);
  const tally = createTally(await recordedPrices(), root);
  const unreadable: { path: string; why: string }[] = [];
  const finished = (path: string, failed: string | null): void => {
    if (failed !== null) unreadable.push({ path, why: failed });
  };
  const threads = Math.min(mostThreads, availableParallelism(), Math.ceil(bytes / littleBytes), wanted.length);
  if (threads <= 1) {
    const judge = createRecordedJudge(place);
    for (const file of wanted)
      finished(
        file.path,
        readOne(file, since, judge, (batch) => {
          batch.forEach(tally.add);
        }),
      );
  } else {
    const queue = [...wanted];
    const one = (): Promise<void> =>
      inThread(queue, { place, since, compiled: getCompileCacheDir() ?? null }, tally.add, finished);
    await Promise.all(Array.from({ length: threads }, one));
  }
  return { ...tally.result(), files: wanted.length, bytes, unreadable };
}

/** One thread, which takes files from `queue` until none is left. */
function inThread(
  queue: HistoryFile[],
  given: WorkerGiven,
  add: ReturnType<typeof createTally>['add'],
  finished: (path: string, failed: string | null) => void,
): Promise<void> {
  const worker = new Worker(new URL('./look-worker.ts', import.meta.url), {
    workerData: given,
    resourceLimits,
  });
  const next = (): void => {
    const file = queue.shift();
    if (file === undefined) void worker.terminate();
    else worker.postMessage(file);
  };
  return new Promise((resolve, reject) => {
    worker.on('message', (said: WorkerSays) => {
      if (said.kind === 'seen') said.batch.forEach(add);
      else {
        finished(said.path, said.failed);
        next();
      }
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      resolve();
    });
    next();
  });
}
