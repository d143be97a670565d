/**
 * The newest event of a stream that says something, without reading the stream: versions have no gap, so the last is found by doubling and halving. It costs a handful of reads however long the
 * stream has become.
 */

import type { Envelope, Journal } from '../journal.ts';

export type Newest<T> = { readonly version: number; readonly said: T | undefined };

/** The last version of `stream`, 0 where it is empty, and what `read` makes of the newest event that it makes something of. */
export async function newestOf<T>(
  journal: Pick<Journal, 'read'>,
  stream: string,
  read: (data: Envelope['data']) => T | undefined,
): Promise<Newest<T>> {
  const at = async (version: number): Promise<Envelope | undefined> =>
    (await journal.read(stream, { after: version - 1, limit: 1 }))[0];
  // INVARIANT: `there` is a version of it, or 0; `beyond` is none.
  let [there, beyond] = [0, 1];
  for (; (await at(beyond)) !== undefined; beyond *= 2) there = beyond;
  while (beyond - there > 1) {
    const middle = Math.floor((there + beyond) / 2);
    if ((await at(middle)) === undefined) beyond = middle;
    else there = middle;
  }
  for (let version = there; version > 0; version -= 1) {
    const event = await at(version);
    const said = event === undefined ? undefined : read(event.data);
    if (said !== undefined) return { version: there, said };
  }
  return { version: there, said: undefined };
}
