/**
 * Arguments of a tool that its server wants said in headers of the request, too (MCP 2026-07-28, Streamable HTTP, Custom Headers from Tool Parameters): which these are, how a
 * value is written there, and whether what is written is what the arguments say. Pure.
 *
 * INVARIANT: an annotation that could be read in two ways makes the tool one that is not used: what routes by a header and what acts by the body would see different calls.
 */

import type { Message } from './json-rpc.ts';
import { isMessage, membersOf } from './json-rpc.ts';

/** `path`: the names that lead to the argument, from the outermost. */
export type ParamHeader = { readonly header: string; readonly path: readonly string[] };

const annotation = 'x-mcp-header';
/** RFC 9110 §5.1: a field name is a token. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const primitive: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
const deepest = 16;

/** The arguments of `tool`, as its server describes it, that stand in headers; null where it annotates what it may not. */
export function paramHeadersOf(tool: Message): readonly ParamHeader[] | null {
  const { inputSchema } = tool;
  const found = inProperties(inputSchema, []);
  if (found === null || found.length !== annotationsIn(inputSchema, 0)) return null;
  const names = new Set(found.map(({ header }) => header.toLowerCase()));
  return names.size === found.length ? found : null;
}

/** Those that are reached by way of `properties` alone; null where one of them is no name, or of a type that has no one spelling. */
function inProperties(schema: unknown, path: readonly string[]): readonly ParamHeader[] | null {
  if (path.length > deepest) return [];
  const found: ParamHeader[] = [];
  for (const [name, property] of Object.entries(membersOf(membersOf(schema)['properties']))) {
    if (!isMessage(property)) continue;
    const at = [...path, name];
    if (Object.hasOwn(property, annotation)) {
      const said = property[annotation];
      if (typeof said !== 'string' || !token.test(said) || !primitive.has(property['type'])) return null;
      found.push({ header: `Mcp-Param-${said}`, path: at });
    }
    const within = inProperties(property, at);
    if (within === null) return null;
    found.push(...within);
  }
  return found;
}

/** How often anything in `schema` carries the annotation as a keyword, wherever that stands. A parameter may have its name. */
function annotationsIn(schema: unknown, depth: number, isNames = false): number {
  if (depth > 4 * deepest || typeof schema !== 'object' || schema === null) return 0;
  const own = !isNames && !Array.isArray(schema) && Object.hasOwn(schema, annotation) ? 1 : 0;
  return Object.entries(schema).reduce(
    (sum, [key, value]) => sum + annotationsIn(value, depth + 1, !isNames && key === 'properties'),
    own,
  );
}

/** The headers of a call with `args`: one for each argument that is there. */
export const paramHeaders = (params: readonly ParamHeader[], args: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    params.flatMap(({ header, path }) => {
      const value = written(at(args, path));
      return value === null ? [] : [[header, encoded(value)]];
    }),
  );

/** The first header that does not say what the arguments do, of those that `headerOf` finds by their lower-case names; undefined where each does. */
export const mismatchedParam = (
  params: readonly ParamHeader[],
  args: unknown,
  headerOf: (name: string) => string | undefined,
): string | undefined =>
  params.find(({ header, path }) => {
    const value = at(args, path);
    const said = headerOf(header.toLowerCase());
    if (written(value) === null) return said !== undefined;
    const read = said === undefined ? undefined : decoded(said);
    // 42.0 is 42.
    return typeof value === 'number'
      ? !/^-?\d+(?:\.\d+)?$/.test(read ?? '') || Number(read) !== value
      : read !== written(value);
  })?.header;

/** As a header says it; null for what is not there, or has no such spelling. */
function written(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || Number.isSafeInteger(value) ? String(value) : null;
}

const marked = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;

/** A value as a header can carry it (MCP 2026-07-28, Value Encoding). */
export const encoded = (value: string): string =>
  /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !marked.test(value)
    ? value
    : `=?base64?${Buffer.from(value).toString('base64')}?=`;

/** The value that was encoded. */
export function decoded(header: string): string {
  const base64 = marked.exec(header)?.[1];
  return base64 === undefined ? header : Buffer.from(base64, 'base64').toString('utf8');
}

/** What stands in `args` at `path`; undefined where nothing does. */
function at(args: unknown, path: readonly string[]): unknown {
  let found = args;
  for (const name of path) {
    if (!isMessage(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}
