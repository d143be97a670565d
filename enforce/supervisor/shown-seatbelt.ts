/** What `writ doctor` saw of Seatbelt on this machine, kept in Writ's state. A record that cannot be read shows nothing. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const shownWire = z.object({
  /** The release of the kernel, as `uname -r` says it: another comes with each version of macOS. */
  system: z.string(),
  at: z.iso.datetime(),
  /** What it was to hold and did not; none: it holds. */
  failed: z.array(z.string()),
  /** The same of what stands around a session at a terminal; absent: it was never tried. */
  sessions: z.array(z.string()).optional(),
});

export type ShownSeatbelt = z.infer<typeof shownWire>;

const fileIn = (stateDir: string): string => join(stateDir, 'launcher', 'seatbelt.json');

/** Null where it was never tried. */
export function shownSeatbelt(stateDir: string): ShownSeatbelt | null {
  try {
    return shownWire.safeParse(JSON.parse(readFileSync(fileIn(stateDir), 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

export function keepShownSeatbelt(stateDir: string, shown: ShownSeatbelt): void {
  mkdirSync(dirname(fileIn(stateDir)), { recursive: true, mode: 0o700 });
  writeFileSync(fileIn(stateDir), `${JSON.stringify(shown, null, 2)}\n`, { mode: 0o600 });
}
