/**
 * One history, read from its start to its end in little memory: lines as bytes, of which only those are parsed that say something.
 *
 * It never writes, and a line longer than any that a harness writes is passed over.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { readClaude } from './claude-history.ts';
import { codexReader } from './codex-history.ts';
import type { HistoryFile } from './find-histories.ts';
import { readOpencode } from './opencode-history.ts';
import type { Recorded } from './recorded.ts';

const chunkBytes = 4 * 1024 * 1024;
const newline = 10;
const longestLine = 64 * 1024 * 1024;

/** What a history says since `since` (milliseconds since the epoch), in the order it stands there. Throws where it cannot be read. */
export function* readHistory(
  { harness, path }: Pick<HistoryFile, 'harness' | 'path'>,
  since: number,
): Generator<Recorded> {
  const all =
    harness === 'opencode'
      ? readOpencode(path, since)
      : inLines(path, harness === 'claude' ? readClaude : codexReader());
  for (const recorded of all) if (recorded.at >= since) yield recorded;
}

/** What `read` makes of each line of the file. */
export function* inLines<T>(path: string, read: (line: Buffer) => Iterable<T>): Generator<T> {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    let rest: Buffer = Buffer.alloc(0);
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
      const bytes = buffer.subarray(0, size);
      let start = 0;
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
        const line = bytes.subarray(start, end);
        yield* read(rest.length === 0 ? line : Buffer.concat([rest, line]));
        rest = Buffer.alloc(0);
        start = end + 1;
      }
      // A copy: the buffer is read into again.
      rest = rest.length + size - start > longestLine ? Buffer.alloc(0) : Buffer.concat([rest, bytes.subarray(start)]);
    }
    if (rest.length > 0) yield* read(rest);
  } finally {
    closeSync(file);
  }
}
