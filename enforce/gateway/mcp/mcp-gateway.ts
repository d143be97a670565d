/**
 * The MCP servers of this machine, between the runs and what they do: a server runs outside every sandbox, with what it signs in with, and a run reaches its
 * tools only through here, each call judged. It keeps what is in flight, so that a stop finds it, and what became of it, so that a receipt can say.
 *
 * It refuses a server nobody gave to the run's project, and what a server offers beyond what a person looked at.
 */

import type { Duplex } from 'node:stream';
import { compileAuthoritySet } from '@writ/authority';
import type { CompiledAuthoritySet } from '@writ/authority';
import { authoritySetFromWire, controlApi } from '@writ/protocol';
import { createFlights } from '../../enforcer/flights.ts';
import type { Outlet } from '../../enforcer/outlet.ts';
import type { Settlements } from '../../enforcer/settlements.ts';
import type { SignIns } from '../../broker/sign-in/sign-ins.ts';
import type { DoorHolder } from '../door-holder.ts';
import type { Catalogue } from './catalogue.ts';
import type { Connection } from './connection.ts';
import { connectAgent } from './connection.ts';
import { isFor } from './mcp-server.ts';
import type { McpServers } from './mcp-servers.ts';
import { createMcpServers } from './mcp-servers.ts';
import { openServersFile } from './servers-file.ts';
import type { CallDeps } from './tool-call.ts';

export interface McpGateway extends Outlet {
  readonly servers: McpServers;
  /** The names of all servers. */
  names(): readonly string[];
  /** The names of the servers that runs of a project may talk to. */
  namesFor(project: string | null): readonly string[];
  /** Connects `agent`, which speaks for `holder`, to a server. False where there is none of this name for it. */
  connect(holder: DoorHolder, name: string, agent: Duplex): boolean;
}

export type McpGatewayDeps = CallDeps & {
  readonly signIns: SignIns;
  readonly settlements: Settlements;
  readonly closedBecause: (run: string) => string | null;
  /** A server does not offer what a person trusted; what is strange is left out. */
  readonly onStrange: (server: string, strange: Catalogue['strange']) => void;
};

/** The gateway, with its servers in the file at `path`. Throws when that cannot be trusted. */
export function createMcpGateway(path: string, deps: McpGatewayDeps): McpGateway {
  const file = openServersFile(path);
  const connections = new Map<string, Set<Connection>>();
  const flights = createFlights(deps.clock);

  function connect(holder: DoorHolder, name: string, agent: Duplex): boolean {
    const server = file.get(name);
    if (server === undefined || !isFor(server, holder.project)) return false;
    const connection = connectAgent(holder, server, agent, {
      ...deps,
      tokens: deps.signIns,
      closedBecause: () => deps.closedBecause(holder.run),
      authority: () => authorityOf(holder),
      onFlight: flights.onFlight,
      onLanded: flights.onLanded,
      onStrange: (strange) => deps.onStrange(name, strange),
    });
    const ofRun = connections.get(holder.run) ?? new Set();
    connections.set(holder.run, ofRun.add(connection));
    agent.once('close', () => ofRun.delete(connection));
    return true;
  }

  async function authorityOf({ mandate }: DoorHolder): Promise<CompiledAuthoritySet | null> {
    const found = await deps.control.call(controlApi.getMandate, { params: { id: mandate } });
    if (!found.ok) return null;
    const compiled = compileAuthoritySet(authoritySetFromWire(found.value.authorization_details));
    return compiled.ok ? compiled.set : null;
  }

  return {
    servers: createMcpServers(file, deps.signIns),
    names: () => file.servers.map(({ name }) => name),
    namesFor: (project) => file.servers.filter((server) => isFor(server, project)).map(({ name }) => name),
    connect,
    ...flights,
    async forget(run, why) {
      const ofRun = connections.get(run);
      connections.delete(run);
      await Promise.all([...(ofRun ?? [])].map((connection) => connection.end(why)));
    },
  };
}
