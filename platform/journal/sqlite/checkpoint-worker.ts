/**
 * The thread that copies the write-ahead log into the database file each time it is asked, and says when it is done. It reads and writes nothing else.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import * as sql from './sql.ts';

// The cast is what `Checkpointer` passes.
const database = new DatabaseSync(workerData as string, { timeout: 1000 });
database.exec(sql.writerPragmas);
const checkpoint = database.prepare(sql.checkpoint);

parentPort?.on('message', () => {
  checkpoint.get();
  parentPort?.postMessage('done');
});
