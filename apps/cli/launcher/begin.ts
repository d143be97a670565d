/**
 * How a program that waits is told to begin: by a byte on a descriptor of what stands around it. So its sandbox is made while what has to be before it is still under way; closed without a
 * byte, as by the end of who holds it, nothing is started.
 */

import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Tells it to begin; nothing where it does not wait (null). */
export function tellToBegin({ stdio }: Pick<ChildProcess, 'stdio'>, descriptor: number | null): void {
  if (descriptor === null) return;
  const to = stdio[descriptor] as Writable | null; // a pipe, as it was asked for
  to?.on('error', () => undefined).end('.');
}
