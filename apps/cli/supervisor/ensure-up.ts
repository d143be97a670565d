/** Brings Writ up on this machine when it is not, by a detached supervisor, and waits until every plane answers. Harmless when it runs. */

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { failed } from '../exit.ts';
import type { Home, PlaneName } from '../place/home.ts';
import { planeNames } from '../place/home.ts';
import type { Context } from '../program/context.ts';
import { answering, awaitAll } from './health.ts';
import { isAlive } from '../place/process-identity.ts';
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
  for (;;) {
    const { home, planes } = context;
    const file = readSupervisorFile(home.supervisorFile);
    const before = file !== null && isAlive(file) ? file : null;
    if (before?.ending === true) {
      await theEndOf(context, before);
      continue;
    }
    if (before !== null && (await answering(planes)).size === planeNames.length) return { already: true };
    // A supervisor told to restart nothing starts what is missing when asked.
    if (before !== null) wake(before);
    const started = before === null ? startSupervisor(context, restart) : null;
    const missing = await awaitAll(planes, {
      limitMs,
      ready,
      givenUp: () =>
        standingOf(home.supervisorFile, before, started) !== 'supervised' || isFailing(home.supervisorFile, before),
    });
    if (missing.length === 0) return { already: false };
    const standing = standingOf(home.supervisorFile, before, started);
    // It was being stopped when we came: what was asked last is that it runs.
    if (standing === 'ended' && before !== null) continue;
    if (standing === 'ended')
      throw failed(
        'Writ was stopped again while it came up',
        '`writ up` starts it; somebody ran `writ down` meanwhile',
      );
    const [plane = 'control'] = missing;
    const log = join(home.log, `${plane}.log`);
    throw failed(`${plane} does not come up${lastLine(log)}`, `its log is ${log}; \`writ down\` ends what did start`);
  }
}

const wake = ({ pid }: SupervisorFile): void => {
  try {
    process.kill(pid, 'SIGUSR2');
  } catch {
    // gone since the look: seen on the next one
  }
};

/** Waits until a supervisor that is ending has ended. */
async function theEndOf(context: Context, file: SupervisorFile): Promise<void> {
  context.progress(context.style().dim('Writ is being stopped; waiting for that before it starts …'));
  const until = performance.now() + limitMs;
  while (isAlive(file)) {
    if (performance.now() > until)
      throw failed(
        `Writ is being stopped, and its supervisor, process ${String(file.pid)}, does not end`,
        `its log is ${join(context.home.log, 'supervisor.log')}; \`writ down\` tries again`,
      );
    await sleep(50);
  }
}

/** Its exit code, or the signal that ended it; null while it runs. */
type StartedSupervisor = { readonly end: () => number | string | null };

function startSupervisor({ home, io }: Context, restart: Restart): StartedSupervisor {
  const log = openLog(home);
  const child = spawn(process.execPath, [entry, 'supervise', '--restart', restart], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...io.env, WRIT_HOME: home.root },
    cwd: home.root,
  });
  closeSync(log);
  child.unref();
  let unstartable: string | null = null;
  child.once('error', ({ message }) => (unstartable = message));
  return { end: () => unstartable ?? child.exitCode ?? child.signalCode };
}

/** `ended`: whoever supervised was told to end; `unsupervised`: nobody supervises, and nobody was told so. */
function standingOf(
  path: string,
  before: SupervisorFile | null,
  started: StartedSupervisor | null,
): 'supervised' | 'ended' | 'unsupervised' {
  const file = readSupervisorFile(path);
  if (file !== null && isAlive(file)) return file.ending ? 'ended' : 'supervised';
  if (started === null) return before !== null && isAlive(before) ? 'supervised' : 'ended';
  const end = started.end();
  return end === null ? 'supervised' : end === 0 ? 'ended' : 'unsupervised';
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
