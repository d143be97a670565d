/**
 * One plane as a child process: started, watched, stopped. A plane left over from a supervisor that died is taken over as it runs.
 *
 * It never decides whether to start again: `supervise.ts` does.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { givesBack } from '../place/give-back-memory.ts';
import type { Home, PlaneName } from '../place/home.ts';
import { ownEnv } from '../place/own-env.ts';
import type { ProcessIdentity } from '../place/process-identity.ts';
import { identify, isAlive } from '../place/process-identity.ts';
import { rotateLarge } from '../place/log-file.ts';

export type PlaneProcess = {
  readonly identity: ProcessIdentity;
  /** Resolves when it is gone, with how it ended in words. */
  readonly ended: Promise<string>;
};

/** How long a plane may take to end before it is killed, milliseconds. */
export const graceMs = 8_000;

const entry = fileURLToPath(new URL('../writ.js', import.meta.url));

/** Starts `writ serve` for one plane, its log and whatever else it prints in the log folder; null when it ended at once. */
export function startPlane(home: Home, plane: PlaneName, env: NodeJS.ProcessEnv): PlaneProcess | null {
  const logFile = join(home.log, `${plane}.log`);
  rotateLarge(logFile);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(
      process.execPath,
      [givesBack, entry, 'serve', '--plane', plane, '--dir', home.root, '--log-file', logFile],
      {
        stdio: ['ignore', log, log],
        env: { ...ownEnv(env), WRIT_HOME: home.root },
        cwd: home.root,
      },
    );
    const ended = once(child, 'exit').then(
      // The signature of the `exit` event.
      ([code, signal]: (number | string | null)[]) =>
        signal === null ? `exit code ${String(code)}` : `signal ${String(signal)}`,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const identity = child.pid === undefined ? null : identify(child.pid);
    return identity === null ? null : { identity, ended };
  } finally {
    closeSync(log);
  }
}

/** A plane that runs already, started by an earlier supervisor. */
export const adoptPlane = (identity: ProcessIdentity): PlaneProcess => ({ identity, ended: goneOf(identity) });

async function goneOf(identity: ProcessIdentity): Promise<string> {
  while (isAlive(identity)) await sleep(200);
  return 'it ended';
}

/** Asks a process to end, and kills it when it has not after `patienceMs`. Resolves when it is gone; says whether it went by itself. */
export async function endProcess(identity: ProcessIdentity, patienceMs: number): Promise<'ended' | 'killed'> {
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (isAlive(identity)) process.kill(identity.pid, name);
    } catch {
      // gone between the look and the signal
    }
  };
  signal('SIGTERM');
  const deadline = performance.now() + patienceMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) {
      signal('SIGKILL');
      while (isAlive(identity)) await sleep(20);
      return 'killed';
    }
    await sleep(20);
  }
  return 'ended';
}
