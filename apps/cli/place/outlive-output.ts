/** For programs that hold something: whether anybody can still read what they say, or a log can still be written, ends nothing. */

import type { Io } from '../io.ts';

/** From now on an error of the output streams is no end of this process. */
export function outliveOutput({ stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>): void {
  for (const stream of [stdout, stderr]) stream.removeAllListeners('error').on('error', () => undefined);
}
