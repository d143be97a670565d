/**
 * Tells whether a value survives a trip through JSON unchanged, and gives its canonical text (RFC 8785). It refuses what `JSON.stringify` would
 * silently drop or bend: undefined, functions, symbols, bigints, NaN, infinities, dates and other class instances, holes in arrays, lone surrogates.
 */
import canonicalize from 'canonicalize';

/** The deepest nesting taken, so that no reader of the log needs a deep stack. */
export const maxDataDepth = 128;

/** Where the first thing JSON cannot carry sits (`.a.b[2]`, empty for the value itself), and what it is. */
export type NonJson = { readonly path: string; readonly what: string };

/** The first part of `value` that JSON cannot carry; undefined when there is none. */
export function findNonJson(value: unknown, depth = 0): NonJson | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : { path: '', what: 'a string with a lone surrogate' };
    case 'number':
      return Number.isFinite(value) ? undefined : { path: '', what: String(value) };
    case 'boolean':
      return undefined;
    case 'object':
      if (value === null) return undefined;
      if (depth >= maxDataDepth) return { path: '', what: `nesting deeper than ${String(maxDataDepth)} levels` };
      return Array.isArray(value) ? findInArray(value, depth) : findInObject(value, depth);
    default:
      return { path: '', what: typeof value };
  }
}

function findInArray(items: readonly unknown[], depth: number): NonJson | undefined {
  for (let index = 0; index < items.length; index++) {
    const found = findNonJson(items[index], depth + 1);
    if (found) return { path: `[${String(index)}]${found.path}`, what: found.what };
  }
  return undefined;
}

function findInObject(object: object, depth: number): NonJson | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  // A plain object has no prototype or a root one; the root is not compared by identity, since another realm has its own.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return { path: '', what: 'a class instance' };
  for (const [key, member] of Object.entries(object)) {
    if (!key.isWellFormed()) return { path: '', what: 'a key with a lone surrogate' };
    const found = findNonJson(member, depth + 1);
    if (found) return { path: `.${key}${found.path}`, what: found.what };
  }
  return undefined;
}

/** The RFC 8785 text of a value in which `findNonJson` found nothing. */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value without a JSON form reached the canonicaliser');
  return text;
}
