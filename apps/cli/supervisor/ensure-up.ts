/** Brings Writ up on this machine when it is not, by a detached supervisor, and waits until every plane answers. Harmless when it runs. */

import { givesBack } from '../place/give-back-memory.ts';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandEnd, failed } from '../exit.ts';
import type { Home, PlaneName } from '../place/home.ts';
import { planeNames } from '../place/home.ts';
import type { Context } from '../program/context.ts';
import { answering, awaitAll } from './health.ts';
import { rotateLarge } from '../place/log-file.ts';
import { makeHome } from '../place/make-home.ts';
import { ownEnv } from '../place/own-env.ts';
import { isAlive } from '../place/process-identity.ts';
import { systemProblem, systemSentence } from '../system-error.ts';
import { endProcess, graceMs } from './plane-process.ts';
import type { Restart, SupervisorFile } from './supervisor-file.ts';
import { readSupervisorFile } from './supervisor-file.ts';

const entry = fileURLToPath(new URL('../writ.js', import.meta.url));
const limitMs = 30_000;

/** Whether Writ is up: a supervisor that is not ending, and every plane answers. Starts nothing. */
export async function isUp({ home, planes }: Context): Promise<boolean> {
  const file = readSupervisorFile(home.supervisorFile);
  if (file === null || !isAlive(file) || file.ending) return false;
  return (await answering(planes)).size === planeNames.length;
}

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
    // What this call started and cannot be used is not left trying for ever; what ran before goes on.
    if (started !== null) await endOf(home.supervisorFile);
    throw fullDisk(home.root) ?? whyNot(home, missing[0] ?? 'control');
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
  const child = spawn(process.execPath, [givesBack, entry, 'supervise', '--restart', restart], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...ownEnv(io.env), WRIT_HOME: home.root },
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
  // unix(7): a socket's path holds 108 bytes, 104 on BSD.
  if (Buffer.byteLength(home.enforcerSocket) > 103)
    throw failed(
      `Writ cannot keep its state in \`${home.root}\`: the path is too long for a socket in it`,
      'name a shorter one with WRIT_HOME',
    );
  try {
    makeHome(home);
    const path = join(home.log, 'supervisor.log');
    rotateLarge(path);
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw failed(
      `Writ cannot keep its state in \`${home.root}\`: ${systemSentence(error)}`,
      'make that folder yours and writable, or name another with WRIT_HOME',
    );
  }
}

/** A plane that died three times while we waited will not come. */
const isFailing = (path: string, before: SupervisorFile | null): boolean => {
  const now = readSupervisorFile(path);
  return planeNames.some((plane) => (now?.planes[plane]?.restarts ?? 0) - (before?.planes[plane]?.restarts ?? 0) >= 3);
};

/** Below this a plane cannot be expected to start: its journal alone asks for as much. */
const neededBytes = 1_000_000;

/** A full disk leaves no room for a log that would say so. */
function fullDisk(path: string): CommandEnd | null {
  const { bavail, bsize } = statfsSync(path);
  const problem = systemProblem(Object.assign(new Error(), { code: 'ENOSPC', path }));
  return bavail * bsize < neededBytes && problem !== undefined ? new CommandEnd(problem) : null;
}

async function endOf(path: string): Promise<void> {
  const file = readSupervisorFile(path);
  if (file !== null) await endProcess(file, 4 * graceMs);
}

/** In the plane's own last words, where it left some. */
function whyNot(home: Home, plane: PlaneName): CommandEnd {
  const log = join(home.log, `${plane}.log`);
  const said = lastWords(log);
  return failed(
    `${plane} does not come up${said === null ? '' : `: ${said.what}`}`,
    `${said?.wayOut === undefined ? '' : `${said.wayOut}; `}its log is ${log}`,
  );
}

/** What a line says to a person: the sentence in a fact, or the line. */
function sentenceIn(line: string): string {
  return /"sentence":"((?:[^"\\\\]|\\\\.)*)"/.exec(line)?.[1] ?? line;
}

/** The last problem a log tells of, as `render/problem.ts` writes one; else its last line. */
function lastWords(path: string): { readonly what: string; readonly wayOut?: string } | null {
  let lines: string[];
  try {
    lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-40);
  } catch {
    return null; // it has no log yet
  }
  const at = lines.findLastIndex((line) => /^[✗x] /.test(line));
  if (at === -1) return lines.at(-1) ? { what: sentenceIn(lines.at(-1) ?? '').slice(0, 300) } : null;
  const block = lines.slice(at).map((line) => line.replace(/^[✗x] /, '').trim());
  const way = block.findIndex((line) => /^(→|->) /.test(line));
  return way === -1
    ? { what: block.join(' ') }
    : {
        what: block.slice(0, way).join(' '),
        wayOut: block
          .slice(way)
          .join(' ')
          .replace(/^(→|->) /, ''),
      };
}
