/**
 * Holds a session where it stands, with every sub-agent below it, and lets them go on. It ends nothing for good: what is held is gone on with, or ended by an act of its own (claude-code#76807).
 */

import { enforcerApi } from '@writ/protocol';
import type { Result } from '../refusal.ts';
import { decide } from '../session/decide.ts';
import { resume } from '../session/resume.ts';
import type { Session } from '../session/session.ts';
import { isOver } from '../session/session.ts';
import { nextStep, resumePorts } from '../session/turn.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';

/**
 * Freezes what runs in a session and keeps everything else from starting. INVARIANT: what it started is held with it (codex#15732). `above`: the session a person paused, where this is one below it.
 */
export async function pauseSession(
  house: House,
  session: Session,
  reason: string,
  who: Who,
  above: string | null = null,
): Promise<Result<Session>> {
  const paused = await house.records.sessions.act(
    session.id,
    (now) => decide(now, { do: 'pause', cause: 'person', reason, above }),
    byWho(who),
  );
  if (!paused.ok) return paused;
  for (const run of paused.value.runs)
    await house.enforcer.call(enforcerApi.freeze, { params: { id: run.id }, body: { why: reason } });
  for (const child of childrenOf(house, paused.value))
    await pauseSession(house, child, reason, who, above ?? session.id);
  return paused;
}

/** Ends the turn of a session that a person holds: its program and all that it left running. What waits stays, and so do its sub-agents, held. */
export async function endTurn(house: House, id: string, reason: string): Promise<void> {
  house.turns.get(id)?.stop(reason);
  for (const run of house.records.sessions.get(id)?.runs ?? [])
    await house.enforcer.call(enforcerApi.kill, { params: { id: run.id }, body: { why: reason } });
}

/** Asks whether the session may go on, and lets it where it may; then what was held with it. */
export async function unpauseSession(house: House, session: Session, who: Who): Promise<void> {
  if (isOver(session) || session.state.name !== 'paused') return;
  if (session.driver === 'attended' && session.mandate === null) {
    await house.records.sessions.act(
      session.id,
      (now) => decide(now, { do: 'resume', wake: 'person', sentence: `${who.name} went on` }),
      byWho(who),
    );
  } else {
    const wake = session.state.cause === 'place' ? 'workspace' : 'person';
    const continuation = await resume(resumePorts(house), session.id, wake, nextStep(session));
    if (continuation.go !== 'continue') return;
    for (const run of session.runs) await house.enforcer.call(enforcerApi.thaw, { params: { id: run.id } });
    house.drain(session.id);
  }
  const above = session.state.above ?? session.id;
  for (const child of childrenOf(house, session))
    if (child.state.name === 'paused' && child.state.above === above) await unpauseSession(house, child, who);
}

/** Its sub-agents that have not ended. */
const childrenOf = ({ records }: House, { children }: Session): readonly Session[] =>
  children.flatMap(({ session, ended }) => (ended ? [] : (records.sessions.get(session) ?? [])));
