/**
 * Members of a value that its schema does not name. A schema alone drops them; a misspelt `at_least` that is dropped is a question nobody asked.
 *
 * It judges no value: what is missing, or of another kind, is the schema's to say. Where a schema takes any member, nothing in it is unknown.
 */

import type { z } from 'zod';
import { nearest } from './nearest.ts';

export type UnknownMember = {
  /** Where it stands, as `facts.tennant` or `lines[2].outcom`. */
  readonly path: string;
  readonly name: string;
  /** What may stand there. */
  readonly known: readonly string[];
  /** The likely spelling. */
  readonly likely: string | undefined;
};

type Look = (value: unknown, path: string) => UnknownMember | undefined;

const looks = new WeakMap<z.ZodType, Look>();

/** The first member of `value` that `schema` does not name, however deep. */
export function unknownMember(schema: z.ZodType, value: unknown): UnknownMember | undefined {
  let look = looks.get(schema);
  if (look === undefined) {
    look = lookAt(schema) ?? (() => undefined);
    looks.set(schema, look);
  }
  return look(value, '');
}

/** Null where nothing can be unknown. */
function lookAt(schema: z.core.$ZodType): Look | null {
  // Every schema that is made by `z` is one of these.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return lookAtObject(def);
    case 'undefined':
      return lookAtObject({ shape: {} });
    case 'array': {
      const look = lookAt(def.element);
      return (
        look &&
        ((value, path) =>
          Array.isArray(value) ? firstOf(value, (one, at) => look(one, `${path}[${String(at)}]`)) : undefined)
      );
    }
    case 'record': {
      const look = lookAt(def.valueType);
      return (
        look &&
        ((value, path) =>
          isObject(value) ? firstOf(Object.entries(value), ([key, one]) => look(one, join(path, key))) : undefined)
      );
    }
    case 'union':
      return lookAtUnion(def.options);
    case 'pipe':
      return lookAt(def.in);
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return lookAt(def.innerType);
    default:
      return null;
  }
}

function lookAtObject({ shape, catchall }: Pick<z.core.$ZodObjectDef, 'shape' | 'catchall'>): Look {
  const known = Object.keys(shape);
  const within = new Map(Object.entries(shape).map(([name, member]) => [name, lookAt(member)]));
  const takesAny = catchall !== undefined && catchall._zod.def.type !== 'never';
  return (value, path) => {
    if (!isObject(value)) return undefined;
    for (const name of Object.keys(value)) {
      const look = within.get(name);
      if (look === undefined) {
        if (!takesAny) return { path: join(path, name), name, known, likely: spelling(name, known) };
      } else if (look !== null) {
        const found = look(value[name], join(path, name));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
}

/** What no member is in. */
const plainKinds: ReadonlySet<string> = new Set([
  'string',
  'number',
  'boolean',
  'enum',
  'literal',
  'null',
  'undefined',
]);

/** Of several objects, it is one of those whose fixed members it has; a member that any of them names is known. */
function lookAtUnion(options: readonly z.core.$ZodType[]): Look | null {
  const all = options
    .map((option) => ({ type: option._zod.def.type, fixed: fixedOf(option), look: lookAt(option) }))
    .filter(({ type }) => !plainKinds.has(type));
  if (all.every(({ look }) => look === null)) return null;
  return (value, path) => {
    let first: UnknownMember | undefined;
    for (const { fixed, look } of all) {
      if (isObject(value) && fixed.some(([name, values]) => !values.includes(value[name]))) continue;
      const found = look?.(value, path);
      if (found === undefined) return undefined;
      first ??= found;
    }
    return first;
  };
}

/** The members of an object that have one of a few values. */
function fixedOf(schema: z.core.$ZodType): readonly (readonly [string, readonly unknown[]])[] {
  // As above.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type !== 'object') return [];
  return Object.entries(def.shape).flatMap(([name, member]) => {
    // As above.
    const { def: own } = (member as z.core.$ZodTypes)._zod;
    return own.type === 'literal' ? [[name, own.values] as const] : [];
  });
}

function firstOf<T>(
  all: readonly T[],
  look: (one: T, at: number) => UnknownMember | undefined,
): UnknownMember | undefined {
  for (const [at, one] of all.entries()) {
    const found = look(one, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `dryRun` and `dry-run` are `dry_run` in another language. */
const spelling = (name: string, known: readonly string[]): string | undefined =>
  known.find((one) => plain(one) === plain(name)) ?? nearest(name, known);

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');
const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
