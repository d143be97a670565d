/**
 * Who sees a session: everybody with a role in its project, or its members alone. A sub-agent's session is seen by who sees its parent, a fork by who sees what it was forked from:
 * that is derived, so that no copy of a private session is seen by somebody else. Pure.
 */

import type { Session } from './session.ts';

type Sessions = { readonly get: (id: string) => Session | undefined };

/** The session, and all it came of: its parent and what it was forked from, and theirs. */
function lineOf(sessions: Sessions, session: Session): readonly Session[] {
  const line = new Map([[session.id, session]]);
  // What is added while it is walked is walked too.
  for (const one of line.values())
    for (const from of [one.parent, one.fork?.from]) {
      const above = typeof from === 'string' && !line.has(from) ? sessions.get(from) : undefined;
      if (above !== undefined) line.set(above.id, above);
    }
  return [...line.values()];
}

/** Whether `person` may see `session`, given that they may see its project. */
export function mayView(sessions: Sessions, session: Session, person: string): boolean {
  return lineOf(sessions, session).every(
    ({ visibility }) => visibility.to === 'project' || visibility.members.includes(person),
  );
}

/**
 * Whether what stands in `other` may be told in `session`, to its agent or in its log. INVARIANT: everybody who sees `session` sees `other` too, because it is of the same project and private to nobody,
 * or private as `session` itself is: of its own line.
 */
export function mayTellIn(sessions: Sessions, session: Session, other: Session): boolean {
  const own = new Set(lineOf(sessions, session).map(({ id }) => id));
  return (
    other.project === session.project &&
    lineOf(sessions, other).every(({ id, visibility }) => visibility.to === 'project' || own.has(id))
  );
}
