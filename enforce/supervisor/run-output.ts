/** What a run printed, read from the file it is in: also after whoever started the run is gone. */

import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What is in `file` from byte `from` on, at most `limit` bytes of it and no part of a character. */
export function readOutput(file: string, from: number, limit: number, isOver: () => boolean) {
  const ended = isOver();
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const start = Math.min(Math.max(0, from), size);
  const buffer = Buffer.alloc(Math.min(limit, size - start));
  if (buffer.length === 0) return { from: start, next: start, text: '', ended };
  const fd = openSync(file, 'r');
  try {
    const read = readSync(fd, buffer, 0, buffer.length, start);
    const whole = ended && start + read === size ? read : wholeCharacters(buffer.subarray(0, read));
    return {
      from: start,
      next: start + whole,
      text: buffer.toString('utf8', 0, whole),
      ended: ended && start + whole === size,
    };
  } finally {
    closeSync(fd);
  }
}

/** How many of the bytes form whole UTF-8 characters (RFC 3629); all of them when the tail is not UTF-8 at all. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
