/**
 * The MCP servers behind the door of a session, those a person gave and its own, as the harness is told of them: each a command that leads through the session's door, where every call is judged with
 * its arguments. It says nothing of what the harness finds in configurations of its own.
 */

import type { GivenServer } from '@writ/authority';
import type { McpCommand } from '@writ/enforce/attended';
import { serversAtDoor } from '@writ/enforce/start';
import { enforcerApi } from '@writ/protocol';
import type { Context } from '../program/context.ts';
import type { SessionDoor } from './session-door.ts';

/** Those of the project, as a person trusted them. */
export async function givenServers({ planes }: Context, project: string): Promise<readonly GivenServer[]> {
  const { items } = await (await planes.enforcer()).call(enforcerApi.listMcpServers);
  return items
    .filter((server) => server.project === null || server.project === project)
    .map(({ name, catalogue_digest: catalogueDigest }) => ({ name, catalogueDigest }));
}

/** How a harness starts the servers behind its door, where `given` are those of the project. */
export const serverCommands = (
  given: readonly string[],
  { binInside, env }: Pick<SessionDoor, 'binInside' | 'env'>,
): readonly McpCommand[] =>
  serversAtDoor(given).map(({ name, at }) => ({
    name,
    command: `${binInside}/writ`,
    args: ['mcp', 'connect', at],
    env,
  }));
