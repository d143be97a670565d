/**
 * What of outside one attended session reaches, opened before its program starts and closed after it ended: its gate, its MCP servers, its SSH agent, and the door by which it asks.
 *
 * It judges nothing: each of them asks for every use.
 */

import type { Containment } from '@writ/authority';
import type { SessionWays, Verdicts } from '@writ/enforce/attended';
import { createSessionWays, systemClock } from '@writ/enforce/attended';
import type { Context } from '../program/context.ts';
import type { SessionAccount } from './session-account.ts';
import type { SessionAsking } from './session-asking.ts';
import type { OpenSession } from './open-session.ts';
import type { LaunchPlan } from './plan-launch.ts';
import type { SessionAgent } from './session-agent.ts';
import { openSessionAgent } from './session-agent.ts';
import type { SessionDoor } from './session-door.ts';
import { openSessionDoor } from './session-door.ts';
import type { SessionHooks } from './session-hooks.ts';
import type { SessionNetwork } from './session-network.ts';
import { openNetworkOutside, openSessionNetwork } from './session-network.ts';

export interface SessionOutside extends AsyncDisposable {
  readonly ways: SessionWays;
  /** The MCP servers behind its door. */
  readonly servers: readonly string[];
  readonly network: SessionNetwork;
  readonly agent: SessionAgent;
  readonly door: SessionDoor;
}

export type OutsideOf = Pick<LaunchPlan, 'project' | 'sandbox'> & {
  readonly plan: LaunchPlan['network'];
  readonly containment: Containment;
  readonly verdicts: Verdicts;
  readonly hooks: Pick<SessionHooks, 'hook' | 'place'>;
  readonly account: SessionAccount;
  readonly asking: SessionAsking;
  /** While it does, nothing goes through. */
  readonly standsStill: () => boolean;
};

/** Opens all of it. What was opened is closed again where something cannot be. */
export async function openSessionOutside(
  context: Context,
  session: OpenSession,
  of: OutsideOf,
): Promise<SessionOutside> {
  const { home, io } = context;
  const { id, mandate, credential } = session;
  const { project, sandbox, plan, containment, verdicts, standsStill } = of;
  await using open = new AsyncDisposableStack();
  const ways = open.use(
    createSessionWays({
      dir: home.root,
      holder: { run: id, session: id, mandate, project, credential, containment },
      control: session.point,
      pointToken: session.pointToken,
      clock: systemClock,
      verdicts,
      closedBecause: () => (standsStill() ? 'the session stands still' : null),
      askPerson: of.asking.gate.askPerson,
      onRefused: (asked, sentence) =>
        of.account.seen({ tool: 'network', ...asked, decision: 'refuse', sentence, from: 'control' }),
      warn: (sentence) => context.progress(`\r\nwrit: ${sentence}\r`),
    }),
  );
  const places = sandbox?.places ?? null;
  const start = { dir: home.root, session: id };
  const network = open.use(
    places === 'outside'
      ? await openNetworkOutside(plan, ways, of.hooks.hook)
      : await openSessionNetwork(plan, ways, { ...start, hooks: of.hooks.place }),
  );
  const agent = await openSessionAgent(ways, {
    ...{ ...start, project, home: io.env['HOME'] ?? '/', env: io.env, places },
    gatePort: plan.kind === 'gated' ? network.gatePort : null,
  });
  const door = open.use(
    await openSessionDoor(home, session, {
      ...{ project, containment, verdicts, standsStill },
      mcp: ways.mcp,
      path: io.env['PATH'] ?? '',
      places,
    }),
  );
  const all = open.move();
  return {
    ...{ ways, network, agent, door },
    servers: ways.mcp.namesFor(project),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
