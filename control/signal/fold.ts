/** Subjects with their readings and latches, who depends on them, and who may report: a part of the fold. It decides nothing. */

import type { Mandate } from '@writ/authority';
import { DueQueue } from '../due.ts';
import { note } from '../indexes.ts';
import type { DeliveryEvent, DeliveryRecord } from './delivery.ts';
import { delivered, noDeliveries } from './delivery.ts';
import type { SignalEvent } from './events.ts';
import type { LatchPlace, Latches } from './latches.ts';
import { hear, keep, latchPlace, nextDue } from './latches.ts';
import type { Source, SourceEvent } from './source.ts';
import type { SubjectRecord } from './subject-record.ts';
import { readingOf, reported } from './subject-record.ts';

export type SignalFold = {
  readonly subjects: Map<string, SubjectRecord>;
  /** The sources that may report. */
  readonly sources: Map<string, Source>;
  /** What each source has delivered, also one that was removed since. */
  readonly deliveries: Map<string, DeliveryRecord>;
  readonly latches: Latches;
  /** Mandates that depend on a subject and can still come back. */
  readonly dependents: Map<string, Set<string>>;
  /** Of these, the ones whose own stream says that a condition suspended them. */
  readonly heldDependents: Map<string, Set<string>>;
  /** Subjects by the time at which something they hold back may return. An entry may be stale: whoever takes one judges it anew. */
  readonly returns: DueQueue;
};

export const noSignals = (): SignalFold => ({
  subjects: new Map(),
  sources: new Map(),
  deliveries: new Map(),
  latches: new Map(),
  dependents: new Map(),
  heldDependents: new Map(),
  returns: new DueQueue(),
});

/** Folds a report, or the end of a hold, in. */
export function foldSignal(p: SignalFold, { type, data }: SignalEvent, position: number): void {
  const { subject, at } = data;
  const before = p.subjects.get(subject);
  const wasDue = nextDue(p.latches, subject);
  if (type === 'signal.held') keep(p.latches, subject, before?.reading, at);
  else {
    p.subjects.set(subject, reported(before, data));
    hear(p.latches, subject, { reading: readingOf(data), before: before?.reading, at, position });
  }
  const due = nextDue(p.latches, subject);
  if (due !== undefined && due !== wasDue) p.returns.add({ at: due, depth: 0, id: subject });
}

/** Folds what a source pushed in. */
export function foldDelivery(p: SignalFold, { data }: DeliveryEvent, position: number): void {
  p.deliveries.set(data.source, delivered(p.deliveries.get(data.source) ?? noDeliveries, data, position));
}

/** Folds in that a source may report, or may no more. Its credential is `identity`'s. */
export function foldSource(p: SignalFold, event: SourceEvent): void {
  const { at, by, id } = event.data;
  if (event.type === 'source.removed') return void p.sources.delete(id);
  const { subjects, settings } = event.data;
  p.sources.set(id, { id, subjects, settings, addedBy: by, addedAt: at });
}

/** Where the latches of a mandate's conditions are; undefined for a condition of the clock alone. */
export const placesOf = (
  p: SignalFold,
  { conditions }: Pick<Mandate, 'conditions'>,
  at: number,
): readonly (LatchPlace | undefined)[] =>
  conditions.map((condition) => latchPlace(p.latches, condition, p.subjects.get(condition.subject)?.reading, at));

/** Which subjects a mandate depends on from now on. */
export function foldDependent(p: SignalFold, { id, state, conditions }: Mandate): void {
  const depends = state.name === 'active' || state.name === 'suspended';
  const isHeld = state.name === 'suspended' && state.cause.kind === 'condition';
  for (const { subject } of conditions) {
    note(p.dependents, subject, id, depends);
    note(p.heldDependents, subject, id, isHeld);
  }
}
