/** The OpenAPI 3.1 description of an API, generated from the same route values the server mounts. */

import { z } from 'zod';
import type { Route } from '@writ/protocol';
import { problemContentType, problemWire } from '@writ/protocol';

type Json = Record<string, unknown>;

export type Described = {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly api: Readonly<Record<string, Route>>;
  readonly paths?: Json;
};

/** The description. `paths` are added as they are: routes that are not JSON, such as a change stream. */
export function openApi({ title, version, description, api, paths = {} }: Described): Json {
  const components: Json = {};
  const described: Record<string, Json> = {};
  for (const [name, route] of Object.entries(api)) {
    const path = route.path.replace(/:([a-z_]+)/gi, '{$1}');
    described[path] = { ...described[path], [route.method.toLowerCase()]: operation(name, route, components) };
  }
  return {
    openapi: '3.1.0',
    info: { title, version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths: { ...described, ...paths },
    components: {
      schemas: { Problem: schema('Problem', problemWire, 'output', components), ...components },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'a person, a run, or an enforcement point' },
      },
    },
  };
}

function operation(name: string, route: Route, components: Json): Json {
  const names = [...route.path.matchAll(/:([a-z_]+)/gi)].map((match) => match[1] ?? '');
  const hasBody = route.body._zod.def.type !== 'undefined';
  const keyed =
    route.method === 'POST'
      ? [{ name: 'Idempotency-Key', in: 'header', required: name === 'begin', schema: { type: 'string' } }]
      : [];
  return {
    operationId: name,
    summary: route.summary,
    description: `For: ${route.callers.join(', ')}.`,
    parameters: [
      ...names.map((param) => ({
        name: param,
        in: 'path',
        required: true,
        schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,128}$' },
      })),
      ...keyed,
    ],
    ...(hasBody && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schema(`${name}Request`, route.body, 'input', components) } },
      },
    }),
    responses: {
      [String(route.status)]: {
        description: 'done',
        content: { 'application/json': { schema: schema(`${name}Reply`, route.reply, 'output', components) } },
      },
      default: {
        description: 'a problem',
        content: { [problemContentType]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    security: route.callers.includes('anyone') ? [] : [{ bearer: [] }],
  };
}

/** The JSON Schema of a zod schema, its own definitions moved under components with names of their own. */
function schema(name: string, of: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const { $defs, $schema: _, ...rest } = z.toJSONSchema(of, { io, unrepresentable: 'any' });
  const renamed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(renamed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        key === '$ref' && typeof member === 'string'
          ? member.replace('#/$defs/', `#/components/schemas/${name}_`)
          : renamed(member),
      ]),
    );
  };
  for (const [key, definition] of Object.entries($defs ?? {})) components[`${name}_${key}`] = renamed(definition);
  return renamed(rest) as Json; // an object in, an object out
}
