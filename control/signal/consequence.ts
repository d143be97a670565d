/**
 * What the readings mean for one mandate that depends on them: nothing, an end, a suspension, or a return. Pure.
 *
 * It refuses to return a mandate that a person suspended, one whose approver did not choose automatic return, and one with a condition that
 * needs a person and was reported on meanwhile.
 */

import type { Condition, SuspendCause } from '@writ/authority';
import { ownState, standing } from '@writ/authority';
import type { MandateFacts } from '../mandate/decide.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';

export type SignalConsequence =
  | { readonly kind: 'none' }
  | { readonly kind: 'revoke'; readonly reason: string }
  | { readonly kind: 'suspend'; readonly cause: SuspendCause }
  | { readonly kind: 'reinstate'; readonly reason: string };

const none: SignalConsequence = { kind: 'none' };

/** What follows for `record` from `readings` at `now`. */
export function consequenceOf(
  { mandate }: MandateRecord,
  readings: MandateFacts['readings'],
  now: number,
): SignalConsequence {
  const state = ownState(mandate, now).name;
  if (state !== 'active' && state !== 'suspended') return none;
  const failing = mandate.conditions.filter(
    (condition) => standing(condition, readings(condition.subject), now) === 'fails',
  );
  const fatal = failing.find((condition) => condition.onFailure === 'revoke');
  if (fatal !== undefined) return { kind: 'revoke', reason: `\`${fatal.subject}\` became ${read(fatal, readings)}` };
  const [first] = failing;
  if (first !== undefined) {
    if (state === 'suspended') return none;
    return {
      kind: 'suspend',
      cause: { kind: 'condition', condition: first.id, subject: first.subject, reading: read(first, readings) },
    };
  }
  return mayReturn(mandate, readings, now) ? { kind: 'reinstate', reason: 'what it depends on holds again' } : none;
}

const read = (condition: Condition, readings: MandateFacts['readings']): string =>
  String(readings(condition.subject)?.value);

function mayReturn(
  { state, conditions }: MandateRecord['mandate'],
  readings: MandateFacts['readings'],
  now: number,
): boolean {
  if (state.name !== 'suspended' || state.cause.kind !== 'condition') return false;
  const { cause, since } = state;
  const caused = conditions.find((condition) => condition.id === cause.condition);
  if (caused?.returns !== 'automatically') return false;
  return conditions.every((condition) => {
    const reading = readings(condition.subject);
    const needsPerson = condition.returns === 'by_reinstatement' && reading !== undefined && reading.at > since;
    return standing(condition, reading, now) === 'holds' && !needsPerson;
  });
}
