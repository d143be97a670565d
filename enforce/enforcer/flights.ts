/** Effects that were begun one by one and are on their way: found by a stop, and remembered for receipts once they have landed. */

import type { Clock } from '../client/clock.ts';
import type { Word } from './attest.ts';
import type { Outlet } from './outlet.ts';

/** As whoever stops things sees it. */
export type Flight = {
  readonly operation: string;
  readonly run: string;
  readonly mandate: string;
  /** Ends it, where it still can be. */
  readonly interrupt: (why: string) => void;
};

export type FlightOutcome = 'done' | 'failed' | 'interrupted' | 'unknown';

export interface Flights extends Outlet {
  readonly onFlight: (flight: Flight) => void;
  readonly onLanded: (operation: string, outcome: FlightOutcome, note: string) => void;
}

/** Words that are remembered for receipts. */
const remembered = 1_000;

/** None yet. */
export function createFlights(clock: Clock): Flights {
  const flights = new Map<string, Flight>();
  const words = new Map<string, Word>();
  const stop = (why: string, concerns: (run: string) => boolean): void => {
    for (const flight of [...flights.values()]) if (concerns(flight.run)) flight.interrupt(why);
  };
  return {
    onFlight: (flight) => void flights.set(flight.operation, flight),
    onLanded(operation, outcome, note) {
      flights.delete(operation);
      words.set(operation, wordOf(outcome, note, clock.wall()));
      for (const oldest of words.keys()) {
        if (words.size <= remembered) break;
        words.delete(oldest);
      }
    },
    stop,
    interrupt: (operation, why) => flights.get(operation)?.interrupt(why),
    // Each asks by its own lease, and is told of by control where a change takes it away.
    ask: () => undefined,
    forget(run, why) {
      stop(why, (one) => one === run);
      return Promise.resolve();
    },
    word: (operation) => words.get(operation) ?? (flights.has(operation) ? null : undefined),
  };
}

/** Whoever took something and was then left alone may still be at work on it for this long, milliseconds. */
const residualMs = 60_000;

/** What a receipt says of an effect that landed so, at `now` in wall time. */
const wordOf = (outcome: FlightOutcome, note: string, now: number): Word => ({
  outcome: outcome === 'done' ? 'finished_before' : outcome === 'failed' ? 'stopped' : outcome,
  residual_until: outcome === 'unknown' ? new Date(now + residualMs).toISOString() : null,
  note,
});
