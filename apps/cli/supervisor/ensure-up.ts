/** Brings Writ up on this machine when it is not, by a detached supervisor, and waits until every plane answers. Harmless when it runs. */

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failed } from '../exit.ts';
import type { Home, PlaneName } from '../place/home.ts';
import { planeNames } from '../place/home.ts';
import type { Context } from '../program/context.ts';
import { answering, awaitAll } from './health.ts';
import { identify, isAlive } from '../place/process-identity.ts';
import type { ProcessIdentity } from '../place/process-identity.ts';
import { makeHome } from './supervise.ts';
import type { Restart, SupervisorFile } from './supervisor-file.ts';
import { readSupervisorFile } from './supervisor-file.ts';

const entry = fileURLToPath(new URL('../main.ts', import.meta.url));
const limitMs = 30_000;

/** Resolves with whether it was up before; ends the command, naming the log, when a plane does not come. */
export async function ensureUp(
  context: Context,
  restart: Restart,
  ready: (plane: PlaneName) => void,
): Promise<{ readonly already: boolean }> {
  const { home, planes } = context;
  const file = readSupervisorFile(home.supervisorFile);
  const supervised = file !== null && isAlive(file);
  if (supervised && (await answering(planes)).size === planeNames.length) return { already: true };
  // A supervisor told to restart nothing starts what is missing when asked.
  if (supervised) process.kill(file.pid, 'SIGUSR2');
  const child = supervised ? null : startSupervisor(context, restart);
  const missing = await awaitAll(planes, {
    limitMs,
    ready,
    givenUp: () =>
      isUnsupervised(home.supervisorFile, child) || isFailing(home.supervisorFile, supervised ? file : null),
  });
  const [plane] = missing;
  if (plane === undefined) return { already: false };
  const log = join(home.log, `${plane}.log`);
  throw failed(`${plane} does not come up${lastLine(log)}`, `its log is ${log}; \`writ down\` ends what did start`);
}

function startSupervisor({ home, io }: Context, restart: Restart) {
  const log = openLog(home);
  const child = spawn(process.execPath, [entry, 'supervise', '--restart', restart], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...io.env, WRIT_HOME: home.root },
    cwd: home.root,
  });
  closeSync(log);
  child.unref();
  return child.pid === undefined ? null : identify(child.pid);
}

/** The supervisor's log, in a home that is made where there is none; ends the command when that cannot be written. */
function openLog(home: Home): number {
  try {
    makeHome(home);
    return openSync(join(home.log, 'supervisor.log'), 'a', 0o600);
  } catch (error) {
    throw failed(
      `Writ cannot keep its state in \`${home.root}\`: ${error instanceof Error ? error.message : String(error)}`,
      'make that folder yours and writable, or name another with WRIT_HOME',
    );
  }
}

/** Nobody supervises and nobody is about to: the one we started is gone, and no other runs. */
function isUnsupervised(path: string, child: ProcessIdentity | null): boolean {
  const file = readSupervisorFile(path);
  return child !== null && !isAlive(child) && (file === null || !isAlive(file));
}

/** A plane that died three times while we waited will not come. */
const isFailing = (path: string, before: SupervisorFile | null): boolean => {
  const now = readSupervisorFile(path);
  return planeNames.some((plane) => (now?.planes[plane]?.restarts ?? 0) - (before?.planes[plane]?.restarts ?? 0) >= 3);
};

function lastLine(path: string): string {
  try {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-40);
    const line =
      lines.findLast((candidate) => candidate.startsWith('✗')) ??
      lines.findLast((candidate) => candidate.trim() !== '');
    return line === undefined ? '' : `; the last it said: ${line.replace(/^✗ /, '').slice(0, 300)}`;
  } catch {
    return ''; // it has no log yet
  }
}
