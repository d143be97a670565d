/**
 * Sub-agents: a child mandate at control, a child session here, a run under the child's own credential. The child gets what was asked for of what its
 * parent has, and never anything by being a child.
 */

import { enforcerApi } from '@writ/protocol';
import { pinnedAgent, pinOf } from '../agent/accepted/pinned-agent.ts';
import { agentAuthority, agentSandbox } from '../agent/definition/agent-authority.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Refusal, Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { decide } from './decide.ts';
import { recordFacts } from './facts.ts';
import { programOfSession, workingAs } from './act-as.ts';
import type { Delegation } from './delegate.ts';
import { delegate, giveBack, restrict } from './delegate.ts';
import type { AgentPin, Wake } from './events.ts';
import { holdLease } from './hold-lease.ts';
import { lastSaid } from './last-said.ts';
import { credentialName } from './resume.ts';
import { endAtFault } from './fault.ts';
import type { Session } from './session.ts';
import { acting, isOver } from './session.ts';
import type { Turned, Turns } from './turn.ts';
import { runTurn } from './turn.ts';

export type SpawnAsk = {
  readonly agent: string;
  readonly purpose: string;
  /** What it is started as, and what it asks for: actions, and lines of `allow`. */
  readonly argv: readonly string[];
  readonly actions: readonly string[];
  /** `agent` is one that people accepted: its file says both. */
  readonly accepted: boolean;
  /** The same key again is the same sub-agent; null where nobody asks again. */
  readonly key: string | null;
};
export type Spawned = {
  readonly session: string;
  readonly mandate: string;
  readonly outcome: string;
  readonly exitCode: number | null;
  /** What it said last: its answer, or how far it came. */
  readonly said: string;
};
/** The child is there; `done` resolves at its end. */
export type Spawning = { readonly session: string; readonly mandate: string; readonly done: Promise<Spawned> };

/** Starts a sub-agent for the run of `parentId`. */
export async function spawn(ports: Ports, turns: Turns, parentId: string, ask: SpawnAsk): Promise<Result<Spawning>> {
  const found = ports.records.sessions.get(parentId);
  if (found === undefined) return reject(refuse('not_found', `there is no session \`${parentId}\``));
  // INVARIANT: what acts as an agent hands on of the agent's, not of its session's.
  const parent = acting(found);
  if (isOver(parent) || parent.state.name === 'paused')
    return reject(refuse('conflict', `session \`${parentId}\` is ${parent.state.name}; nothing starts under it`));
  // INVARIANT: who lost the connection finds what it started, and starts no second one (opencode#35029).
  const same = ask.key === null ? undefined : found.children.find(({ key }) => key === ask.key);
  if (same !== undefined) return accept(attached(ports, same.session));
  const planned = await plan(ports, parent, ask);
  if (!planned.ok) return planned;
  const { choose, what, working, pin } = planned.value;
  const { agent, purpose } = ask;
  const delegated = await delegate(ports, parent, { agent, purpose, what, choose });
  if (!delegated.ok) return delegated;
  const { mandate, credential, authority } = delegated.value;
  const sandbox = pin === null ? parent.sandbox : agentSandbox(parent.sandbox, authority);
  const child = await openChild(ports, { ...working, sandbox }, ask, { mandate, pin });
  await ports.credentials.put(credentialName(child), credential);
  await ports.records.sessions.record(
    parent.id,
    [
      {
        type: 'child.opened',
        data: { session: child.id, mandate, agent: ask.agent, ...(ask.key === null ? {} : { key: ask.key }) },
      },
    ],
    { ...itself, cause: mandate },
  );
  const over = await followAbove(ports, parentId, child);
  if (over !== null) return reject(over);
  return accept({ session: child.id, mandate, done: carry(ports, turns, parent, child) });
}

/** INVARIANT: what became of its parent while it was made is its own lot too: whoever held or ended that one did not know of it yet. The refusal where it is over; else null. */
async function followAbove(ports: Ports, parentId: string, child: Session): Promise<Refusal | null> {
  const { sessions } = ports.records;
  const parent = sessions.get(parentId);
  if (parent === undefined || isOver(parent)) {
    const sentence = `session \`${parentId}\` is over; nothing starts under it`;
    await endChild(ports, child, { turned: 'busy', sentence });
    return refuse('conflict', sentence);
  }
  if (!isHeld(parent)) return null;
  const { reason, above = parentId } = parent.state;
  const pause = { do: 'pause', cause: 'person', reason, above } as const;
  await sessions.act(child.id, (now) => decide(now, pause), { ...itself, cause: parentId });
  return null;
}

