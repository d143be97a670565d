/**
 * Sub-agents: a child mandate at control, a child session here, a run under the child's own credential. The child gets what was asked for of what its
 * parent has, and never anything by being a child.
 */

import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { decide } from './decide.ts';
import { recordFacts } from './facts.ts';
import { delegate, giveBack, restrict } from './delegate.ts';
import { credentialName } from './resume.ts';
import type { Session } from './session.ts';
import { isOver } from './session.ts';
import type { Turned, Turns } from './turn.ts';
import { holdLease, runTurn } from './turn.ts';

export type SpawnAsk = {
  readonly agent: string;
  readonly purpose: string;
  readonly argv: readonly [string, ...string[]];
  readonly actions: readonly string[];
};
export type Spawned = {
  readonly session: string;
  readonly mandate: string;
  readonly outcome: string;
  readonly exitCode: number | null;
};
/** The child is there; `done` resolves at its end. */
export type Spawning = { readonly session: string; readonly mandate: string; readonly done: Promise<Spawned> };

/** Starts a sub-agent for the run of `parentId`. */
export async function spawn(ports: Ports, turns: Turns, parentId: string, ask: SpawnAsk): Promise<Result<Spawning>> {
  const parent = ports.records.sessions.get(parentId);
  if (parent === undefined) return reject(refuse('not_found', `there is no session \`${parentId}\``));
  if (isOver(parent) || parent.state.name === 'paused')
    return reject(refuse('conflict', `session \`${parentId}\` is ${parent.state.name}; nothing starts under it`));
  const { agent, purpose, actions } = ask;
  const delegated = await delegate(ports, parent, {
    ...{ agent, purpose, what: actions.map((action) => `\`${action}\``).join(', ') },
    choose: (own) => restrict(own, actions, parent.project),
  });
  if (!delegated.ok) return delegated;
  const { mandate, credential } = delegated.value;
  const child = await openChild(ports, parent, ask, mandate);
  await ports.credentials.put(credentialName(child), credential);
  await ports.records.sessions.record(
    parent.id,
    [{ type: 'child.opened', data: { session: child.id, mandate, agent: ask.agent } }],
    { ...itself, cause: mandate },
  );
  return accept({ session: child.id, mandate, done: carry(ports, turns, parent, child) });
}

async function openChild(ports: Ports, parent: Session, ask: SpawnAsk, mandate: string): Promise<Session> {
  const { project, mission, task, workspace, repository, sandbox } = parent;
  return ports.records.sessions.create(
    ports.newId('s'),
    [
      {
        type: 'session.opened',
        data: {
          title: ask.purpose.slice(0, 256),
          project,
          agent: ask.agent,
          driver: 'command',
          mandate,
          mission,
          task,
          parent: parent.id,
          // Beside its parent, which may change the place under it: HEAD is not the child's to vouch for.
          workspace: workspace === null ? null : { ...workspace, head: null },
          repository,
          argv: ask.argv,
          sandbox,
        },
      },
    ],
    project,
    { ...itself, cause: parent.id },
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
        expectedTurn: undefined,
      }),
    by,
  );
  const turned: Turned = admitted.ok
    ? await runTurn(ports, turns, child.id, 'child')
    : { turned: 'busy', sentence: admitted.refusal.sentence };
  return endChild(ports, child, turned);
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
  return { session: child.id, mandate, outcome, exitCode };
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
