/** One list for all that have the same members, as far as it is remembered. It refuses to keep what nobody else holds, and compares members by identity alone. */

/** The lists that end in a member, newest last. */
const lists = new WeakMap<object, (readonly unknown[])[]>();

/** Of lists with one last member, as many are remembered. */
export const mostRemembered = 64;

/** `list`, or one from before with the very same members in the same order. */
export function sharedList<T extends object | undefined>(list: readonly T[]): readonly T[] {
  const last = list.at(-1);
  if (last === undefined) return list;
  const known = lists.get(last) ?? [];
  const same = known.find((other) => other.length === list.length && other.every((one, at) => one === list[at]));
  // Its members are those of `list`.
  if (same !== undefined) return same as readonly T[];
  known.push(list);
  if (known.length > mostRemembered) known.shift();
  lists.set(last, known);
  return list;
}
