/** Which of a server's tools a model is shown: those a person trusted and the mandate names. Showing grants nothing; every call is judged. */

import { permits, resourceUri } from '@writ/authority';
import type { CompiledAuthoritySet } from '@writ/authority';
import type { Catalogue } from './catalogue.ts';
import { membersOf } from './json-rpc.ts';
import type { TrustedTool } from './mcp-server.ts';

/** Of `tools`, as the server sent them, those that are trusted and that some arguments could be permitted for by `authority`. */
export const visibleTools = (
  tools: readonly unknown[],
  server: string,
  { standing, digest }: Catalogue,
  authority: CompiledAuthoritySet,
): readonly unknown[] =>
  tools.filter((tool) => {
    const { name } = membersOf(tool);
    const found = typeof name === 'string' ? standing(name) : undefined;
    return found?.is === 'trusted' && isWithin(authority, server, found.tool, digest);
  });

function isWithin(authority: CompiledAuthoritySet, server: string, tool: TrustedTool, digest: string): boolean {
  const resource = resourceUri('mcp', server, tool.name);
  if (!resource.ok) return false;
  const parameters = { catalogueDigest: digest, tool: tool.name };
  const answer = permits(authority, { action: tool.action, resource: resource.uri, parameters }, Date.now());
  return answer.permitted || answer.gap.kind === 'constraint';
}
