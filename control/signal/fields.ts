/** Reads members of a message, which is JSON of a shape nobody here has promised. */

import type { JsonValue } from '@writ/protocol';

/** The member at the end of `path`; undefined where there is none, or something in between is not an object. */
export function member(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let at = value;
  for (const name of path) {
    if (!isObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

const isObject = (value: JsonValue | undefined): value is { readonly [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text that is not empty. */
export function textAt(value: JsonValue | undefined, ...path: readonly string[]): string | undefined {
  const found = member(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function integerAt(value: JsonValue | undefined, ...path: readonly string[]): number | undefined {
  const found = member(value, ...path);
  return Number.isSafeInteger(found) ? Number(found) : undefined;
}

/** A time in ISO 8601, or in seconds since 1970, as epoch milliseconds. */
export function timeAt(value: JsonValue | undefined, ...path: readonly string[]): number | undefined {
  const found = member(value, ...path);
  const ms = typeof found === 'number' ? found * 1_000 : typeof found === 'string' ? Date.parse(found) : Number.NaN;
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}

/** The texts of a list; undefined where there is no list of them. */
export function textsAt(value: JsonValue | undefined, ...path: readonly string[]): readonly string[] | undefined {
  const found = member(value, ...path);
  if (!Array.isArray(found)) return undefined;
  const texts = found.filter((item): item is string => typeof item === 'string');
  return texts.length === found.length ? texts : undefined;
}

/** The objects of a list; undefined where there is no list. */
export function listAt(value: JsonValue | undefined, ...path: readonly string[]): readonly JsonValue[] | undefined {
  const found = member(value, ...path);
  return Array.isArray(found) ? found : undefined;
}
