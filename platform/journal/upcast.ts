/**
 * Brings what an older release wrote to the shape of today as it is read, so that folds know today's shapes alone. What is stored stays as it is: its hash is over what was written
 * (docs/decisions/0008-how-events-change.md).
 *
 * It refuses an event that this release does not know: a fold that passed over it would answer wrongly.
 */
import { JournalError } from './errors.ts';
import type { Envelope, JsonValue } from './journal.ts';

/** One change of shape of one type of event. Pure. `until`: the last release that wrote it so; `isOld` tells it by what it lacks, and is false of what `bring` gives. */
export type Upcaster = {
  readonly until: string;
  readonly isOld: (data: JsonValue) => boolean;
  readonly bring: (data: JsonValue) => JsonValue;
};

/** By type of event, oldest first: what the first release wrote goes through all of them. */
export type Upcasters = ReadonlyMap<string, readonly Upcaster[]>;

/** The data of an event as it would be written today; what was erased stays null. */
export function upcast(upcasters: Upcasters, { type, data }: Pick<Envelope, 'type' | 'data'>): JsonValue {
  const steps = data === null ? undefined : upcasters.get(type);
  return steps === undefined ? data : steps.reduce((now, { isOld, bring }) => (isOld(now) ? bring(now) : now), data);
}

/** Why a log cannot be read: its event is of a type that only a newer release knows, or that nobody ever wrote. */
export const unknownEvent = ({
  type,
  position,
  stream,
}: Pick<Envelope, 'type' | 'position' | 'stream'>): JournalError =>
  new JournalError(
    'format',
    `the event at \`${String(position)}\` in \`${stream}\` is \`${type}\`, which this writ does not know: a newer one wrote it; upgrade writ`,
  );
