/**
 * How often agents may interrupt the person at the terminal: so many questions for each hour an agent works, in one repository; and how often they did, of late.
 * What is above it waits in the inbox.
 *
 * Remembered outside the repository; a clone brings no say in it.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** Keeps it. */
export function keepInterruptions(home: string, repository: string, interruptions: Interruptions): void {
  const file = fileOf(home, repository);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(interruptions)}\n`, { mode: 0o600 });
}
