/**
 * The mandates by id, as they are now: what readings have made true is in them before anybody has written it on their streams.
 *
 * Part of the fold. It decides nothing: what is owed is derived by `signal/owed.ts` and folded by the same `evolve` as what was written, so that a
 * mandate looks the same before and after it is.
 */

import type { LatchPlace } from '../signal/latches.ts';
import type { Mark } from '../signal/owed.ts';
import { owedEvents } from '../signal/owed.ts';
import type { MandateEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { MandateRecord } from './mandate-record.ts';

type Row = {
  stored: MandateRecord;
  /** Null for a mandate without conditions on signals: nothing can be owed to it. */
  readonly watch: { mark: Mark; readonly places: readonly (LatchPlace | undefined)[] } | null;
  /** The record with what is owed, as it was for these latches. */
  now: { readonly for: readonly unknown[]; readonly record: MandateRecord } | null;
};

export type FrozenMandates = ReadonlyMap<string, Omit<Row, 'now'>>;

export class MandateTable {
  readonly #rows: Map<string, Row>;

  /** Begins with nothing, or with what another table was frozen to. */
  constructor(frozen: FrozenMandates = new Map()) {
    this.#rows = new Map([...frozen].map(([id, row]) => [id, { ...row, now: null }]));
  }

  /** All of it as plain data. INVARIANT: the places in it are those of the latches beside it, so both are frozen together. */
  freeze(): FrozenMandates {
    return new Map([...this.#rows].map(([id, { stored, watch }]) => [id, { stored, watch }]));
  }

  get size(): number {
    return this.#rows.size;
  }

  /** The mandate as it is now. */
  get(id: string): MandateRecord | undefined {
    const row = this.#rows.get(id);
    return row === undefined ? undefined : nowOf(row);
  }

  /** The mandate as its own stream has it. */
  stored(id: string): MandateRecord | undefined {
    return this.#rows.get(id)?.stored;
  }

  keys(): IterableIterator<string> {
    return this.#rows.keys();
  }

  *values(): Generator<MandateRecord> {
    for (const row of this.#rows.values()) yield nowOf(row);
  }

  /** The events that are owed to the mandate's stream. */
  owed(id: string): readonly MandateEvent[] {
    const row = this.#rows.get(id);
    return row?.watch === null || row === undefined ? [] : owedTo(row, row.watch);
  }

  /** What would be owed if the latches of `subject` were as `after` makes them. */
  owedAfter(id: string, after: (place: LatchPlace) => LatchPlace): readonly MandateEvent[] {
    const row = this.#rows.get(id);
    if (row === undefined || row.watch === null) return [];
    const latches = row.watch.places.map((place) => place && after(place).latch);
    return owedEvents(row.stored, row.watch.mark, latches);
  }

  /** Folds an event of the mandate's stream. `placesOf`: where the latches of its conditions are, asked for when its terms are set. */
  fold(
    id: string,
    event: MandateEvent,
    position: number,
    placesOf: (record: MandateRecord) => readonly (LatchPlace | undefined)[],
  ): MandateRecord {
    const before = this.#rows.get(id);
    const stored = evolve(before?.stored, event);
    if (before === undefined || event.type === 'mandate.proposed' || event.type === 'mandate.revised') {
      const places = placesOf(stored);
      const isWatched = places.some((place) => place !== undefined);
      const watch = isWatched ? { mark: { affirmed: position, fails: failsIn(places) }, places } : null;
      this.#rows.set(id, { stored, watch, now: null });
      return stored;
    }
    // INVARIANT: an epoch that was derived is never taken back by what was decided before the last of the readings it was derived from.
    const stands = before.watch === null ? stored : withEpoch(stored, nowOf(before).mandate.epoch);
    before.stored = stands;
    before.now = null;
    if (before.watch !== null) before.watch.mark = markAfter(before.watch.mark, event, position, before.watch.places);
    return stands;
  }
}

/** The record at no lower an epoch than `least`; what was given before it stays void. */
function withEpoch(record: MandateRecord, least: number): MandateRecord {
  const { mandate, permitsVoidBelow } = record;
  if (mandate.epoch >= least) return record;
  const isVoid = permitsVoidBelow === mandate.epoch;
  return { ...record, mandate: { ...mandate, epoch: least }, permitsVoidBelow: isVoid ? least : permitsVoidBelow };
}

/** How often the conditions of a mandate have failed, together. */
function failsIn(places: readonly (LatchPlace | undefined)[]): number {
  let fails = 0;
  for (const place of places) if (place !== undefined) fails += place.latch.fails;
  return fails;
}

const latchesIn = (places: readonly (LatchPlace | undefined)[]) => places.map((place) => place?.latch);

const owedTo = ({ stored }: Row, { mark, places }: NonNullable<Row['watch']>): readonly MandateEvent[] =>
  owedEvents(stored, mark, latchesIn(places));

/** A yes takes everything before it as settled; a suspension, that it is written down. */
function markAfter(
  mark: Mark,
  event: MandateEvent,
  position: number,
  places: readonly (LatchPlace | undefined)[],
): Mark {
  const fails = failsIn(places);
  if (event.type === 'mandate.approved') return { affirmed: position, fails };
  if (event.type === 'mandate.reinstated') return { affirmed: position, fails };
  return event.type === 'mandate.suspended' ? { ...mark, fails } : mark;
}

function nowOf(row: Row): MandateRecord {
  const { stored, watch } = row;
  if (watch === null) return stored;
  const { name } = stored.mandate.state;
  if (name !== 'active' && name !== 'suspended') return stored;
  // Nothing has failed that is not written down: the way of nearly all, so nothing is kept for it.
  if (name === 'active' && failsIn(watch.places) === watch.mark.fails) return stored;
  if (row.now !== null && watch.places.every((place, index) => place?.latch === row.now?.for[index]))
    return row.now.record;
  const latches = latchesIn(watch.places);
  const record = owedEvents(stored, watch.mark, latches).reduce<MandateRecord>(evolve, stored);
  row.now = { for: latches, record };
  return record;
}
