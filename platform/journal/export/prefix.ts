/** The first part of a snapshot, as the snapshot that would have been taken then. */
import type { StoredHead } from '../log-check.ts';
import { saveRows } from '../sqlite/snapshot.ts';
import type { StoreSnapshot } from './store-snapshot.ts';
import { eventsOf } from './store-snapshot.ts';

/** `snapshot` up to position `end`. It takes over the snapshot: disposing of it disposes of that. */
export function prefixOf(snapshot: StoreSnapshot, end: number): StoreSnapshot {
  const page: StoreSnapshot['page'] = async (after, limit) =>
    after >= end ? [] : snapshot.page(after, Math.min(limit, end - after));
  const { organisation } = snapshot;
  return {
    organisation,
    page,
    stream: async (name) => (await snapshot.stream(name)).filter(({ position }) => position <= end),
    heads: async () => {
      const heads = new Map<string | number, StoredHead>();
      for await (const { streamKey, stream = '', version, position, hash } of eventsOf({ page })) {
        heads.delete(streamKey);
        heads.set(streamKey, { stream, streamKey, version, position, hash });
      }
      return [...heads.values()];
    },
    saveTo: (path) => saveRows({ organisation, page }, path),
    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  };
}
