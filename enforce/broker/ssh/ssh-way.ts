/** What a run is given of its SSH agent: where it is found inside, and how Git finds its way. Pure. */

import { insidePlaces } from '../../supervisor/inside-places.ts';

export type SshWay = {
  /** What of outside is found inside: from, to. Empty where nothing contains the run. */
  readonly places: readonly (readonly [from: string, to: string])[];
  readonly env: Readonly<Record<string, string>>;
};

/** The way to the agent at `socket`, with the servers' keys at `known`, where there are any. */
export function sshWay(
  socket: string,
  known: string | null,
  { contained, gated }: { readonly contained: boolean; readonly gated: boolean },
): SshWay {
  if (!contained) return { places: [], env: { SSH_AUTH_SOCK: socket } };
  const { node, bin, gatePort, knownHosts, ssh } = insidePlaces;
  const git = [
    ...['ssh', '-F', '/dev/null', '-o', `UserKnownHostsFile=${knownHosts}`],
    ...(gated ? ['-o', `"ProxyCommand=${node} ${bin}/gate-connect.mjs ${String(gatePort)} %h %p"`] : []),
  ];
  return {
    places: [[socket, ssh], ...(known === null ? [] : [[known, knownHosts] as const])],
    env: { SSH_AUTH_SOCK: ssh, GIT_SSH_COMMAND: git.join(' ') },
  };
}
