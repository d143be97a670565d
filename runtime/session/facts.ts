/**
 * Facts that were seen in a session, recorded once whoever saw them: after a restart, or where another machine took the session over, two processes may follow one run to its end.
 *
 * It refuses nothing: what is late changes nothing and is left out.
 */

import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import type { Result } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';
import { isOver } from './session.ts';

/** Of `events`, those that still say something about `session`. */
export function newFacts(session: Session, events: readonly SessionEvent[]): readonly SessionEvent[] {
  return events.filter((event) => {
    switch (event.type) {
      case 'run.ended':
        return session.runs.some(({ id }) => id === event.data.run);
      case 'output.recorded':
        return session.runs.some(({ id, outputNext }) => id === event.data?.run && event.data.from >= outputNext);
      case 'turn.ended':
        return session.activity.name === 'turn' && session.activity.turn === event.data?.turn;
      case 'child.ended':
        return session.children.some((child) => child.session === event.data.session && !child.ended);
      default:
        return true;
    }
  });
}

/** Records what is new of `events`. */
export function recordFacts(
  { records, boot }: Ports,
  id: string,
  events: readonly SessionEvent[],
  by: By,
): Promise<Result<Session>> {
  return records.sessions.act(
    id,
    (session) =>
      mayRecord(session, boot)
        ? { ok: true, events: newFacts(session, events) }
        : { ok: false, refusal: refuse('conflict', `session \`${id}\` is written by somebody else now`) },
    by,
  );
}

/**
 * INVARIANT: what a writer saw after somebody took its lease is not written into the log. Nobody writes a session that is over, or one that never had a writer, and so whoever saw something of it
 * says so.
 */
export const mayRecord = (session: Session, boot: string): boolean =>
  isOver(session) || session.lease === null || session.lease.holder === boot;

/** Whether this process may speak for the session: nobody took its lease since, or it is over, and nobody writes it any more. */
export function isWrittenHere({ records, boot }: Ports, id: string): boolean {
  const session = records.sessions.get(id);
  return session !== undefined && (isOver(session) || session.lease?.holder === boot);
}
