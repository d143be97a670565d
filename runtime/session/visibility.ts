/**
 * Who sees a session: everybody with a role in its project, or its members alone. A sub-agent's session is seen by who sees its parent, a fork by who sees what it was forked from:
 * that is derived, so that no copy of a private session is seen by somebody else. Pure.
 */

import type { Session } from './session.ts';

/** Whether `person` may see `session`, given that they may see its project. */
export function mayView(
  sessions: { readonly get: (id: string) => Session | undefined },
  session: Session,
  person: string,
): boolean {
  const seen = new Set<string>();
  for (let next: string[] = [session.id], id = next.pop(); id !== undefined; id = next.pop()) {
    const one = id === session.id ? session : sessions.get(id);
    if (one === undefined || seen.has(id)) continue;
    seen.add(id);
    if (one.visibility.to === 'private' && !one.visibility.members.includes(person)) return false;
    next = [...next, ...[one.parent, one.fork?.from].filter((from) => typeof from === 'string')];
  }
  return true;
}
