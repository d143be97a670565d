/**
 * What an MCP server offers now, beside what a person trusted it to offer.
 *
 * INVARIANT: a tool counts only while the server says of it, word for word, what it said when a person looked. A tool that appeared or changed since is
 * neither shown to a model nor called: its description is the attack.
 */

import { membersOf } from './json-rpc.ts';
import type { McpServer, TrustedTool } from './mcp-server.ts';
import type { ParamHeader } from './param-headers.ts';
import { paramHeadersOf } from './param-headers.ts';
import { catalogueDigest, described } from './tool-rules.ts';

export type Standing =
  /** `headers`: which of its arguments stand in headers, too. */
  | { readonly is: 'trusted'; readonly tool: TrustedTool; readonly headers: readonly ParamHeader[] }
  | { readonly is: 'changed' | 'new' | 'gone' | 'doubled' | 'misannotated' };

export type Catalogue = {
  /** Of everything it offers now. */
  readonly digest: string;
  readonly standing: (name: string) => Standing;
  /** The names of what is not as it was trusted, with how. */
  readonly strange: readonly { readonly name: string; readonly is: Exclude<Standing['is'], 'trusted'> }[];
};

/** Compares what `listed` says, tools as the server sends them, with what was trusted. */
export function compareCatalogue(server: McpServer, listed: readonly unknown[]): Catalogue {
  const tools = listed.flatMap((tool) => described(tool, server.tools) ?? []);
  const trusted = new Map(server.trusted.map((tool) => [tool.name, tool]));
  const offered = new Map<string, TrustedTool | 'doubled'>();
  for (const tool of tools) offered.set(tool.name, offered.has(tool.name) ? 'doubled' : tool);
  const annotated = new Map(listed.map((tool) => [membersOf(tool)['name'], paramHeadersOf(membersOf(tool))]));
  const standing = (name: string): Standing => {
    const now = offered.get(name);
    if (now === undefined) return { is: 'gone' };
    if (now === 'doubled') return { is: 'doubled' };
    const then = trusted.get(name);
    if (then === undefined) return { is: 'new' };
    if (then.digest !== now.digest) return { is: 'changed' };
    // MCP 2026-07-28: no client over HTTP uses such a tool; who speaks over pipes looks past what it says of headers.
    const headers = server.launch.kind === 'http' ? annotated.get(name) : [];
    return headers === null || headers === undefined ? { is: 'misannotated' } : { is: 'trusted', tool: now, headers };
  };
  const strange = [...offered.keys()].flatMap((name) => {
    const { is } = standing(name);
    return is === 'trusted' ? [] : [{ name, is }];
  });
  return { digest: catalogueDigest(tools), standing, strange };
}
