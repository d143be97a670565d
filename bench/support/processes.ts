/** Processes of a measurement: started with a script of this folder, heard once, and ended with it. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a process says next. Rejects when it ends without a word. */
export async function nextWord(child: ChildProcess): Promise<string> {
  const over = new AbortController();
  const silent = once(child, 'exit', { signal: over.signal }).then(() => {
    throw new Error('a process of the measurement ended before it said what it was to say');
  });
  try {
    const [said] = (await Promise.race([once(child, 'message', { signal: over.signal }), silent])) as [string]; // scripts send strings
    return said;
  } finally {
    over.abort();
    silent.catch(() => undefined); // given up
  }
}

/** `start` resolves with what the script says first, `spawn` with the process as well; `end` disconnects them all and waits until they are gone. */
export function processes() {
  const children: ChildProcess[] = [];
  async function spawn(script: string, ...args: readonly string[]): Promise<{ child: ChildProcess; said: string }> {
    const child = fork(join(import.meta.dirname, script), args);
    children.push(child);
    return { child, said: await nextWord(child) };
  }
  return {
    spawn,
    start: async (script: string, ...args: readonly string[]): Promise<string> => (await spawn(script, ...args)).said,
    async end(): Promise<void> {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = once(child, 'exit');
          if (child.connected) child.disconnect();
          await gone;
        }),
      );
    },
  };
}
