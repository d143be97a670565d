/**
 * Who has to find out how an operation ended of which that is unknown, until when, and how. Pure; it finds out nothing itself.
 *
 * It never claims more than the kind of the sink allows: a fenced sink took nothing without the permit, an observable one can be asked whether it has
 * what was sent, and of a blind one only whoever looks for themselves can say anything.
 */

import type { Destination } from '../sink/events.ts';
import { iso } from './decide.ts';
import type { OperationRecord } from './operation-record.ts';

/** How long after its lease others look before a person is asked, in milliseconds. */
export const askedAfterMs = 600_000;

export type Owed = {
  /** `sink`: an enforcement point asks it. `holder`: whoever did it owes an account. `person`: nobody else is waited for. */
  readonly owner: 'sink' | 'holder' | 'person';
  readonly who: string;
  /** When a person is asked, or has been since. */
  readonly until: number;
  readonly todo: string;
};

/** What is owed of an operation; undefined where its end is known, or still to come. */
export function owedOf({ begun, leaseUntil, state }: OperationRecord, now: number): Owed | undefined {
  if (state.name !== 'settled' || state.outcome !== 'unknown') return undefined;
  const until = leaseUntil + askedAfterMs;
  const { destination, id } = begun;
  const say = `\`writ mandate outcome ${id} done\`, or \`failed\``;
  if (now >= until)
    return { owner: 'person', who: 'a person', until, todo: `${lookAt(destination)}, and say so with ${say}` };
  const later = `after ${iso(until)} a person is asked; one can say it before, with ${say}`;
  if (canBeAsked(destination))
    return {
      owner: 'sink',
      who: destination.sink,
      until,
      todo: `\`${destination.sink}\` is asked whether it has ${destination.change.new}; ${later}`,
    };
  const who = `\`${begun.holder}\` in run \`${begun.run}\``;
  return { owner: 'holder', who, until, todo: `${who} owes an account; ${later}` };
}

type Askable = Destination & { readonly change: NonNullable<Destination['change']> };

/** Whether the sink can be asked for what was sent. */
export const canBeAsked = (destination: Destination | undefined): destination is Askable =>
  destination !== undefined && destination.kind !== 'blind' && destination.change !== null;

function lookAt(destination: Destination | undefined): string {
  if (destination === undefined) return 'find out whether it happened';
  const { url, change } = destination;
  return change === null ? `look at ${url}` : `look whether ${url} has, or ever had, ${change.new} at ${change.ref}`;
}

/**
 * What control knows by itself: a fenced sink takes nothing without the single use of a permit, and this one was never taken and can be no more.
 * Undefined where it knows nothing.
 */
export function neverTaken({ begun, leaseUntil, redeemedAt, state }: OperationRecord, now: number): string | undefined {
  const { destination } = begun;
  const isOver = state.name === 'settled' && state.outcome === 'unknown' && now >= leaseUntil;
  if (!isOver || destination?.kind !== 'fenced' || redeemedAt !== null) return undefined;
  return `\`${destination.sink}\` takes nothing without a permit, and its permit was never taken and ended ${iso(leaseUntil)}`;
}
