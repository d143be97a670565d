/** Control as a process of its own over the folder given, for measurements from outside. It tells its parent where it listens. */
import { startControlServer } from '@writ/server';

const server = await startControlServer({ dir: process.argv[2] ?? '', rates: null });
process.send?.(server.url);
process.once('disconnect', () => void server.close());
