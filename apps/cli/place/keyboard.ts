/** Reading one key, or one line, from the person at the terminal. Restores the terminal whatever happens. */

import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Io } from '../io.ts';
import { interruption } from './interruption.ts';

/** Whether there is a person at both ends: keys can be read and questions seen. */
export const canAsk = (io: Io): boolean => io.stdin.isTTY && io.stdout.isTTY;

/** Shows `question` and waits for one of `keys` (lower case). Null for Ctrl-C, Ctrl-D or Escape, or when `signal` aborts. */
export function readKey(
  io: Io,
  question: string,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<string | null> {
  const { stdin, stdout } = io;
  return new Promise((resolve) => {
    const end = (answer: string | null): void => {
      stdin.off('data', onData);
      signal?.removeEventListener('abort', onAbort);
      stdin.setRawMode(false);
      stdin.pause();
      stdout.write(`${answer ?? ''}\n`);
      resolve(answer);
    };
    const onData = (chunk: Buffer | string): void => {
      const key = chunk.toString().toLowerCase();
      if (key === '\u0003' || key === '\u0004' || key === '\u001b') end(null);
      else if (keys.includes(key)) end(key);
    };
    const onAbort = (): void => end(null);
    stdout.write(question);
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', onData);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Calls `pressed` for each key until disposed. Ctrl-C arrives as the key `\u0003`. */
export function onKeys(io: Io, pressed: (key: string) => void): Disposable {
  const { stdin } = io;
  const onData = (chunk: Buffer | string): void => pressed(chunk.toString());
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('data', onData);
  return {
    [Symbol.dispose]() {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

/** Shows `question` and reads one line. Null when the input ended or was interrupted; empty lines are returned as they are. */
export async function readLine(io: Io, question: string): Promise<string | null> {
  const lines = createInterface({ input: io.stdin, output: io.stdout, terminal: io.stdout.isTTY });
  try {
    return await lines.question(question);
  } catch {
    return null; // Ctrl-C, or the end of the input
  } finally {
    lines.close();
  }
}

/**
 * Shows `question` on standard error and reads one line as the terminal itself edits it. Null at the end of the input and for Ctrl-C.
 *
 * INVARIANT: the terminal's mode is not touched, so that nothing of ours has to put it back once it is another program's.
 */
export async function readTypedLine({ stdin, stderr }: Io, question: string): Promise<string | null> {
  const lines = createInterface({ input: stdin, terminal: false });
  using stop = interruption();
  try {
    stderr.write(question);
    const [line] = await Promise.race([
      // The signatures of readline's events.
      once(lines, 'line', { signal: stop.signal }) as Promise<[string]>,
      once(lines, 'close').then((): [null] => [null]),
    ]);
    if (line === null) stderr.write('\n');
    return line;
  } catch {
    stderr.write('\n');
    return null; // interrupted
  } finally {
    lines.close();
  }
}