/** By a person, who lets it go on. */
const isHeld = (
  session: Session,
): session is Session & { readonly state: Extract<Session['state'], { readonly name: 'paused' }> } =>
  session.state.name === 'paused' && session.state.cause === 'person';

type Planned = Pick<Delegation, 'choose' | 'what'> & {
  /** The parent, working as the child will. */
  readonly working: Session;
  readonly pin: AgentPin | null;
};

/** What the child asks for and is started as: as its caller says, or as its accepted file does. */
async function plan(ports: Ports, parent: Session, ask: SpawnAsk): Promise<Result<Planned>> {
  const { agent, actions, argv, accepted } = ask;
  const { project } = parent;
  if (!accepted) {
    if (argv.length === 0 || actions.length === 0)
      return reject(
        refuse('invalid', 'a sub-agent needs a program and actions', 'or name an agent that people accepted'),
      );
    return accept({
      what: actions.map((action) => `\`${action}\``).join(', '),
      choose: (own) => restrict(own, actions, project),
      working: { ...parent, driver: 'command', argv },
      pin: null,
    });
  }
  const pinned = pinOf(ports.records, project, agent);
  if (!pinned.ok) return pinned;
  const found = await pinnedAgent(ports.records, project, pinned.value);
  if (!found.ok) return found;
  const working = workingAs(parent, found.value);
  const { asked } = found.value;
  const program = programOfSession(working);
  return accept({
    what: asked === null ? 'what its parent may do' : asked.map((one) => `\`${one}\``).join(', '),
    choose: (own) => accept(agentAuthority(own, { asked, program, project })),
    working,
    pin: pinned.value,
  });
}

async function openChild(
  ports: Ports,
  working: Session,
  ask: SpawnAsk,
  { mandate, pin }: { readonly mandate: string; readonly pin: AgentPin | null },
): Promise<Session> {
  const { id: parent, project, mission, task, workspace, repository, sandbox, driver, argv } = working;
  return ports.records.sessions.create(
    ports.newId('s'),
    [
      {
        type: 'session.opened',
        data: {
          title: ask.purpose.slice(0, 256).toWellFormed(),
          project,
          agent: ask.agent,
          driver,
          mandate,
          mission,
          task,
          parent,
          // Beside its parent, which may change the place under it: HEAD is not the child's to vouch for.
          workspace: workspace === null ? null : { ...workspace, head: null },
          repository,
          argv,
          sandbox,
          pin,
        },
      },
    ],
    project,
    { ...itself, cause: parent },
  );
}

async function carry(ports: Ports, turns: Turns, parent: Session, child: Session): Promise<Spawned> {
  const by = { ...itself, cause: parent.id };
  const admitted = await ports.records.sessions.act(
    child.id,
    (session) =>
      decide(session, {
        do: 'admit',
        input: ports.newId('i'),
        text: child.title,
        delivery: 'queue',
        wake: 'child',
        by: `agent:${parent.agent}`,
        drives: true,
        agent: null,
        person: null,
        expectedTurn: undefined,
        request: null,
      }),
    by,
  );
  const turned: Turned = admitted.ok
    ? await workOff(ports, turns, child.id).catch((error: unknown) => brokenOff(ports, child.id, error))
    : { turned: 'busy', sentence: admitted.refusal.sentence };
  return endChild(ports, child, turned);
}

/** Its fault is its own: whoever started it hears that it failed. */
async function brokenOff(ports: Ports, id: string, error: unknown): Promise<Turned> {
  if (ports.closing.aborted) throw error;
  return {
    turned: 'ended',
    end: { ended: 'failed', exitCode: null, summary: await endAtFault(ports, id, error) },
  };
}

