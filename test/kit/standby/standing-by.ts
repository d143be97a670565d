/** A launcher that stands by, in a state folder of a test's own. Whoever starts something at a terminal there is taken by it, unless their environment has `WRIT_STANDBY=0`, as the kit's has. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** From here on one stands by where Writ is up, as after a start at a terminal. */
export function wantStandby(home: string): void {
  mkdirSync(join(home, 'launcher'), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, 'launcher', 'standby.wanted'), '');
}

/** Resolves once one does. */
export async function standingBy(home: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!existsSync(join(home, 'launcher', 'standby.sock'))) {
    if (performance.now() > end) throw new Error('waited in vain: a launcher stands by');
    await sleep(50);
  }
}

/** Whether the process `pid` has a terminal of its own (proc(5): `tty_nr`): a launcher that stood by has none. */
export function hasTerminal(pid: number): boolean {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields[4] !== '0';
}
