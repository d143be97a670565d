/** A yes in advance as its events fold. */

import type { AdvanceEvent, GivenAdvance } from './events.ts';

export type AdvanceRecord = {
  readonly given: GivenAdvance & { readonly at: number };
  readonly used: number;
  /** When an operation began on it last; null: never. */
  readonly lastUsedAt: number | null;
  readonly withdrawn: { readonly at: number; readonly by: string; readonly reason: string } | null;
};

/** The record after `event`. Throws on what cannot follow: the log is corrupt. */
export function evolve(record: AdvanceRecord | undefined, event: AdvanceEvent): AdvanceRecord {
  switch (event.type) {
    case 'advance.given': {
      if (record !== undefined) throw impossible(event);
      const { consent: _, ...given } = event.data;
      return { given, used: 0, lastUsedAt: null, withdrawn: null };
    }
    case 'advance.used':
      if (record === undefined || record.withdrawn !== null) throw impossible(event);
      return { ...record, used: record.used + 1, lastUsedAt: event.data.at };
    case 'advance.withdrawn': {
      if (record === undefined || record.withdrawn !== null) throw impossible(event);
      const { at, by, reason } = event.data;
      return { ...record, withdrawn: { at, by, reason } };
    }
  }
}

/** Whether nobody took it back and its time is not over: what began on it goes on, although it may be used up. */
export const isOn = ({ given, withdrawn }: AdvanceRecord, now: number): boolean =>
  withdrawn === null && now < given.expiresAt;

/** Whether an operation can still begin on it at `now`. */
export const isInForce = (record: AdvanceRecord, now: number): boolean =>
  isOn(record, now) && (record.given.uses === null || record.used < record.given.uses);

const impossible = ({ type }: AdvanceEvent): Error => new Error(`corrupt log: \`${type}\` cannot follow there`);
