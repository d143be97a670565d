/** The enforcer as a process of its own over the folder given, for measurements from outside. It tells its parent when it has heard control. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startEnforcerServer } from '@writ/server';

const server = await startEnforcerServer({ dir: process.argv[2] ?? '' });
while (server.enforcer.controlHeardMsAgo === null) await sleep(10);
process.send?.('ready');
process.once('disconnect', () => void server.close());
