/**
 * How often agents may interrupt the person at the terminal: so many questions for each hour an agent works, in one repository; and how often they did, of late.
 * What is above it waits in the inbox.
 *
 * Remembered outside the repository; a clone brings no say in it.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeFile } from '@writ/enforce/probe';
import { z } from 'zod';

/** Questions an hour of one agent, where nobody said otherwise. */
const usualPerHour = 6;

const hourMs = 3_600_000;
/** Counted for so long, then anew. */
const countedMs = 30 * 24 * hourMs;

const count = z.int().min(0);
const kept = z.object({
  perHour: count,
  /** From when on, in epoch milliseconds; how long agents worked since; how many questions interrupted, and how many were left to the inbox. */
  since: count,
  workedMs: count,
  terminal: count,
  inbox: count,
});
export type Interruptions = z.infer<typeof kept>;

/** Whether one more may interrupt at `now`, after those at `asked` (milliseconds since the epoch). Pure. */
export const mayInterrupt = (asked: readonly number[], now: number, perHour: number): boolean =>
  asked.filter((at) => at > now - hourMs).length < perHour;

/** Questions for each hour an agent worked; null where none worked long enough to tell. Pure. */
export const questionsAnHour = ({ workedMs, terminal, inbox }: Interruptions): number | null =>
  workedMs < hourMs / 60 ? null : (terminal + inbox) / (workedMs / hourMs);

const fileOf = (home: string, repository: string): string =>
  join(
    home,
    'launcher',
    `${createHash('sha256').update(repository).digest('base64url').slice(0, 22)}.interruptions.json`,
  );

/** What is set for the repository and what was counted in it, at `now`. */
export function interruptionsIn(home: string, repository: string, now: number): Interruptions {
  const fresh = { perHour: usualPerHour, since: now, workedMs: 0, terminal: 0, inbox: 0 };
  try {
    const found = kept.parse(JSON.parse(readFileSync(fileOf(home, repository), 'utf8')));
    return found.since > now - countedMs ? found : { ...fresh, perHour: found.perHour };
  } catch {
    return fresh; // nobody said, and nothing was counted
  }
}

/** Keeps what `change` makes of it, at `now`: sessions end beside each other. What is kept then. */
export function changeInterruptions(
  home: string,
  repository: string,
  now: number,
  change: (before: Interruptions) => Interruptions,
): Interruptions {
  let after = interruptionsIn(home, repository, now);
  changeFile(fileOf(home, repository), () => {
    after = change(interruptionsIn(home, repository, now));
    return `${JSON.stringify(after)}\n`;
  });
  return after;
}
