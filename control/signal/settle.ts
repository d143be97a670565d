/**
 * Writes down what readings have made true of mandates, where it counts: under which something runs or is held, and which a condition suspended
 * before. Each suspension and end has its receipt. What runs nowhere is derived whenever it is looked at, and needs no write.
 */

import { ownState } from '@writ/authority';
import type { Itself } from '../caller.ts';
import type { Plan, PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import type { MandateEvent } from '../mandate/events.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { Outcome } from '../refusal.ts';
import { done } from '../refusal.ts';
import { planStop } from '../stop.ts';
import { mandateStream, signalStream } from '../streams.ts';

const itself: Itself = { kind: 'control' };

/** Mandates with conditions under which an operation is open or a point holds something, found from below. */
export function runningDependents({ projection, registry, find, now }: Core): ReadonlySet<string> {
  const seen = new Set<string>();
  const found = new Set<string>();
  const climb = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const mandate of chainOf(find, current(find, id)?.mandate.id ?? id))
      if (mandate.conditions.length > 0) found.add(mandate.id);
  };
  for (const id of projection.openOperations) climb(projection.operations.get(id)?.begun.mandate ?? '');
  for (const { holdings } of registry.points(now())) for (const { mandate } of holdings) climb(mandate);
  return found;
}

/** What is written for these mandates; the value is the receipts. `owed`: the events each one's stream lacks. */
export function planSettling(
  core: Core,
  mandates: Iterable<string>,
  owed: (mandate: string) => readonly MandateEvent[],
): Outcome<Plan<readonly string[]>> {
  const writes: PlannedWrite[] = [];
  const reliedOn: string[] = [];
  const receipts: string[] = [];
  for (const id of mandates) {
    const settled = settleOne(core, id, owed(id));
    if (!settled.ok) return settled;
    writes.push(...settled.value.writes);
    if (settled.value.receipt !== undefined) receipts.push(settled.value.receipt);
    if (settled.value.writes.length > 0) reliedOn.push(mandateStream(id), ...restingOn(core, id, owed(id)));
  }
  return done({ writes, reliedOn, value: receipts });
}

/** A return rests on every condition of the mandate: another that fails meanwhile must come before it or after it. A stop rests on none. */
export const restingOn = (
  { projection }: Pick<Core, 'projection'>,
  id: string,
  events: readonly MandateEvent[],
): readonly string[] =>
  events.some(({ type }) => type === 'mandate.reinstated')
    ? (projection.mandates.stored(id)?.mandate.conditions ?? []).map(({ subject }) => signalStream(subject))
    : [];

type Settled = { readonly writes: readonly PlannedWrite[]; readonly receipt?: string };

function settleOne(core: Core, id: string, events: readonly MandateEvent[]): Outcome<Settled> {
  const stored = core.projection.mandates.stored(id);
  const [first, ...more] = events;
  if (stored === undefined || first === undefined) return done({ writes: [] });
  const { name } = ownState(stored.mandate, core.now());
  if (name !== 'active' && name !== 'suspended') return done({ writes: [] });
  // What was not in force for a while and is again had nothing under it in the meantime, or it would have been written then.
  if (more.length === 0 && first.type === 'mandate.suspended')
    return stopped(planStop(core, stored, { type: 'suspend', ...first.data }, { by: itself }), id);
  if (first.type === 'mandate.revoked')
    return stopped(planStop(core, stored, { type: 'revoke', reason: first.data.reason }, { by: itself }), id);
  const { project, version } = stored.mandate;
  const lineage = { mandate: id, mandateVersion: version + events.length };
  return done({ writes: [{ stream: mandateStream(id), events, project, lineage, settles: true }] });
}

function stopped(planned: ReturnType<typeof planStop>, id: string): Outcome<Settled> {
  if (!planned.ok) return planned;
  const { writes, receipt } = planned.value;
  const own = mandateStream(id);
  return done({
    writes: writes.map((write) => (write.stream === own ? { ...write, settles: true } : write)),
    receipt,
  });
}
