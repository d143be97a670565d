/**
 * The command by which the program of an attended session is started: the sandbox around it, the relay to the gate, the program with the person's own arguments, and its environment.
 *
 * INVARIANT: in a sandbox it has nothing of the person's environment that would speak for them elsewhere (`handed-on.ts`).
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filterDescriptor, makeHome } from '@writ/enforce/attended';
import { failed } from '../exit.ts';
import type { Io } from '../io.ts';
import type { Home } from '../place/home.ts';
import type { AttendedFiles } from './attended-sandbox.ts';
import { attendedSandbox } from './attended-sandbox.ts';
import { attendedSeatbelt } from './attended-seatbelt.ts';
import { handedOn } from './handed-on.ts';
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
  /** Whether it starts by reading the filter of what it may ask of the kernel. */
  readonly readsFilter: boolean;
  /** The descriptor on which it is told to begin; null where it begins at once. */
  readonly beginAt: number | null;
  readonly env: NodeJS.ProcessEnv;
  /** Of the person's environment: secrets it is not handed, by their names. */
  readonly keptBack: readonly string[];
} & Disposable;

/** After the one that the filter is read from. */
const beginDescriptor = filterDescriptor + 1;

export type CommandOf = Pick<LaunchPlan, 'door' | 'program' | 'root' | 'sandbox'> & {
  readonly session: string;
  readonly readOnly: boolean;
  readonly harness: Harness | null;
  readonly hooks: Pick<SessionHooks, 'env'>;
  readonly outside: Pick<SessionOutside, 'network' | 'agent' | 'door' | 'servers'>;
};

/** The command. Makes the folders that the harness keeps in the person's home, where the sandbox shows them. Disposing takes away what it had for its temporary files. */
export function programCommand(io: Io, home: Home, of: CommandOf): ProgramCommand {
  const { door: from, program, root, harness, outside, session } = of;
  const { network, agent, door } = outside;
  const personHome = io.env['HOME'] ?? '/';
  const keeps = keptBy(from)?.keeps;
  if (from.kind === 'acp' && keeps !== undefined) makeHome(personHome, keeps);
  const files: AttendedFiles = {
    root,
    cwd: io.cwd,
    home: personHome,
    stateDir: home.root,
    harnessState: [...(keeps?.made ?? []), ...(keeps?.also ?? [])],
    harnessRules: keeps?.rules ?? [],
    repositoryRules: keeps?.repositoryRules ?? [],
    harnessFolder:
      harness === null || harness.folder === null ? null : { path: harness.folder, isWritable: harness.writesFolder },
    programs: [program, process.execPath, ownEntry],
    readOnly: of.readOnly,
    door: door.socketPath,
    bin: door.bin,
  };
  const around = aroundProgram(files, of);
  const handed = handedOn(io.env, of.sandbox !== null);
  // An editor's agent is told of them where its conversation begins.
  const servers = from.kind === 'harness' ? serverCommands(outside.servers, door) : [];
  const told = hookedBy(from)?.mcpArgs(servers) ?? [];
  const args = from.kind === 'harness' ? [...told, ...(harness?.args ?? []), ...from.argv] : from.argv.slice(1);
  const hasOwnPlaces = of.sandbox?.places === 'own';
  const relay = hasOwnPlaces ? network.relay(beginDescriptor) : [];
  return {
    argv: [...around.argv, ...relay, program, ...args],
    readsFilter: hasOwnPlaces,
    beginAt: hasOwnPlaces ? beginDescriptor : null,
    keptBack: handed.keptBack,
    env: {
      ...handed.env,
      WRIT_RUN: session,
      WRIT_SESSION: session,
      ...door.env,
      ...network.env,
      ...agent.env,
      ...harness?.tellServers(servers),
      ...of.hooks.env,
    },
    [Symbol.dispose]: around.end,
  };
}

/**
 * What a terminal's keys send is the program's to handle: bubblewrap, which knows no better than to end by them and take the program along, hears of none. The relay inside, a Node, hears
 * them again, and gives what it starts the signals as they are by default.
 */
const deafToKeys: readonly string[] = ['/bin/sh', '-c', 'trap "" INT QUIT; exec "$@"', 'sh'];

type Around = { readonly argv: readonly string[]; readonly end: () => void };

function aroundProgram(files: AttendedFiles, { sandbox, outside: { network, agent } }: CommandOf): Around {
  const end = (): void => undefined;
  if (sandbox === null) return { argv: [], end };
  if (sandbox.places === 'own') {
    const places = [...network.places, ...agent.places];
    const made = attendedSandbox({ ...files, ownNetwork: network.isOwn, places, filter: filterDescriptor });
    return { argv: [...deafToKeys, ...made], end };
  }
  const tmp = mkdtempSync(join(tmpdir(), 'writ-'));
  const { sockets, given } = agent;
  const made = attendedSeatbelt({
    ...files,
    ...{ command: sandbox.command, tmp, sockets, given },
    ...{ network: network.ports, listens: network.listens, terminal: ownTerminal() },
  });
  const away = (): void => rmSync(tmp, { recursive: true, force: true });
  if (made.ok) return { argv: made.argv, end: away };
  away();
  throw failed(`no sandbox can be put around the program: ${made.why}`, null);
}

/** The device of the person's terminal, as tty(1) says it; null where there is none. */
function ownTerminal(): string | null {
  const { stdout, status } = spawnSync('tty', { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  return status === 0 && stdout.startsWith('/dev/') ? stdout.trim() : null;
}
