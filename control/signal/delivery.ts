/**
 * What sources that push have delivered: each message once, with what became of it. Part of the fold.
 *
 * It refuses to forget a message while its source could send it again: GitHub's by number, as they carry no time that is signed; a transmitter's by
 * the age beyond which it is refused anyway.
 */

import type { GithubChange, GithubMemory } from './github/memory.ts';
import { emptyGithub, remember } from './github/memory.ts';

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

export type DeliveryEvent = Happened<
  'delivery.received',
  {
    readonly source: string;
    /** By whatever it is known when it comes again: each of these is taken once. */
    readonly marks: readonly string[];
    /** Until when it has to be known again, in epoch milliseconds; null where its source gives it no time. */
    readonly keepUntil: number | null;
    /** What kind of message, in the source's own words. */
    readonly kind: string;
    readonly outcome: 'applied' | 'unused';
    readonly note: string;
    /** What it said something about; absent where its source is never told. */
    readonly subjects?: readonly string[];
    /** What it leaves to be remembered of GitHub's own state. */
    readonly github?: readonly GithubChange[];
  }
>;

export type Delivered = DeliveryEvent['data'];

export type DeliveryRecord = {
  /** Marks of messages, oldest first. */
  readonly seen: ReadonlyMap<string, Seen>;
  readonly last: Pick<Delivered, 'at' | 'kind' | 'outcome' | 'note'> | null;
  readonly github: GithubMemory;
};

/** `until`: the time until which it is kept; null while there is room. `position`: where it stands in the journal. */
type Seen = { readonly until: number | null; readonly position: number };

export const noDeliveries: DeliveryRecord = { seen: new Map(), last: null, github: emptyGithub };

/** The most marks without a time that are remembered for one source. */
export const maxMarks = 100_000;

/** The record after a delivery at `position`. */
export function delivered(record: DeliveryRecord, data: Delivered, position: number): DeliveryRecord {
  const { at, marks, keepUntil, kind, outcome, note, github = [] } = data;
  // The map is this record's own: nobody else holds it while it grows.
  const seen = record.seen instanceof Map && record.seen.size > 0 ? record.seen : new Map<string, Seen>();
  for (const mark of marks) seen.set(mark, { until: keepUntil, position });
  for (const [mark, { until }] of seen) {
    const isOver = until === null ? seen.size > maxMarks : until < at;
    if (!isOver) break;
    seen.delete(mark);
  }
  return { seen, last: { at, kind, outcome, note }, github: github.reduce(remember, record.github) };
}

/** Where a message stands in the journal that was taken before; undefined of a new one. */
export const takenAt = ({ seen }: DeliveryRecord, mark: string): number | undefined => seen.get(mark)?.position;
