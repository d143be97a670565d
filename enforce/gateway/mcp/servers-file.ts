/**
 * The MCP servers of this machine, in one file beside the enforcer's other state, which no contained run sees: it holds what they sign in with.
 *
 * It refuses a file that others can read, and one it cannot understand: no server is then known, and every call refused.
 */

import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { mcpServerAskWire } from '@writ/protocol';
import { z } from 'zod';
import type { McpServer } from './mcp-server.ts';

const kept = z.array(
  mcpServerAskWire.extend({
    trusted: z.array(z.object({ name: z.string(), title: z.string(), action: z.string(), digest: z.string() })),
  }),
);

export interface ServersFile {
  readonly servers: readonly McpServer[];
  get(name: string): McpServer | undefined;
  /** Keeps it in the place of one of the same name. Durable when it returns. */
  put(server: McpServer): void;
  remove(name: string): void;
}

/** Opens it. Throws when it cannot be trusted. */
export function openServersFile(path: string): ServersFile {
  let servers: readonly McpServer[] = read(path);
  const write = (next: readonly McpServer[]): void => {
    writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
    servers = next;
  };
  const without = (name: string): readonly McpServer[] => servers.filter((server) => server.name !== name);
  return {
    get servers() {
      return servers;
    },
    get: (name) => servers.find((server) => server.name === name),
    put: (server) => {
      write([...without(server.name), server].toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    },
    remove: (name) => {
      write(without(name));
    },
  };
}

function read(path: string): readonly McpServer[] {
  if (!existsSync(path)) return [];
  if ((statSync(path).mode & 0o077) !== 0) throw new Error(`others can read \`${path}\`; run \`chmod 600\` on it`);
  const parsed = kept.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new Error(`\`${path}\` cannot be understood; move it away and add the servers again`);
  return parsed.data;
}
