/**
 * Between wire spelling (snake_case) and ours (camelCase), for whole JSON values.
 *
 * Keys whose values belong to somebody else (`opaque`) are carried over untouched. Refuses nothing: shape is the schemas' concern.
 */

const opaque: ReadonlySet<string> = new Set([
  'data',
  'details',
  'env',
  'input',
  'parameters',
  'properties',
  'context',
  'unknown',
]);

type SnakeKey<K extends string> = K extends `${infer A}${infer B}`
  ? `${A extends Uppercase<A> ? (A extends Lowercase<A> ? A : `_${Lowercase<A>}`) : A}${SnakeKey<B>}`
  : K;
type CamelKey<K extends string> = K extends `${infer A}_${infer B}` ? `${A}${Capitalize<CamelKey<B>>}` : K;
type OpaqueKey = 'data' | 'details' | 'env' | 'input' | 'parameters' | 'properties' | 'context' | 'unknown';
type Scalar = string | number | boolean | null | undefined | bigint;

export type Snake<T> = T extends Scalar
  ? T
  : T extends readonly (infer U)[]
    ? readonly Snake<U>[]
    : T extends object
      ? { [K in keyof T as K extends string ? SnakeKey<K> : K]: K extends OpaqueKey ? T[K] : Snake<T[K]> }
      : T;
export type Camel<T> = T extends Scalar
  ? T
  : T extends readonly (infer U)[]
    ? readonly Camel<U>[]
    : T extends object
      ? { [K in keyof T as K extends string ? CamelKey<K> : K]: K extends OpaqueKey ? T[K] : Camel<T[K]> }
      : T;

const snakeKey = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camelKey = (key: string): string => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function rename(value: unknown, key: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [key(name), opaque.has(name) ? item : rename(item, key)]),
  );
}

/** Our value in wire spelling. */
// The mapped type follows the same rule as `rename`; TypeScript cannot see through Object.fromEntries.
export const toWire = <T>(value: T): Snake<T> => rename(value, snakeKey) as Snake<T>;

/** A parsed wire value in our spelling. */
// As above.
export const fromWire = <T>(value: T): Camel<T> => rename(value, camelKey) as Camel<T>;
