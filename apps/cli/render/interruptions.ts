/** How often agents ask in a repository, and how often they may, in a line. Pure. */

import type { Interruptions } from '../place/interruptions.ts';
import { questionsAnHour } from '../place/interruptions.ts';
import { count } from './block.ts';
import { duration } from './when.ts';

/** The line. */
export function interruptionWords(interruptions: Interruptions): string {
  const { perHour, workedMs, terminal, inbox } = interruptions;
  const rate = questionsAnHour(interruptions);
  const asked =
    rate === null
      ? 'no agent worked here long enough to count its questions'
      : `${count(terminal + inbox, 'question')} in ${duration(workedMs)} of agents' work here (${rate.toFixed(1)} an hour), ${String(inbox)} left to the inbox`;
  return `${asked}; above ${String(perHour)} an hour they wait here`;
}
