/**
 * The supervisor: three processes, because what stops work must not live inside what does it. Starts control, then the enforcer and the
 * runtime; starts again what died, with backoff; ends them in the order of who needs whom. It holds no authority and sends no token.
 *
 * It ends everything when its home is removed: processes nobody can find or stop any more would be worse than none. SIGUSR2 starts every plane
 * that is not running, also with `--restart never`.
 */

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home, PlaneName } from '../place/home.ts';
import { planeNames } from '../place/home.ts';
import { identify, isAlive } from '../place/process-identity.ts';
import type { ProcessIdentity } from '../place/process-identity.ts';
import { makeHome } from '../place/make-home.ts';
import { systemSentence } from '../system-error.ts';
import { nextWait } from './backoff.ts';
import { keepStandby } from './keep-standby.ts';
import { claim } from './claim.ts';
import { controlListens } from './control-listens.ts';
import type { PlaneProcess } from './plane-process.ts';
import { adoptPlane, endProcess, graceMs, startPlane } from './plane-process.ts';
import { readSupervisorFile, removeSupervisorFile, writeSupervisorFile } from './supervisor-file.ts';
import type { Restart, SupervisedPlane, SupervisorFile } from './supervisor-file.ts';
import { Wake } from './wake.ts';

export type SuperviseOptions = {
  readonly home: Home;
  readonly restart: Restart;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends the supervisor and its planes. */
  readonly signal: AbortSignal;
  /** Called when something happened, one sentence. */
  readonly report: (sentence: string) => void;
};

/** In which order planes end: the runtime first, so that it starts nothing more; control last, so that it hears of the others' end. */
export const endOrder = ['runtime', 'enforcer', 'control'] as const satisfies readonly PlaneName[];

/** How long the others wait for control at first; they look for it themselves in any case. */
const controlFirstMs = 5_000;

/** How often it looks whether the home is still its own. */
const lookMs = 500;

/** Supervises until `signal` aborts. Resolves with false, doing nothing, when another supervisor already does. */
export async function supervise(options: SuperviseOptions): Promise<boolean> {
  const { home, report } = options;
  makeHome(home);
  const self = identify(process.pid);
  if (self === null) throw new Error('the process table cannot be read');
  const wake = new Wake();
  const onStart = (): void => wake.all();
  process.on('SIGUSR2', onStart);
  const mine: SupervisorFile = {
    ...self,
    restart: options.restart,
    since: new Date(options.now()).toISOString(),
    ending: false,
    planes: {},
  };
  const claimed = await claim(home.supervisorFile, mine);
  if (claimed === 'taken') return false;

  const gone = new AbortController();
  const signal = AbortSignal.any([options.signal, gone.signal]);
  using _watch = every(lookMs, () => {
    const standing = standingOf(home.supervisorFile, self);
    if (standing === 'mine' || signal.aborted) return;
    report(standing === 'removed' ? 'the home was removed; ending' : 'another supervisor took over; leaving');
    gone.abort(standing);
  });

  // A plane that died stays in the file until its successor runs; whoever reads it asks whether the process is alive.
  const recorded = new Map<PlaneName, SupervisedPlane>();
  const running = new Map<PlaneName, PlaneProcess>();
  const record = (): void => {
    const now = { ...mine, ending: signal.aborted, planes: Object.fromEntries(recorded) };
    try {
      writeSupervisorFile(home.supervisorFile, now);
    } catch (error) {
      // A supervisor that cannot say so still supervises.
      report(`what runs cannot be written down: ${systemSentence(error)}`);
    }
  };
  const kept = planeNames.map((plane) =>
    keep(plane, claimed.before?.planes[plane], { ...options, signal }, wake, {
      started: (started, restarts) => {
        running.set(plane, started);
        recorded.set(plane, { ...started.identity, restarts });
        record();
      },
      ended: () => running.delete(plane),
    }),
  );

  {
    using standby = keepStandby({ home, env: options.env, now: options.now, report });
    using _look = every(lookMs, () => standby.look(running.size === planeNames.length));
    await aborted(signal);
  }
  process.off('SIGUSR2', onStart);
  // Whoever took over has the planes too.
  if (gone.signal.reason === 'taken') return true;
  if (!gone.signal.aborted) record();
  for (const plane of endOrder) {
    const started = running.get(plane);
    if (started !== undefined) report(`${plane} ${await endProcess(started.identity, graceMs)}`);
  }
  await Promise.all(kept);
  removeSupervisorFile(home.supervisorFile, self);
  return true;
}

type Told = { readonly started: (process: PlaneProcess, restarts: number) => void; readonly ended: () => void };

/** Keeps one plane running: takes over the one that is left, starts one, starts it again when it died. */
async function keep(
  plane: PlaneName,
  left: SupervisedPlane | undefined,
  { home, restart, env, signal, report }: SuperviseOptions,
  wake: Wake,
  told: Told,
): Promise<void> {
  let found = left !== undefined && isAlive(left) ? adoptPlane(left) : null;
  for (let waitMs = 0, restarts = 0; !signal.aborted; restarts += 1) {
    if (plane !== 'control' && restarts === 0) await controlAnswers(home, signal);
    if (signal.aborted) return;
    const bornAt = performance.now();
    const started = found ?? tryStart(home, plane, env, report);
    if (started !== null) {
      told.started(started, restarts);
      report(`${plane} ${found === null ? 'started' : 'taken over'}, process ${String(started.identity.pid)}`);
      const how = await started.ended;
      told.ended();
      if (signal.aborted) return;
      report(`${plane} died: ${how}`);
    }
    found = null;
    waitMs = nextWait(waitMs, performance.now() - bornAt);
    await wake.wait(signal, restart === 'never' ? null : waitMs);
  }
}

/** A plane that cannot even be started is tried again like one that died. */
function tryStart(
  home: Home,
  plane: PlaneName,
  env: NodeJS.ProcessEnv,
  report: (sentence: string) => void,
): PlaneProcess | null {
  try {
    return startPlane(home, plane, env);
  } catch (error) {
    report(`${plane} cannot be started: ${systemSentence(error)}`);
    return null;
  }
}

type Standing = 'mine' | 'taken' | 'removed';

/** Whether the file still names this supervisor. */
function standingOf(path: string, self: ProcessIdentity): Standing {
  if (!existsSync(path)) return 'removed';
  const file = readSupervisorFile(path);
  // There, and not to be read now: nobody else's, as far as can be seen.
  if (file === null) return 'mine';
  return file.pid === self.pid && file.started === self.started ? 'mine' : 'taken';
}

function every(ms: number, act: () => void): Disposable {
  const timer = setInterval(act, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function controlAnswers(home: Home, signal: AbortSignal): Promise<void> {
  const until = performance.now() + controlFirstMs;
  while (!signal.aborted && performance.now() < until && !(await controlListens(home))) await sleep(30);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
