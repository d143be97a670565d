/** `runtime/search/search-index.ts`: nobody searches in the simulation, and an index is a cache in a file of its own. */

export const openSearchIndex = () => ({
  find: () => Promise.resolve(null),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});