/** What it was started for, and then what was said to it meanwhile and not into its turn: it is not over before that, nor by being held before it began. */
async function workOff(ports: Ports, turns: Turns, id: string): Promise<Turned> {
  const { sessions } = ports.records;
  for (let wake: Wake = 'child'; ;) {
    await whenOver(ports, () => {
      const session = sessions.get(id);
      return session === undefined || !isHeld(session);
    });
    const turned = await runTurn(ports, turns, id, wake);
    const session = sessions.get(id);
    const next = session?.queue[0];
    if (session === undefined || next === undefined) return turned;
    const isNext = turned.turned === 'ended' ? turned.end.ended === 'done' : isHeld(session);
    if (!isNext) return turned;
    ({ wake } = next);
  }
}

/** Ends a sub-agent: its own mandate with its work, and nobody else's; then its session, and the word of it to its parent. */
export async function endChild(ports: Ports, child: Session, turned: Turned): Promise<Spawned> {
  const { outcome, exitCode } = outcomeOf(turned);
  const mandate = child.mandate ?? '';
  const reason = `its work ended: ${outcome}`;
  await giveBack(ports, { mandate, credential: credentialName(child), key: `${child.id}-end`, reason });
  const by = { ...itself, ...(child.parent === null ? {} : { cause: child.parent }) };
  await ports.records.sessions.act(
    child.id,
    (session) => decide(session, { do: 'close', exitCode, summary: outcome }),
    by,
  );
  if (child.parent !== null) {
    // Its parent may be at rest since a process before this one.
    await holdLease(ports, child.parent);
    await recordFacts(ports, child.parent, [{ type: 'child.ended', data: { session: child.id, outcome } }], by);
  }
  await ports.credentials.drop(credentialName(child));
  return { session: child.id, mandate, outcome, exitCode, said: await lastSaid(ports, child.id) };
}

/** Ends every sub-agent of the session: what runs of it, then its own mandate and session. What is below it has no mandate then. */
export async function endChildren(ports: Ports, session: Session, why: string): Promise<void> {
  for (const { session: id, ended } of session.children) {
    const child = ended ? undefined : ports.records.sessions.get(id);
    if (child === undefined) continue;
    for (const run of child.runs)
      await ports.enforcer.call(enforcerApi.kill, { params: { id: run.id }, body: { why } });
    await endChild(ports, child, { turned: 'ended', end: { ended: 'interrupted', summary: why } });
  }
}

/** Resolves when no sub-agent of the session is at work any more, or nothing can run in it. Rejects when this process ends. */
export const childrenEnded = (ports: Ports, id: string): Promise<void> =>
  whenOver(ports, () => {
    const session = ports.records.sessions.get(id);
    return session === undefined || isOver(session) || session.children.every(({ ended }) => ended);
  });

/** A sub-agent that is there already, whoever follows it. */
function attached(ports: Ports, id: string): Spawning {
  const { sessions } = ports.records;
  const mandate = sessions.get(id)?.mandate ?? '';
  const end = async (): Promise<Spawned> => {
    await whenOver(ports, () => {
      const session = sessions.get(id);
      return session === undefined || isOver(session);
    });
    const state = sessions.get(id)?.state;
    const child = { session: id, mandate, said: await lastSaid(ports, id) };
    return state?.name === 'closed'
      ? { ...child, outcome: state.summary, exitCode: state.exitCode }
      : { ...child, outcome: `interrupted: ${state?.name === 'inert' ? state.reason : ''}`, exitCode: null };
  };
  return { session: id, mandate, done: end() };
}

/** Resolves when `isSo`. Rejects when this process ends. */
function whenOver({ records, closing }: Ports, isSo: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!isSo() && !closing.aborted) return;
      listening[Symbol.dispose]();
      closing.removeEventListener('abort', look);
      if (closing.aborted) reject(new Error('the runtime is closing'));
      else resolve();
    };
    const listening = records.onChange(look);
    closing.addEventListener('abort', look);
    look();
  });
}

function outcomeOf(turned: Turned): { readonly outcome: string; readonly exitCode: number | null } {
  switch (turned.turned) {
    case 'ended': {
      const { end } = turned;
      const exitCode = end.ended === 'done' || end.ended === 'failed' ? end.exitCode : null;
      return { outcome: end.ended === 'done' ? 'done' : `${end.ended}: ${end.summary}`, exitCode };
    }
    case 'not_started':
      return { outcome: `refused: ${turned.continuation.sentence}`, exitCode: null };
    case 'busy':
      return { outcome: `refused: ${turned.sentence}`, exitCode: null };
  }
}
