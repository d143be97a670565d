/** A thread that reads histories for `writ look`: it is given a file at a time, and says what is in it in batches. */

import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { HistoryFile } from '@writ/enforce';
import type { LookPlace } from './judge-recorded.ts';
import type { Seen } from './seen.ts';

export type WorkerGiven = {
  readonly place: LookPlace;
  readonly since: number;
  /** Where Node finds what it compiled before; null where it keeps nothing. */
  readonly compiled: string | null;
};
export type WorkerSays =
  | { readonly kind: 'seen'; readonly batch: readonly Seen[] }
  | { readonly kind: 'read'; readonly path: string; readonly failed: string | null };

const port = parentPort;
if (port === null) throw new Error('this runs as a thread of `writ look`');
// What `look-all.ts` started it with.
const { place, since, compiled } = workerData as WorkerGiven;
// Of this thread alone, and before the first file that is stripped of its types: they are most of what its start costs.
if (compiled !== null) enableCompileCache(compiled);
const { readOne } = await import('./read-one.ts');
const { createRecordedJudge } = await import('./judge-recorded.ts');
const judge = createRecordedJudge(place);

port.on('message', (file: HistoryFile) => {
  const say = (message: WorkerSays): void => {
    port.postMessage(message);
  };
  const failed = readOne(file, since, judge, (batch) => {
    say({ kind: 'seen', batch });
  });
  say({ kind: 'read', path: file.path, failed });
});
