/**
 * `writ mcp connect`: carries messages between an agent's MCP client and the door of its run, line by line. It looks into none of them.
 *
 * One such process stands beside every server that a harness is told of, as long as the harness does: of the server's name the door itself says whether it is one, and nothing is loaded for that.
 */

import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import type { Context } from '../program/context.ts';
import { safeText } from '../render/safe-text.ts';

export const run: CommandRun = async (context, input) => {
  const [name] = input.words;
  // Without a door there is nothing to connect to, which the planes say.
  if (name === undefined || context.door === null) return showServers(context);
  const socket = await upgraded(context.door, name);
  // An agent that leaves half-closes; what was asked before is still answered.
  process.stdin.pipe(socket);
  await pipeline(socket, process.stdout, { end: false }).catch(() => undefined); // the run is over
  socket.destroy();
  process.stdin.destroy();
  return exitCodes.done;
};

async function showServers(context: Context): Promise<number> {
  const { agentDoorApi, knownServer } = await import('@writ/protocol');
  const { items } = await (await context.planes.door()).call(agentDoorApi.mcpServers);
  context.answer({ items });
  context.say(
    ...(items.length === 0
      ? [`there is no MCP server for this run but \`${knownServer}\`, by which you read what is known`]
      : [...items.map((one) => safeText(one.name)), knownServer]),
  );
  return exitCodes.done;
}

const unknown = (name: string): CommandEnd =>
  new CommandEnd(
    problem('not_found', 404, `there is no MCP server \`${name}\` for this run`, 'a person gives one: `writ mcp add`'),
    exitCodes.failed,
  );

function upgraded(socketPath: string, name: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const asking = request({
      socketPath,
      path: `/mcp/${encodeURIComponent(name)}`,
      headers: { connection: 'Upgrade', upgrade: 'mcp' },
    });
    const refused = (why: string): void =>
      reject(
        new CommandEnd(problem('not_running', 503, `the door of this run is closed: ${why}`, null), exitCodes.failed),
      );
    asking.once('upgrade', (_, socket, head) => {
      socket.unshift(head);
      resolve(socket);
    });
    asking.once('response', ({ statusCode, statusMessage }) => {
      if (statusCode === 404) reject(unknown(name));
      else refused(statusMessage ?? 'it said no');
    });
    asking.once('error', (error) => refused(error.message));
    asking.end();
  });
}
