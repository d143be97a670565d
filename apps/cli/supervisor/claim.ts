/** Becoming the one supervisor of a home: `supervisor.json` is created only where there is none, or only that of a supervisor that is dead. */

import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../place/process-identity.ts';
import { readSupervisorFile } from './supervisor-file.ts';
import type { SupervisorFile } from './supervisor-file.ts';

/** Long enough for another claimant that saw the same dead one to have acted. */
const settleMs = 100;

/** Claims `path` with `mine`. Resolves with what the dead one before left, or with `taken`. */
export async function claim(
  path: string,
  mine: SupervisorFile,
): Promise<{ readonly before: SupervisorFile | null } | 'taken'> {
  const draft = `${path}.claim-${String(mine.pid)}`;
  let before: SupervisorFile | null = null;
  try {
    for (;;) {
      const found = readSupervisorFile(path);
      if (found !== null && isAlive(found)) return 'taken';
      before = found ?? before;
      // What the dead one left is kept in ours, so that nothing it started is forgotten.
      writeFileSync(draft, `${JSON.stringify({ ...mine, planes: before?.planes ?? {} }, null, 2)}\n`, { mode: 0o600 });
      if (found !== null) rmSync(path, { force: true });
      try {
        linkSync(draft, path);
        break;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
        // Unreadable is as good as dead; a live one is seen on the next look.
        if (readSupervisorFile(path) === null) rmSync(path, { force: true });
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
  await sleep(settleMs);
  return readSupervisorFile(path)?.pid === mine.pid ? { before } : 'taken';
}
