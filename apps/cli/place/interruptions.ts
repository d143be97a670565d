/**
 * How often agents may interrupt the person at the terminal: so many questions for each hour an agent works, in one repository. What is above it waits in the inbox.
 *
 * Remembered outside the repository; a clone brings no say in it.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Questions an hour of one agent, where nobody said otherwise. */
export const usualPerHour = 6;

const hourMs = 3_600_000;

/** Whether one more may interrupt at `now`, after those at `asked` (milliseconds since the epoch). Pure. */
export const mayInterrupt = (asked: readonly number[], now: number, perHour: number): boolean =>
  asked.filter((at) => at > now - hourMs).length < perHour;

const fileOf = (home: string, repository: string): string =>
  join(
    home,
    'launcher',
    `${createHash('sha256').update(repository).digest('base64url').slice(0, 22)}.interruptions.json`,
  );

/** What is set for the repository, else the usual. */
export function perHourIn(home: string, repository: string): number {
  try {
    const read: unknown = JSON.parse(readFileSync(fileOf(home, repository), 'utf8'));
    const set: unknown = typeof read === 'object' && read !== null ? Reflect.get(read, 'perHour') : undefined;
    return typeof set === 'number' && Number.isSafeInteger(set) && set >= 0 ? set : usualPerHour;
  } catch {
    return usualPerHour; // nobody said
  }
}

/** Sets it. */
export function setPerHour(home: string, repository: string, perHour: number): void {
  const file = fileOf(home, repository);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify({ perHour })}\n`, { mode: 0o600 });
}
