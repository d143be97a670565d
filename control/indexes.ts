/** Indexes of the fold: what belongs to a key, as a list in order or as a set. They decide nothing. */

/** One more at the end of the list of `key`. */
export function addTo(index: Map<string, string[]>, key: string, value: string): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [value]);
  else list.push(value);
}

/** Whether `id` is in the set of `key` from now on. */
export function note(index: Map<string, Set<string>>, key: string, id: string, belongs: boolean): void {
  const ids = index.get(key);
  if (!belongs) ids?.delete(id);
  else if (ids === undefined) index.set(key, new Set([id]));
  else ids.add(id);
}
