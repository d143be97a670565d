/**
 * What an MCP server offers now, beside what a person trusted it to offer.
 *
 * INVARIANT: a tool counts only while the server says of it, word for word, what it said when a person looked. A tool that appeared or changed since is
 * neither shown to a model nor called: its description is the attack.
 */

import type { McpServer, TrustedTool } from './mcp-server.ts';
import { catalogueDigest, described } from './tool-rules.ts';

export type Standing =
  { readonly is: 'trusted'; readonly tool: TrustedTool } | { readonly is: 'changed' | 'new' | 'gone' | 'doubled' };

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
  const standing = (name: string): Standing => {
    const now = offered.get(name);
    if (now === undefined) return { is: 'gone' };
    if (now === 'doubled') return { is: 'doubled' };
    const then = trusted.get(name);
    if (then === undefined) return { is: 'new' };
    return then.digest === now.digest ? { is: 'trusted', tool: now } : { is: 'changed' };
  };
  const strange = [...offered.keys()].flatMap((name) => {
    const { is } = standing(name);
    return is === 'trusted' ? [] : [{ name, is }];
  });
  return { digest: catalogueDigest(tools), standing, strange };
}
