/** `node:child_process`: no program runs in the simulation, and whoever starts one is told so. */

import { EventEmitter } from 'node:events';

function nothing(...args: unknown[]): EventEmitter {
  const done = args.at(-1);
  const error = Object.assign(new Error('no program runs in the simulation'), { code: 'ENOENT' });
  if (typeof done === 'function') queueMicrotask(() => (done as (...answer: unknown[]) => void)(error, '', ''));
  return new EventEmitter();
}

export const [execFile, spawn, exec] = [nothing, nothing, nothing];
export const execFileSync = (): never => {
  throw new Error('no program runs in the simulation');
};
export const spawnSync = (): never => execFileSync();
