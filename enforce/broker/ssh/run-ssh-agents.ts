/**
 * The SSH agents of runs: one for each whose project was given keys (`writ ssh add`), in front of the agent of the person who started this machine's enforcer. A stop that
 * reaches a run's other ways reaches it.
 *
 * It opens nothing where no key was given, or nobody's agent is there. Inside, a run finds the agent, the servers' keys the person knows, and a Git that goes through the gate.
 */

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Asker } from '../../enforcer/ask-control.ts';
import type { Outlet } from '../../enforcer/outlet.ts';
import type { Settlements } from '../../enforcer/settlements.ts';
import type { DoorHolder } from '../../gateway/door-holder.ts';
import type { SshAgent } from './ssh-agent.ts';
import { openSshAgent } from './ssh-agent.ts';
import { readSshKeys } from './ssh-keys.ts';
import type { SshWay } from './ssh-way.ts';
import { sshWay } from './ssh-way.ts';

export interface RunSshAgents extends Outlet {
  /** Opens the agent of a run at `socketPath`; null where there is nothing to open. */
  open(holder: DoorHolder, socketPath: string, place: { contained: boolean; gated: boolean }): Promise<SshWay | null>;
}

export type RunSshAgentsDeps = Asker & {
  readonly dir: string;
  /** The socket of the person's own agent, empty for none. */
  readonly upstream: string;
  readonly settlements: Settlements;
  readonly closedBecause: (run: string) => string | null;
};

/** None is open yet. */
export function createRunSshAgents({ dir, upstream, closedBecause, ...asker }: RunSshAgentsDeps): RunSshAgents {
  const open = new Map<string, SshAgent>();
  return {
    async open(holder, socketPath, place) {
      const keys = () => readSshKeys(dir).filter(({ project }) => project === holder.project);
      if (upstream === '' || keys().length === 0) return null;
      const known = join(homedir(), '.ssh', 'known_hosts');
      const hasKnown = existsSync(known);
      const agent = await openSshAgent(holder, socketPath, {
        ...asker,
        ...{ upstream, keys, knownHosts: hasKnown ? readFileSync(known, 'utf8') : '' },
        closedBecause: () => closedBecause(holder.run),
        // It is on record at control, and the agent was told.
        onRefused: () => undefined,
      });
      open.set(holder.run, agent);
      return sshWay(agent.socketPath, hasKnown ? known : null, place);
    },
    stop(_, concerns) {
      for (const [run, agent] of open) if (concerns(run)) agent.stop();
    },
    // A signature is over as soon as it is made.
    interrupt: () => undefined,
    ask: () => undefined,
    async forget(run) {
      const agent = open.get(run);
      open.delete(run);
      await agent?.close();
    },
    word: () => undefined,
  };
}
