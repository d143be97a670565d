/** Reads a list of control's to its end, page after page. It keeps nothing; a page that fails ends it with that problem. */

import type { CallResult } from './caller.ts';

type Page<T> = { readonly items: readonly T[]; readonly next_cursor: string | null };
type Query = Readonly<Record<string, string>>;

/** Every item of a list, newest first. `read`: asks for one page. */
export async function everyPage<T>(
  read: (query: Query) => Promise<CallResult<Page<T>>>,
): Promise<CallResult<readonly T[]>> {
  const items: T[] = [];
  let query: Query = {};
  for (;;) {
    const page = await read(query);
    if (!page.ok) return page;
    items.push(...page.value.items);
    if (page.value.next_cursor === null) return { ok: true, value: items };
    query = { cursor: page.value.next_cursor };
  }
}
