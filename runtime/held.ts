/**
 * What the runtime holds under mandates, as it is told to control: every session that could run here and every task that waits. It is looked at anew only where something changed, and told whole
 * only when it is another list than before.
 *
 * It judges nothing; which mandate it stands under is what the records say.
 */

import type { Mission } from './mission/mission.ts';
import type { Ports } from './ports.ts';
import { isOver, isWrittenElsewhere } from './session/session.ts';
import type { Session } from './session/session.ts';

export type Holding = { readonly kind: 'session' | 'queued'; readonly subject: string; readonly mandate: string };

/** `name`: another one whenever the list is another. */
export type Held = { readonly name: string; readonly holdings: readonly Holding[] };

type Looking = Pick<Ports, 'machine'> & { readonly records: Pick<Ports['records'], 'sessions' | 'missions'> };
type Looked = { readonly at: Session | Mission; readonly holdings: readonly Holding[] };

/** What is held now, each time it is called. The values of records are never changed, only replaced. */
export function lookAtHeld({ records, machine }: Looking): () => Held {
  let known = new Map<string, Looked>();
  let serial = 0;
  let held: Held = { name: '0', holdings: [] };
  return () => {
    const now = new Map<string, Looked>();
    let isAnother = false;
    const look = <R extends Session | Mission>(one: R, holds: (one: R) => readonly Holding[]): void => {
      const before = known.get(one.id);
      const holdings = before?.at === one ? before.holdings : holds(one);
      isAnother ||= !isSame(before?.holdings ?? nothing, holdings);
      now.set(one.id, { at: one, holdings });
    };
    for (const session of records.sessions.all()) look(session, (one) => ofSession(one, machine));
    for (const mission of records.missions.all()) look(mission, ofMission);
    for (const [id, { holdings }] of known) isAnother ||= !now.has(id) && holdings.length > 0;
    known = now;
    if (!isAnother) return held;
    serial += 1;
    held = { name: String(serial), holdings: [...now.values()].flatMap(({ holdings }) => holdings) };
    return held;
  };
}

const nothing: readonly Holding[] = [];

function isSame(a: readonly Holding[], b: readonly Holding[]): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every(({ subject, mandate }, at) => b[at]?.subject === subject && b[at].mandate === mandate)
  );
}

const ofSession = (session: Session, machine: string): readonly Holding[] =>
  session.mandate === null || isOver(session) || isWrittenElsewhere(session, machine)
    ? nothing
    : [{ kind: 'session', subject: session.id, mandate: session.mandate }];

function ofMission({ id, mandate, state, tasks }: Mission): readonly Holding[] {
  if (mandate === null || (state.name !== 'running' && state.name !== 'held')) return nothing;
  return tasks
    .filter(({ standing: { name } }) => name === 'waiting' || name === 'retrying' || name === 'asking')
    .map(({ plan }) => ({ kind: 'queued', subject: `${id}/${plan.id}`, mandate }));
}
