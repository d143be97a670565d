/**
 * What readings have made true of a mandate and nobody has written on its own stream yet. Pure.
 *
 * A reading is one append, however many mandates depend on it; what follows for each is derived here whenever the mandate is looked at, and
 * written down when something rests on it or runs under it. It refuses to bring back a mandate that a person suspended, one whose approver did
 * not choose automatic return, and one that another condition still holds.
 */

import type { Condition } from '@writ/authority';
import type { MandateEvent } from '../mandate/events.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { Failure, Latch } from './latch.ts';

/** How far a mandate's own stream has taken the readings in. */
export type Mark = {
  /** The position at which a person last said yes: what failed before does not count. */
  readonly affirmed: number;
  /** How often its conditions had failed, together, when its stream was last written for it. */
  readonly fails: number;
};

type Own = { readonly condition: Condition; readonly latch: Latch };

/** The events owed to the mandate's stream, in order; none when it says already what holds. `latches`: of its conditions, in their order. */
export function owedEvents(
  { mandate }: MandateRecord,
  mark: Mark,
  latches: readonly (Latch | undefined)[],
): readonly MandateEvent[] {
  const { state, conditions } = mandate;
  if (state.name !== 'active' && state.name !== 'suspended') return [];
  const own = conditions.flatMap((condition, index): readonly Own[] => {
    const latch = latches[index];
    return latch === undefined ? [] : [{ condition, latch }];
  });
  const failed = own.flatMap(({ condition, latch }) => {
    const failure = failureSince(latch, mark.affirmed);
    return failure === undefined ? [] : [{ condition, latch, failure }];
  });
  const fatal = failed.find(({ condition }) => condition.onFailure === 'revoke');
  if (fatal !== undefined) {
    const reason = `\`${fatal.condition.subject}\` became ${fatal.failure.reading}`;
    return [{ type: 'mandate.revoked', data: { at: fatal.failure.at, by: 'control', reason } }];
  }
  const holding = failed.find(
    ({ condition, latch }) => condition.returns === 'by_reinstatement' || latch.releasedAt === null,
  );
  if (state.name === 'suspended') {
    if (state.cause.kind !== 'condition' || holding !== undefined) return [];
    const { condition: causedBy } = state.cause;
    const cause = own.find(({ condition }) => condition.id === causedBy);
    const isBack = cause?.condition.returns === 'automatically' && cause.latch.releasedAt !== null;
    return isBack ? [returned(cause.latch.releasedAt)] : [];
  }
  const episodes = failsOf(latches) - mark.fails;
  const shown = holding ?? failed[0];
  if (episodes === 0 || shown === undefined) return [];
  const { condition, failure } = shown;
  const cause = {
    kind: 'condition',
    condition: condition.id,
    subject: condition.subject,
    reading: failure.reading,
  } as const;
  const suspended: MandateEvent = { type: 'mandate.suspended', data: { at: failure.at, cause, episodes } };
  return holding === undefined ? [suspended, returned(lastRelease(failed))] : [suspended];
}

/** How often the conditions behind `latches` have failed, together. */
const failsOf = (latches: readonly (Latch | undefined)[]): number =>
  latches.reduce((sum, latch) => sum + (latch?.fails ?? 0), 0);

function failureSince({ lastFailure }: Latch, affirmed: number): Failure | undefined {
  return lastFailure !== null && lastFailure.position > affirmed ? lastFailure : undefined;
}

const lastRelease = (failed: readonly Own[]): number =>
  failed.reduce((latest, { latch }) => Math.max(latest, latch.releasedAt ?? 0), 0);

const returned = (at: number): MandateEvent => ({
  type: 'mandate.reinstated',
  data: { at, by: 'control', reason: 'what it depends on holds again' },
});
