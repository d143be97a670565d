/**
 * Copies a value into its canonical form (RFC 8785), if it survives a trip through JSON unchanged. It refuses what `JSON.stringify` would silently drop or
 * bend: undefined, functions, symbols, bigints, NaN, infinities, dates and other class instances, holes in arrays, lone surrogates.
 */
import canonicalize from 'canonicalize';
import type { JsonValue } from './journal.ts';

/** The deepest nesting taken, so that no reader of the log needs a deep stack. */
export const maxDataDepth = 128;

/** `value` shares nothing with what was given. Otherwise where the first thing JSON cannot carry sits (`.a.b[2]`, or empty), and what it is. */
export type Canonical =
  | { readonly ok: true; readonly value: JsonValue; readonly text: string }
  | { readonly ok: false; readonly path: string; readonly what: string };

export function toCanonical(given: unknown): Canonical {
  const walk: Walk = { path: '', what: '', isOrdered: true };
  const value = copy(given, 0, walk);
  if (value === undefined) return { ok: false, path: walk.path, what: walk.what };
  // Over a copy with ordered keys JSON.stringify gives the canonical text several times faster; json.test.ts holds the two together.
  return { ok: true, value, text: walk.isOrdered ? JSON.stringify(value) : canonicalText(value) };
}

/** `isOrdered` turns false when a key may not stand where it was put: an object lists integer keys first, whatever their order of insertion. */
type Walk = { path: string; what: string; isOrdered: boolean };

// Undefined means refused; `walk` says why, and its path grows on the way out.
function copy(value: unknown, depth: number, walk: Walk): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : refuse(walk, 'a string with a lone surrogate');
    case 'number':
      if (!Number.isFinite(value)) return refuse(walk, String(value));
      // JSON has no negative zero.
      return value === 0 ? 0 : value;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= maxDataDepth) return refuse(walk, `nested deeper than ${String(maxDataDepth)} levels`);
      return Array.isArray(value) ? copyArray(value, depth, walk) : copyObject(value, depth, walk);
    default:
      return refuse(walk, typeof value);
  }
}

function copyArray(items: readonly unknown[], depth: number, walk: Walk): JsonValue | undefined {
  const copied: JsonValue[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = copy(items[index], depth + 1, walk);
    if (item === undefined) {
      walk.path = `[${String(index)}]${walk.path}`;
      return undefined;
    }
    copied.push(item);
  }
  return copied;
}

function copyObject(object: object, depth: number, walk: Walk): JsonValue | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  // A plain object has no prototype or a root one; the root is not compared by identity, since another realm has its own.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return refuse(walk, 'a class instance');
  const copied: Record<string, JsonValue> = {};
  for (const key of sortedKeys(object)) {
    if (!key.isWellFormed()) return refuse(walk, 'an object with a lone surrogate in a key');
    // The cast only says that a key just listed may be read.
    const member = copy((object as Record<string, unknown>)[key], depth + 1, walk);
    if (member === undefined) {
      walk.path = `.${key}${walk.path}`;
      return undefined;
    }
    if (key === '__proto__') {
      Object.defineProperty(copied, key, { value: member, enumerable: true, configurable: true, writable: true });
    } else {
      copied[key] = member;
    }
    if (startsWithDigit(key)) walk.isOrdered = false;
  }
  return copied;
}

// The default order is by UTF-16 unit, which is the canonical one (RFC 8785 §3.2.3). Most objects come sorted or small.
function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  let previous = '';
  for (const key of keys) {
    if (key < previous) return keys.sort();
    previous = key;
  }
  return keys;
}

function startsWithDigit(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 48 && first <= 57;
}

function refuse(walk: Walk, what: string): undefined {
  walk.what = what;
  return undefined;
}

function canonicalText(value: JsonValue): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value without a JSON form reached the canonicaliser');
  return text;
}
