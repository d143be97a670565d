/**
 * Pages of lists that only grow: `?limit=` and `?cursor=`, newest first. A cursor is how many things lie before the page, so it stays right
 * however much comes after it. What a caller is not shown counts for nothing in a page.
 */

/** How many of a list a query asks for. */
export const limitOf = (query: URLSearchParams): number => {
  const limit = Number(query.get('limit') ?? '1000');
  return Number.isSafeInteger(limit) && limit > 0 ? Math.min(limit, 10_000) : 1_000;
};

export type Page<T> = {
  readonly items: readonly T[];
  /** Where the next page begins; null at the end. */
  readonly next_cursor: string | null;
};

/** A page of `all`, which is oldest first, of those that `keep` takes. */
export function pageOf<T>(all: Iterable<T>, query: URLSearchParams, keep: (one: T) => boolean): Page<T> {
  const list = [...all];
  const asked = Number(query.get('cursor') ?? list.length);
  const limit = limitOf(query);
  const items: T[] = [];
  let at = Number.isSafeInteger(asked) && asked >= 0 ? Math.min(asked, list.length) : list.length;
  while (at > 0) {
    // Within the list by the bounds of the loop.
    const one = list[at - 1]!;
    if (keep(one)) {
      if (items.length === limit) return { items, next_cursor: String(at) };
      items.push(one);
    }
    at -= 1;
  }
  return { items, next_cursor: null };
}
