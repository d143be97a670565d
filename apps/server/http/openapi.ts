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
  /** Schemas of replies that have a name of their own in the description. */
  readonly shared: Readonly<Record<string, z.ZodType>>;
  /** Added as they are: routes that are not JSON, such as a change stream. */
  readonly paths?: Json;
};

/** The schemas under `components`, filled as they are met. */
type Components = { readonly schemas: Json; readonly names: ReturnType<typeof z.registry<{ id: string }>> };

/** The description. */
export function openApi({ title, version, description, api, shared, paths = {} }: Described): Json {
  const components: Components = { schemas: {}, names: z.registry<{ id: string }>() };
  for (const [id, schema] of Object.entries({ ...shared, Problem: problemWire })) components.names.add(schema, { id });
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
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'a person, a run, or an enforcement point' },
        ...(Object.values(api).some(isForActors) && proven),
      },
    },
  };
}

const identifier = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,128}$' };

/** How an enforcement point speaks beside an agent, whose credential is the bearer. */
const besideAgents: Json = {
  name: 'Writ-Point',
  in: 'header',
  required: false,
  description:
    'the token of the enforcement point beside the agent that asks: what is said of containment, of credentials for children and of how things ended counts as a point’s word then, and as none without it',
  schema: { type: 'string' },
};

function operation(name: string, route: Route, components: Components): Json {
  const names = [...route.path.matchAll(/:([a-z_]+)/gi)].map((match) => match[1] ?? '');
  const hasBody = route.body._zod.def.type !== 'undefined';
  const key = { name: 'Idempotency-Key', in: 'header', required: name === 'begin', schema: { type: 'string' } };
  const json = (schema: Json): Json => ({ 'application/json': { schema } });
  const problems = { [problemContentType]: { schema: schemaOf('Problem', problemWire, 'output', components) } };
  return {
    operationId: name,
    summary: route.summary,
    description: `For: ${route.callers.join(', ')}.`,
    parameters: [
      ...names.map((param) => ({ name: param, in: 'path', required: true, schema: identifier })),
      ...(route.method === 'POST' ? [key] : []),
      ...(route.beside === true ? [besideAgents] : []),
    ],
    ...(hasBody && {
      requestBody: {
        required: true,
        content: json(schemaOf(name, route.body, 'input', components, route.ignoresUnknown === true)),
      },
    }),
    responses: {
      [String(route.status)]: { description: 'done', content: json(schemaOf(name, route.reply, 'output', components)) },
      default: { description: 'a problem', content: problems },
    },
    security: securityOf(route),
  };
}

const isForActors = ({ callers }: Route): boolean => callers.includes('actor');

/** How a run shows that it holds the key its mandate names (RFC 9449): the credential under a scheme of its own, and a proof beside it. */
const proven: Json = {
  dpop: {
    type: 'http',
    scheme: 'dpop',
    description: 'the credential of a run whose mandate names a key for its actor; as a bearer it is worth nothing',
  },
  dpop_proof: {
    type: 'apiKey',
    in: 'header',
    name: 'DPoP',
    description:
      'a proof of that key made for this one request: its `htm`, `htu`, `ath`, and the nonce of `DPoP-Nonce`',
  },
};

/** With a bearer; and by whoever is a run, with a proof of its key instead. */
function securityOf(route: Route): readonly Json[] {
  if (route.callers.includes('anyone')) return [];
  return [{ bearer: [] }, ...(isForActors(route) ? [{ dpop: [], dpop_proof: [] }] : [])];
}

/** The JSON Schema of a zod schema; what has a name, and what refers to itself, is moved under components. */
function schemaOf(
  name: string,
  of: z.ZodType,
  io: 'input' | 'output',
  { schemas, names }: Components,
  takesAny = true,
): Json {
  const {
    $defs,
    $schema: _,
    ...rest
  } = z.toJSONSchema(of, {
    io,
    unrepresentable: 'any',
    // A named schema is of replies; what a request may leave out makes it another schema.
    ...(io === 'output' && { metadata: names }),
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (!takesAny && def.type === 'object' && def.catchall === undefined) jsonSchema.additionalProperties = false;
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  const newName = (old: string): string => (old.startsWith('__') ? `${name}_${io}${old}` : old);
  const renamed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(renamed);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => key !== 'id' || !isNamed(value));
    return Object.fromEntries(
      entries.map(([key, member]) => [key, key === '$ref' ? reference(member) : renamed(member)]),
    );
  };
  const reference = (to: unknown): string => `#/components/schemas/${newName(String(to).replace('#/$defs/', ''))}`;
  for (const [key, definition] of Object.entries($defs ?? {})) schemas[newName(key)] = renamed(definition);
  const own = names.get(of)?.id;
  if (own === undefined || io === 'input') return renamed(rest) as Json; // an object in, an object out
  schemas[own] = renamed(rest);
  return { $ref: `#/components/schemas/${own}` };
}

/** Whether an object is a schema that carries its registered name. */
const isNamed = (value: object): boolean => 'id' in value && typeof value.id === 'string' && 'type' in value;
