/**
 * The SSH agent of an attended session, in front of the person's own: there where a person gave keys to the project (`writ ssh add`), and their agent runs.
 *
 * Through the gate, Git's SSH finds its way by a program of Writ's, and the servers' keys in the person's `known_hosts`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionWays } from '@writ/enforce/attended';
import { doorPath, gatePort, readSshKeys } from '@writ/enforce/attended';
import { insidePlaces } from './attended-sandbox.ts';

export type SessionAgent = {
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
  readonly contained: boolean;
  /** Whether its network leads through the gate. */
  readonly gated: boolean;
};

/** Opens it, where there is anything to open. */
export async function openSessionAgent(
  ways: SessionWays,
  { dir, session, project, home, env, contained, gated }: AgentStart,
): Promise<SessionAgent> {
  const upstream = env['SSH_AUTH_SOCK'] ?? '';
  const isGiven = readSshKeys(dir).some((key) => key.project === project);
  if (upstream === '' || !isGiven) return { places: [], env: {} };
  const known = join(home, '.ssh', 'known_hosts');
  const hasKnown = existsSync(known);
  const socket = await ways.openAgent(doorPath(dir, session, 'ssh'), {
    upstream,
    knownHosts: hasKnown ? readFileSync(known, 'utf8') : '',
  });
  if (!contained) return { places: [], env: { SSH_AUTH_SOCK: socket } };
  const git = [
    'ssh',
    '-F',
    '/dev/null',
    '-o',
    `UserKnownHostsFile=${insidePlaces.knownHosts}`,
    ...(gated
      ? ['-o', `"ProxyCommand=${process.execPath} ${insidePlaces.bin}/gate-connect.mjs ${String(gatePort)} %h %p"`]
      : []),
  ];
  return {
    places: [[socket, insidePlaces.ssh], ...(hasKnown ? [[known, insidePlaces.knownHosts] as const] : [])],
    env: { SSH_AUTH_SOCK: insidePlaces.ssh, GIT_SSH_COMMAND: git.join(' ') },
  };
}
