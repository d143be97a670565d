/** Ends a command that may not touch what running planes use. */

import { failed } from '../exit.ts';
import type { Home } from '../place/home.ts';
import { isAlive } from '../place/process-identity.ts';
import { readSupervisorFile } from './supervisor-file.ts';

/** Ends the command when Writ runs on this machine. */
export function refuseWhileRunning(home: Home): void {
  const file = readSupervisorFile(home.supervisorFile);
  if (file === null || !isAlive(file)) return;
  throw failed('Writ is running on this machine', '`writ down` first; missions go on at the next `writ up`');
}
