/**
 * What a call of an MCP tool is judged as: its action by what the server says of the tool and by what a person says, and its facts by where a person said
 * they stand in the arguments. Pure.
 *
 * INVARIANT: what a person says only goes upward of what the server says, and what nobody says is taken for the widest.
 */

import type { RequestParameters } from '@writ/authority';
import type { mcpActions } from '@writ/protocol';
import { parameterDigest } from '@writ/protocol';
import type { McpServerAsk, TrustedTool } from './mcp-server.ts';
import type { Message } from './json-rpc.ts';
import { isMessage, membersOf } from './json-rpc.ts';

export type ToolRule = McpServerAsk['tools'][string];
type McpAction = (typeof mcpActions)[number];

/** What cannot be undone and what is not known take the same care. */
const care: Readonly<Record<McpAction, number>> = { 'mcp.read': 0, 'mcp.write': 1, 'mcp.commit': 2, 'mcp.call': 2 };

/** By the server's own annotations (MCP 2026-07-28, Tool Annotations), with the defaults they have there. */
function saidByServer({ annotations }: Message): McpAction {
  const { readOnlyHint, destructiveHint } = membersOf(annotations);
  if (destructiveHint === true) return 'mcp.call';
  if (readOnlyHint === true) return 'mcp.read';
  return destructiveHint === false ? 'mcp.write' : 'mcp.call';
}

/** What a call of `tool` is judged as. */
export function actionOfTool(tool: Message, rule: ToolRule | undefined): McpAction {
  const said = saidByServer(tool);
  const wanted = rule?.action ?? said;
  return care[wanted] >= care[said] ? wanted : said;
}

/** The tool as a person trusts it; null for what has no name. Everything the server says of it counts, the words a model reads before all. */
export function described(tool: unknown, rules: McpServerAsk['tools']): TrustedTool | null {
  if (!isMessage(tool) || typeof tool['name'] !== 'string' || tool['name'] === '') return null;
  // What a server notes for itself (`_meta`) may change from one listing to the next.
  const { name, title, _meta, ...rest } = tool;
  return {
    name,
    title: typeof title === 'string' ? title : '',
    action: actionOfTool(tool, Object.hasOwn(rules, name) ? rules[name] : undefined),
    digest: parameterDigest({ name, title, ...rest }),
  };
}

/** What an entry over all tools of a server is pinned to. */
export const catalogueDigest = (tools: readonly Pick<TrustedTool, 'name' | 'digest'>[]): string =>
  parameterDigest(Object.fromEntries(tools.map(({ name, digest }) => [name, digest])));

/** The facts of a call that bounds are judged by. One that does not stand where it should is absent, and meets no bound. */
export function factsOf(rule: ToolRule | undefined, tool: string, args: unknown): RequestParameters {
  const text = (pointer: string | undefined): string | undefined => {
    const value = pointer === undefined ? undefined : at(args, pointer);
    return typeof value === 'string' ? value : undefined;
  };
  const value = rule?.amount === undefined ? undefined : at(args, rule.amount.value);
  const currency =
    rule?.amount?.currency.startsWith('/') === true ? text(rule.amount.currency) : rule?.amount?.currency;
  const [tenant, recipientDomain] = [text(rule?.tenant), text(rule?.recipient_domain)];
  const amount = decimal(value);
  return {
    tool,
    ...(amount !== undefined && currency !== undefined && { amount: { amount, currency } }),
    ...(tenant !== undefined && { tenant }),
    ...(recipientDomain !== undefined && { recipientDomain }),
  };
}

/** A number in JSON is a binary fraction by the time it is here; what its shortest spelling says is what the server reads too. */
const decimal = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;

/** What stands at a JSON Pointer (RFC 6901); undefined where nothing does. */
function at(document: unknown, pointer: string): unknown {
  let found = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    // An own member of an object or an array, by its name.
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}
