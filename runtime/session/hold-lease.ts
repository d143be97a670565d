/** The lease of a session: who writes it. It takes none from another machine; that is a person's to say. */

import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { decide } from './decide.ts';
import { isOver } from './session.ts';

/** The fencing token under which this process writes `id`; null when it cannot. */
export async function holdLease(ports: Ports, id: string): Promise<number | null> {
  const session = ports.records.sessions.get(id);
  if (session === undefined || isOver(session)) return null;
  if (session.lease?.holder === ports.boot) return session.lease.token;
  const taken = await ports.records.sessions.act(
    id,
    (now) => decide(now, { do: 'take_lease', holder: ports.boot, machine: ports.machine, takesOver: false }),
    itself,
  );
  return taken.ok ? (taken.value.lease?.token ?? null) : null;
}
