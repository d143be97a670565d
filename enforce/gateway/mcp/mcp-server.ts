/** An MCP server that a person gave to the runs of this machine: how it is reached, and what they trusted it to offer. */

import type { mcpServerAskWire } from '@writ/protocol';

export type McpServerAsk = ReturnType<typeof mcpServerAskWire.parse>;

/** A tool as the server described it when a person looked. */
export type TrustedTool = {
  readonly name: string;
  readonly title: string;
  readonly action: string;
  readonly digest: string;
};

export type McpServer = McpServerAsk & { readonly trusted: readonly TrustedTool[] };

/** Which runs it is for. */
export const isFor = ({ project }: McpServer, ofRun: string | null): boolean => project === null || project === ofRun;
