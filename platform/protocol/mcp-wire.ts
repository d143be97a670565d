/** MCP servers as a person gives them, and as they are shown: what is secret in them goes one way only. */

import { z } from 'zod';

/** A place in the arguments of a call (JSON Pointer, RFC 6901). */
const pointer = z.string().max(512).regex(/^\//, 'a place in the arguments starts with `/`, such as `/amount`');

/** What a call of an MCP tool is judged as, narrowest first; the last two are as wide as each other. */
export const mcpActions = ['mcp.read', 'mcp.write', 'mcp.commit', 'mcp.call'] as const;

/** What a person says of one tool beside what the server says: what it does at least, and where in its arguments the facts are that bounds are judged by. */
export const mcpToolRuleWire = z.object({
  action: z.enum(mcpActions).optional(),
  /** `currency` is a place in the arguments, or the code itself. */
  amount: z.object({ value: pointer, currency: z.string().min(3).max(512) }).optional(),
  tenant: pointer.optional(),
  recipient_domain: pointer.optional(),
});

export const mcpLaunchWire = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('stdio'),
    argv: z.array(z.string().max(4_096)).min(1).max(256),
    cwd: z.string().max(4_096),
    /** Given to the server alone; never shown again. */
    env: z.record(z.string(), z.string()).default({}),
  }),
  z.object({
    kind: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }),
    /** Sent to the server alone; never shown again. */
    headers: z.record(z.string(), z.string()).default({}),
  }),
]);

/** The name is the authority of the resources of its tools, `mcp://NAME/TOOL`. */
export const mcpServerName = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/, 'a name is of small letters and digits, with `-` or `.` between');

export const mcpServerAskWire = z.object({
  name: mcpServerName,
  /** The project whose runs may use it; null: every project here. */
  project: z.string().max(128).nullable().default(null),
  launch: mcpLaunchWire,
  /** It checks the permit of each call itself, and gets it. */
  fenced: z.boolean().default(false),
  tools: z.record(z.string(), mcpToolRuleWire).default({}),
});

/** How an installation is known to an authorization server: an id it was given, or the https address of its metadata document. */
export const mcpSignInAskWire = z.object({
  /** The address of the MCP server, as it is added. */
  url: z.url({ protocol: /^https?$/ }).max(4_096),
  /** Null: it registers itself. */
  client_id: z.string().min(1).max(2_048).nullable().default(null),
});

export const mcpSignInWire = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting') }),
  z.object({ state: z.literal('signed_in'), issuer: z.string() }),
  z.object({ state: z.literal('failed'), why: z.string() }),
]);

/** What lets an agent outside speak to one MCP server under one mandate. */
export const mcpPassWire = z.object({
  id: z.string(),
  server: mcpServerName,
  project: z.string(),
  mandate: z.string(),
  /** Who it is for. */
  name: z.string(),
  expires_at: z.iso.datetime(),
  /** The thumbprint (RFC 7638) of the key that its token counts with alone; null where it counts for whoever bears it. */
  key: z.string().nullable(),
});

export const mcpPassAskWire = z.object({
  mandate: z.string().max(128),
  /** What the credential was issued for at control: it is the id of the pass. */
  run: z.string().regex(/^mcp-[0-9a-f-]{36}$/),
  credential: z.string().max(512),
  name: z.string().min(1).max(128),
  expires_at: z.iso.datetime(),
  /** What the page of a client that waits shows; null: the token is handed over here. */
  word: z.string().max(16).nullable().default(null),
  /** The thumbprint of the key that the token is to count with alone; null: of the key a client that waits proves to hold, or of none. */
  key: z
    .string()
    .regex(/^[\w-]{43}$/)
    .nullable()
    .default(null),
});

export const mcpToolWire = z.object({
  name: z.string(),
  title: z.string(),
  action: z.string(),
  class: z.string(),
  /** SHA-256 over the canonical JSON of what the server says of it. */
  digest: z.string(),
});

export const mcpServerWire = z.object({
  name: mcpServerName,
  project: z.string().nullable(),
  kind: z.enum(['stdio', 'http']),
  /** The command line or the address; nothing secret. */
  where: z.string(),
  /** The names of what it is given that is secret. */
  secrets: z.array(z.string()),
  /** The authorization server a person signed in at for it; null where nobody did, or it wants none. */
  signed_in_at: z.string().nullable(),
  fenced: z.boolean(),
  tools: z.array(mcpToolWire),
  /** What an authority entry over all its tools is pinned to. */
  catalogue_digest: z.string(),
});
