/**
 * The command by which the program of an attended session is started: the sandbox around it, the relay to the gate, the program with the person's own arguments, and its environment.
 *
 * INVARIANT: of the person's environment it has nothing that would speak for them elsewhere.
 */

import { makeHome } from '@writ/enforce/attended';
import type { Io } from '../io.ts';
import type { Home } from '../place/home.ts';
import { attendedSandbox } from './attended-sandbox.ts';
import type { Harness } from './harness.ts';
import { hookedBy, keptBy } from './harness.ts';
import type { LaunchPlan } from './plan-launch.ts';
import { ownEntry } from './session-door.ts';
import type { SessionHooks } from './session-hooks.ts';
import { serverCommands } from './session-mcp.ts';
import type { SessionOutside } from './session-outside.ts';

export type ProgramCommand = {
  /** The sandbox around it, then the program, then its arguments. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
};

export type CommandOf = Pick<LaunchPlan, 'door' | 'program' | 'root' | 'contained'> & {
  readonly session: string;
  readonly readOnly: boolean;
  readonly harness: Harness | null;
  readonly hooks: Pick<SessionHooks, 'env'>;
  readonly outside: Pick<SessionOutside, 'network' | 'agent' | 'door' | 'servers'>;
};

/** The command. Makes the folders that the harness keeps in the person's home, where the sandbox shows them. */
export function programCommand(io: Io, home: Home, of: CommandOf): ProgramCommand {
  const { door: from, program, root, contained, harness, outside, session } = of;
  const { network, agent, door } = outside;
  const personHome = io.env['HOME'] ?? '/';
  const keeps = keptBy(from)?.keeps;
  if (from.kind === 'acp' && keeps !== undefined) makeHome(personHome, keeps);
  const sandbox = contained
    ? attendedSandbox({
        root,
        cwd: io.cwd,
        home: personHome,
        stateDir: home.root,
        harnessState: [...(keeps?.made ?? []), ...(keeps?.also ?? [])],
        harnessRules: keeps?.rules ?? [],
        harnessFolder:
          harness === null || harness.folder === null
            ? null
            : { path: harness.folder, isWritable: harness.writesFolder },
        programs: [program, process.execPath, ownEntry],
        readOnly: of.readOnly,
        door: door.socketPath,
        bin: door.bin,
        ownNetwork: network.isOwn,
        places: [...network.places, ...agent.places],
      })
    : [];
  const told = hookedBy(from)?.mcpArgs(serverCommands(outside.servers, door)) ?? [];
  const args = from.kind === 'harness' ? [...told, ...(harness?.args ?? []), ...from.argv] : from.argv.slice(1);
  return {
    argv: [...sandbox, ...network.relay, program, ...args],
    env: {
      ...withoutIdentity(io.env),
      WRIT_RUN: session,
      WRIT_SESSION: session,
      ...door.env,
      ...network.env,
      ...agent.env,
      ...harness?.env,
      ...of.hooks.env,
    },
  };
}

const withoutIdentity = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(SSH_AUTH_SOCK|SSH_AGENT_PID|GPG_AGENT_INFO|WRIT_.*)$/.test(name)),
  );
