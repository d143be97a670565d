/**
 * A rest before the end: nothing new is started, what is at work finishes. It lasts as long as somebody asks for it again and again, so that whoever asked and died
 * leaves a runtime that works.
 */

import type { Ports } from './ports.ts';
import { isOver } from './session/session.ts';

/** How long one asking lasts, milliseconds. */
export const restMs = 10_000;

export interface Rest {
  /** Whether nothing new is started now. */
  readonly isOn: boolean;
  /** Begins a rest, goes on with one, or ends it. */
  set(on: boolean): void;
}

/** No rest yet. `onEnd`: work may be taken up again. `now`: milliseconds since the epoch. */
export function createRest(now: () => number, onEnd: () => void): Rest {
  let until = 0;
  let timer: NodeJS.Timeout | undefined;
  const over = (): void => {
    clearTimeout(timer);
    timer = undefined;
    until = 0;
    onEnd();
  };
  return {
    get isOn() {
      return now() < until;
    },
    set(on) {
      const was = timer !== undefined;
      clearTimeout(timer);
      timer = undefined;
      if (on) {
        until = now() + restMs;
        timer = setTimeout(over, restMs);
        timer.unref();
      } else if (was) over();
    },
  };
}

export type AtWork = {
  readonly session: string;
  readonly title: string;
  readonly mission: string | null;
  readonly task: string | null;
  /** `finishes`: it ends by itself. `stands_still`: paused, or at a person's terminal. */
  readonly how: 'finishes' | 'stands_still';
};

/** The sessions something runs in. `isAttempting`: whether a task's attempt is between two of its runs there. */
export function atWork(
  { records }: Pick<Ports, 'records'>,
  isAttempting: (session: string) => boolean,
): readonly AtWork[] {
  return records.sessions.all().flatMap((session): readonly AtWork[] => {
    const { id, title, mission, task, driver, state, activity, runs } = session;
    if (isOver(session)) return [];
    const isAttended = driver === 'attended';
    const runsNow = runs.length > 0 || isAttempting(id) || (activity.name === 'turn' && driver !== 'person');
    if (!isAttended && !runsNow) return [];
    return [
      { session: id, title, mission, task, how: isAttended || state.name === 'paused' ? 'stands_still' : 'finishes' },
    ];
  });
}
