/**
 * What a person does with the MCP servers of this machine. Whatever is added or trusted is looked at first: the server is started, and what it offers now is
 * what it is trusted to offer from then on.
 */

import { classOf, uncontained } from '@writ/authority';
import type { mcpServerWire } from '@writ/protocol';
import type { Answer } from '../../enforcer/answer.ts';
import { done, refuse } from '../../enforcer/answer.ts';
import { inspect } from './inspect.ts';
import type { McpServer, McpServerAsk } from './mcp-server.ts';
import type { SignIns } from '../../broker/sign-in/sign-ins.ts';
import type { ServersFile } from './servers-file.ts';
import { catalogueDigest, described } from './tool-rules.ts';

export type McpServerWire = (typeof mcpServerWire)['_zod']['output'];

export interface McpServers {
  list(): readonly McpServerWire[];
  /** One of the same name gives way. */
  add(server: McpServerAsk): Promise<Answer<McpServerWire>>;
  /** Looks again, and trusts what is there now: one tool, or all. */
  trust(name: string, tool: string | null): Promise<Answer<McpServerWire>>;
  remove(name: string): Answer<McpServerWire>;
}

/** The commands, over `file`. */
export function createMcpServers(file: ServersFile, signIns: SignIns): McpServers {
  const unknown = (name: string) =>
    refuse('not_found', 404, `there is no MCP server \`${name}\` here`, 'see `writ mcp list`');
  const keep = (server: McpServer): Answer<McpServerWire> => {
    file.put(server);
    return done(shown(server, signIns));
  };
  return {
    list: () => file.servers.map((server) => shown(server, signIns)),
    async add(asked) {
      const looked = await look({ ...asked, trusted: [] }, signIns);
      return looked.ok ? keep(looked.value) : looked;
    },
    async trust(name, tool) {
      const server = file.get(name);
      if (server === undefined) return unknown(name);
      const looked = await look(server, signIns);
      if (!looked.ok) return looked;
      const { trusted: now } = looked.value;
      if (tool === null) return keep(looked.value);
      const found = now.filter((one) => one.name === tool);
      if (found.length !== 1) return refuse('not_found', 404, `\`${name}\` has not one tool \`${tool}\``, null);
      return keep({ ...server, trusted: [...server.trusted.filter((one) => one.name !== tool), ...found] });
    },
    remove(name) {
      const server = file.get(name);
      if (server === undefined) return unknown(name);
      file.remove(name);
      const was = shown(server, signIns);
      const { launch } = server;
      const isLast = !file.servers.some((one) => one.launch.kind === 'http' && one.launch.url === was.where);
      if (launch.kind === 'http' && isLast) signIns.forget(launch.url);
      return done(was);
    },
  };
}

/** The server with what it offers now. */
async function look(server: McpServer, signIns: SignIns): Promise<Answer<McpServer>> {
  const found = await inspect(server, signIns);
  const { launch } = server;
  if (!found.ok && found.wantsSignIn && launch.kind === 'http')
    return refuse(
      'sign_in_needed',
      409,
      `the MCP server \`${server.name}\` wants a person to sign in`,
      `\`writ mcp login ${launch.url}\`, or \`--header\` where it takes a token of yours`,
    );
  if (!found.ok)
    return refuse(
      'server_unreachable',
      502,
      `the MCP server \`${server.name}\` does not say what it offers: ${found.why}`,
      'start it by itself with the same command, and see what it says',
    );
  const trusted = found.tools.flatMap((tool) => described(tool, server.tools) ?? []);
  const names = trusted.map(({ name }) => name);
  const missing = Object.keys(server.tools).find((name) => !names.includes(name));
  if (missing !== undefined)
    return refuse(
      'malformed_request',
      400,
      `\`${server.name}\` has no tool \`${missing}\``,
      `it has ${names.join(', ') || 'none'}`,
    );
  return done({ ...server, trusted });
}

function shown({ name, project, launch, fenced, trusted }: McpServer, signIns: SignIns): McpServerWire {
  const isStdio = launch.kind === 'stdio';
  return {
    ...{ name, project, fenced, kind: launch.kind },
    where: isStdio ? launch.argv.join(' ') : launch.url,
    secrets: Object.keys(isStdio ? launch.env : launch.headers),
    signed_in_at: isStdio ? null : signIns.issuerOf(launch.url),
    tools: trusted.map((tool) => ({ ...tool, class: classOf(tool.action, uncontained) })),
    catalogue_digest: catalogueDigest(trusted),
  };
}
