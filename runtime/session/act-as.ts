/**
 * A turn that acts as an agent: the agent's file as it was accepted, a child mandate of its tools and the session's, and a sandbox no wider. It is made for the turn and ends with it.
 *
 * INVARIANT: who acts as an agent has what the session has, or less. A child mandate is an act at control; the session's own is never used in its place.
 */

import { modelProgram } from '../agent/model/model-program.ts';
import { agentAuthority, agentSandbox } from '../agent/definition/agent-authority.ts';
import type { AgentDefinition } from '../agent/definition/agent-file.ts';
import { pinnedAgent } from '../agent/accepted/pinned-agent.ts';
import type { Ports } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { accept } from '../refusal.ts';
import { delegate, giveBack } from './delegate.ts';
import type { Acting, AgentPin } from './events.ts';
import { credentialName } from './resume.ts';
import type { Session } from './session.ts';
import { acting } from './session.ts';

/** The agent that the next turn, or the one under way, acts as; null where it is the session itself. */
export function pinOfTurn({ activity, queue, pin }: Session): AgentPin | null {
  const input = activity.name === 'turn' ? activity.input : queue[0];
  return input?.agent ?? pin;
}

/** How `session` would work as the agent, before anything was handed on: what is started is the agent's own, where its file says so. */
export function workingAs(session: Session, { name, driver, argv }: AgentDefinition): Session {
  const own = argv.length > 0 || driver !== null;
  return {
    ...session,
    agent: name,
    driver: driver ?? session.driver,
    argv: own ? argv : session.argv,
  };
}

/** What a session that works like this is started as; null where nothing is. */
export function programOfSession({ driver, argv }: Pick<Session, 'driver' | 'argv'>): string | null {
  return argv[0] ?? (driver === 'model' ? modelProgram[0] : null);
}

/** Whether the session was opened for the very agent, under a child mandate of its tools: a sub-agent. */
const isAgentsOwn = ({ parent, agent }: Session, pin: AgentPin): boolean => parent !== null && agent === pin.name;

/** The session as its next turn will be, so that it is asked about what will be started. A pin that cannot be read is found out when the turn begins. */
export async function asNextTurn(ports: Pick<Ports, 'records'>, session: Session): Promise<Session> {
  const pin = pinOfTurn(session);
  if (pin === null) return session;
  const found = await pinnedAgent(ports.records, session.project, pin);
  return found.ok ? workingAs(session, found.value) : session;
}

export type ActingAs = { readonly acting: Acting | null; readonly definition: AgentDefinition };

/** Hands on to the agent what it gets for `turn`. */
export async function beginActing(
  ports: Ports,
  session: Session,
  pin: AgentPin,
  turn: string,
): Promise<Result<ActingAs>> {
  const found = await pinnedAgent(ports.records, session.project, pin);
  if (!found.ok) return found;
  const definition = found.value;
  if (isAgentsOwn(session, pin)) return accept({ definition, acting: null });
  const working = workingAs(session, definition);
  const { driver, argv, sandbox, project } = working;
  const { asked } = definition;
  const delegated = await delegate(ports, session, {
    agent: definition.name,
    purpose: `one turn of session ${session.id} as ${definition.name}`,
    what: asked === null ? 'what the session may do' : asked.map((one) => `\`${one}\``).join(', '),
    choose: (own) => accept(agentAuthority(own, { asked, program: programOfSession(working), project })),
  });
  if (!delegated.ok) return delegated;
  const { mandate, credential, authority } = delegated.value;
  await ports.credentials.put(`turn-${turn}`, credential);
  const actions = [...new Set(authority.flatMap((entry) => entry.actions))].toSorted();
  return accept({
    definition,
    acting: { agent: pin, mandate, actions, driver, argv, sandbox: agentSandbox(sandbox, authority) },
  });
}

/** The turn is over, and with it what was handed on for it. */
export async function endActing(ports: Ports, session: Session, outcome: string): Promise<void> {
  const { activity } = session;
  if (activity.name !== 'turn' || activity.acting === null) return;
  const credential = credentialName(acting(session));
  const { mandate } = activity.acting;
  await giveBack(ports, { mandate, credential, key: `${activity.turn}-end`, reason: `its turn ended: ${outcome}` });
  await ports.credentials.drop(credential);
}
