/**
 * Facts that were seen in a session, recorded once whoever saw them: after a restart, or where another machine took the session over, two processes may follow one run to its end.
 *
 * It refuses nothing: what somebody else recorded already is left out, and what was said after a stop is kept and marked late (vicoa#41: it was dropped, and nobody knew that twenty agents worked on).
 * What is said here after another machine took the session is kept beside it.
 */

import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { SessionEvent } from './events.ts';
import { keepBeside } from './keep-beside.ts';
import type { Session } from './session.ts';
import { isOver } from './session.ts';

/** Of `events`, those that still say something about `session`; what was said after it was stopped is marked so. */
export function newFacts(session: Session, events: readonly SessionEvent[]): readonly SessionEvent[] {
  return events.flatMap((event) => (isNew(session, event) ? [late(session, event)] : []));
}

function isNew(session: Session, event: SessionEvent): boolean {
  switch (event.type) {
    case 'run.ended':
      return session.runs.some(({ id }) => id === event.data.run);
    case 'output.recorded':
      return session.runs.some(({ id, outputNext }) => id === event.data?.run && event.data.from >= outputNext);
    case 'turn.ended':
      return isAtTurn(session, event.data?.turn);
    case 'child.ended':
      return session.children.some((child) => child.session === event.data.session && !child.ended);
    default:
      return true;
  }
}

/** INVARIANT: what a run or an agent said after a stop is kept, and never passes for work of a turn. */
function late(session: Session, event: SessionEvent): SessionEvent {
  if (event.data === null) return event;
  switch (event.type) {
    case 'output.recorded':
      return isOver(session) ? { type: 'output.late', data: event.data } : event;
    case 'agent.said':
      return isOver(session) || !isAtTurn(session, event.data.turn)
        ? { type: 'agent.said', data: { ...event.data, late: true } }
        : event;
    case 'note.left':
      return isOver(session) ? { type: 'note.left', data: { ...event.data, late: true } } : event;
    default:
      return event;
  }
}

const isAtTurn = ({ activity }: Session, turn: string | undefined): boolean =>
  activity.name === 'turn' && activity.turn === turn;

/** Records what is new of `events`; where another machine took the session over, they are kept beside it. */
export async function recordFacts(
  ports: Ports,
  id: string,
  events: readonly SessionEvent[],
  by: By,
): Promise<Result<Session>> {
  const { records, boot } = ports;
  const recorded = await records.sessions.act(
    id,
    (session) =>
      mayRecord(session, boot)
        ? { ok: true, events: newFacts(session, events) }
        : { ok: false, refusal: refuse('conflict', `session \`${id}\` is written by somebody else now`) },
    by,
  );
  if (!recorded.ok) await keepBeside(ports, id, events);
  return recorded;
}

/**
 * INVARIANT: what a writer saw after somebody took its lease is not written into the log. Nobody writes a session that is over, or one that never had a writer, and so whoever saw something of it
 * says so.
 */
export const mayRecord = (session: Session, boot: string): boolean =>
  isOver(session) || session.lease === null || session.lease.holder === boot;

/** Whether the session is at `turn`, and `boot` writes it. */
export const isTurnOf = (session: Session, turn: string, boot: string): boolean =>
  isAtTurn(session, turn) && mayRecord(session, boot);

/** Whether this process may speak for the session: nobody took its lease since, or it is over, and nobody writes it any more. */
export function isWrittenHere({ records, boot }: Ports, id: string): boolean {
  const session = records.sessions.get(id);
  return session !== undefined && (isOver(session) || session.lease?.holder === boot);
}
