/** Verifies a store on a thread of its own, so that a long log holds up nobody who writes or reads meanwhile. It reads through a connection of its own and changes nothing. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Seal, VerifyReport } from '../journal.ts';

/** A log of fewer events is verified sooner than a thread has started. */
export const worthAThread = 5_000;

/** The report on the store at `path`, or undefined where the thread could not give one; who asks verifies it then by itself. */
export async function verifyBeside(path: string, expected: readonly Seal[]): Promise<VerifyReport | undefined> {
  const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { workerData: { path, expected } });
  try {
    // The cast is what the worker posts.
    const [report] = (await once(worker, 'message')) as [VerifyReport];
    return report;
  } catch {
    // Memory or threads have run out, or the file cannot be opened a second time: nothing that says anything of the log.
    return undefined;
  } finally {
    await worker.terminate();
  }
}
