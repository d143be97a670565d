/**
 * The ways out of one attended session, owned by its launcher: the egress gate, the MCP servers and the SSH keys a person gave. A stop that reaches the launcher reaches all of them.
 *
 * It judges nothing, and outlives nothing: what is open when the session ends is closed and settled.
 */

import type { Clock } from '../client/clock.ts';
import type { ControlClient } from '../client/control-client.ts';
import type { Verdicts } from '../client/verdicts.ts';
import type { Change } from '../client/watch.ts';
import { createSignIns } from '../broker/sign-in/sign-ins.ts';
import { createCredentialStore } from '../broker/credentials/credential-store.ts';
import type { SshAgent, SshAgentDeps } from '../broker/ssh/ssh-agent.ts';
import { openSshAgent } from '../broker/ssh/ssh-agent.ts';
import { readSshKeys } from '../broker/ssh/ssh-keys.ts';
import { outletOf } from '../enforcer/outlet.ts';
import { reactionTo } from '../enforcer/reaction.ts';
import { createSettlements } from '../enforcer/settlements.ts';
import type { DoorHolder } from './door-holder.ts';
import type { AskPerson } from './egress/ask-person.ts';
import { createEgressGate } from './egress/egress-gate.ts';
import { systemResolve } from './egress/guarded-lookup.ts';
import type { OnRefused } from './egress/run-passages.ts';
import type { WayOut } from './egress/way-out.ts';
import type { McpGateway } from './mcp/mcp-gateway.ts';
import { createMcpGateway } from './mcp/mcp-gateway.ts';

export type SessionWaysOptions = {
  /** Writ's state directory on this machine. */
  readonly dir: string;
  readonly holder: DoorHolder;
  readonly control: ControlClient;
  readonly pointToken: () => string | null;
  readonly clock: Clock;
  readonly verdicts: Verdicts;
  /** Why nothing goes through now, null when it does. */
  readonly closedBecause: () => string | null;
  /** Something at the gate was refused. */
  readonly onRefused: OnRefused;
  /** Asks a person before something is refused at the gate. */
  readonly askPerson: AskPerson;
  /** What a person should see: a credential file or a server that cannot be trusted. */
  readonly warn: (sentence: string) => void;
};

export interface SessionWays extends AsyncDisposable {
  readonly mcp: Pick<McpGateway, 'namesFor' | 'connect'>;
  /** Opens the gate at `socketPath`, or null for a loopback port with a credential. What the session is told of it. */
  openGate(socketPath: string | null): Promise<WayOut>;
  /** Opens an SSH agent at `socketPath`, in front of the person's own. Returns that path. */
  openAgent(socketPath: string, person: Pick<SshAgentDeps, 'upstream' | 'knownHosts'>): Promise<string>;
  /** Ends what is under way, at once: the session was stopped, or stands still. */
  stop(why: string): void;
  /** A change at control. */
  changed(change: Pick<Change, 'type' | 'stream'>): void;
  /** Control was heard: what waits to be told is told. */
  heard(): void;
}

/** How many settlements wait for a control that is away. */
const mostWaiting = 1_000;

/** Nothing is open yet. Throws when the file of MCP servers cannot be trusted. */
export function createSessionWays(options: SessionWaysOptions): SessionWays {
  const { dir, holder, control, pointToken, clock, verdicts, closedBecause, onRefused, askPerson, warn } = options;
  const settlements = createSettlements({ control, pointToken }, mostWaiting);
  const shared = { control, pointToken, clock, verdicts, settlements, closedBecause };
  const gate = createEgressGate({
    ...shared,
    dir,
    credentials: createCredentialStore(dir, warn),
    resolve: systemResolve,
    whenStarted: () => Promise.resolve(),
    onRefused,
    askPerson,
  });
  const mcp = createMcpGateway(`${dir}/enforcer/mcp-servers.json`, {
    ...shared,
    signIns: createSignIns(dir, systemResolve),
    onStrange: (server, strange) =>
      warn(`\`${server}\` is not as it was trusted: ${strange.map(({ name, is }) => `${name} (${is})`).join(', ')}`),
  });
  const outlet = outletOf([gate, mcp]);
  const everything = (): boolean => true;
  let agent: SshAgent | null = null;
  return {
    mcp,
    openGate: (socketPath) => gate.open(holder, socketPath),
    async openAgent(socketPath, person) {
      agent = await openSshAgent(holder, socketPath, {
        ...{ control, pointToken, settlements, closedBecause, onRefused, ...person },
        keys: () => readSshKeys(dir).filter(({ project }) => project === holder.project),
      });
      return agent.socketPath;
    },
    stop(why) {
      agent?.stop();
      outlet.stop(why, everything);
    },
    changed(change) {
      const reaction = reactionTo(change);
      if (reaction.what === 'interrupt') outlet.interrupt(reaction.operation, 'it was told to stop');
      if (reaction.what === 'ask') outlet.ask(everything);
    },
    heard: () => void settlements.flush(),
    async [Symbol.asyncDispose]() {
      await agent?.close();
      await outlet.forget(holder.run, 'the session is over');
      await settlements.flush();
    },
  };
}
