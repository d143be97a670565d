/**
 * The SSH agent of an attended session, in front of the person's own: there where a person gave keys to the project (`writ ssh add`), and their agent runs.
 *
 * Through the gate, Git's SSH finds its way by a program of Writ's, and the servers' keys in the person's `known_hosts`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxKind, SessionWays } from '@writ/enforce/attended';
import { binPath, doorPath, readSshKeys } from '@writ/enforce/attended';
import { insidePlaces } from './inside-places.ts';

export type SessionAgent = {
  /** What it comes to, and reads, outside. */
  readonly sockets: readonly string[];
  readonly given: readonly string[];
  /** What of outside is found inside: from, to. */
  readonly places: readonly (readonly [from: string, to: string])[];
  readonly env: Readonly<Record<string, string>>;
};

export type AgentStart = {
  readonly dir: string;
  readonly session: string;
  readonly project: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of the sandbox around it; null: none stands there. */
  readonly places: SandboxKind['places'] | null;
  /** Where the program finds the gate; null: its network does not lead there. */
  readonly gatePort: number | null;
};

/** Opens it, where there is anything to open. */
export async function openSessionAgent(
  ways: SessionWays,
  { dir, session, project, home, env, places, gatePort }: AgentStart,
): Promise<SessionAgent> {
  const upstream = env['SSH_AUTH_SOCK'] ?? '';
  const isGiven = readSshKeys(dir).some((key) => key.project === project);
  if (upstream === '' || !isGiven) return nothing;
  const known = join(home, '.ssh', 'known_hosts');
  const hasKnown = existsSync(known);
  const socket = await ways.openAgent(doorPath(dir, session, 'ssh'), {
    upstream,
    knownHosts: hasKnown ? readFileSync(known, 'utf8') : '',
  });
  if (places === null) return { ...nothing, env: { SSH_AUTH_SOCK: socket } };
  const at =
    places === 'own'
      ? { ssh: insidePlaces.ssh, known: insidePlaces.knownHosts, bin: insidePlaces.bin }
      : { ssh: socket, known, bin: binPath(dir) };
  const git = [
    'ssh',
    '-F',
    '/dev/null',
    '-o',
    `UserKnownHostsFile=${at.known}`,
    ...(gatePort === null
      ? []
      : ['-o', `"ProxyCommand=${process.execPath} ${at.bin}/gate-connect.mjs ${String(gatePort)} %h %p"`]),
  ];
  const inside = [[socket, at.ssh] as const, ...(hasKnown ? [[known, at.known] as const] : [])];
  return {
    ...(places === 'own'
      ? { ...nothing, places: inside }
      : { ...nothing, sockets: [socket], given: hasKnown ? [known] : [] }),
    env: { SSH_AUTH_SOCK: at.ssh, GIT_SSH_COMMAND: git.join(' ') },
  };
}

const nothing: SessionAgent = { sockets: [], given: [], places: [], env: {} };
