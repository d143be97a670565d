/** The thread that verifies one store, says what it found, and is done. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Seal } from '../journal.ts';
import { openToRead } from './open-database.ts';
import { verifyStore } from './verify.ts';

// The cast is what `verifyBeside` passes.
const { path, expected } = workerData as { readonly path: string; readonly expected: readonly Seal[] };
using database = openToRead(path);
parentPort?.postMessage(await verifyStore(database, expected));
