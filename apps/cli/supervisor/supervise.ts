/**
 * The supervisor: three processes, because what stops work must not live inside what does it. Starts control, then the enforcer, then the
 * runtime; starts again what died, with backoff; ends them in the reverse order of need. It holds no authority and reads no token.
 *
 * SIGTERM or SIGINT ends it and everything it started. SIGUSR2 starts every plane that is not running, also with `--restart never`.
 */

import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpointOf } from '../connect/planes.ts';
import type { Home, PlaneName } from '../place/home.ts';
import { planeNames } from '../place/home.ts';
import { nextWait } from './backoff.ts';
import type { PlaneProcess } from './plane-process.ts';
import { adoptPlane, endProcess, startPlane } from './plane-process.ts';
import { identify, isAlive } from './process-identity.ts';
import type { Restart } from './supervisor-file.ts';
import { readSupervisorFile, removeSupervisorFile, writeSupervisorFile } from './supervisor-file.ts';

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

/** How long a plane may take to end before it is killed, milliseconds. */
export const graceMs = 8_000;

/** Makes the folders, readable by this user alone. */
export function makeHome(home: Home): void {
  for (const folder of [home.root, home.control, home.enforcer, home.runtime, home.log, home.cache])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Supervises until `signal` aborts. Resolves with false, doing nothing, when another supervisor already does. */
export async function supervise(options: SuperviseOptions): Promise<boolean> {
  const { home, now, signal, report } = options;
  makeHome(home);
  const before = readSupervisorFile(home.supervisorFile);
  const self = identify(process.pid);
  if (self === null) throw new Error('the process table cannot be read');
  if (before !== null && before.pid !== self.pid && isAlive(before)) return false;

  const running = new Map<PlaneName, PlaneProcess & { readonly restarts: number }>();
  const since = new Date(now()).toISOString();
  const record = (): void => {
    const planes = Object.fromEntries([...running].map(([name, { identity, restarts }]) => [name, { ...identity, restarts }]));
    writeSupervisorFile(home.supervisorFile, { ...self, restart: options.restart, since, planes });
  };
  const wake = new Wake();
  const onStart = (): void => wake.all();
  process.on('SIGUSR2', onStart);
  record();

  const keep = async (plane: PlaneName): Promise<void> => {
    const left = before?.planes[plane];
    let found = left !== undefined && isAlive(left) ? adoptPlane(left) : null;
    for (let waitMs = 0, port = 0, restarts = 0; !signal.aborted; restarts += 1) {
      const bornAt = performance.now();
      const started = found ?? startPlane(home, plane, port, options.env);
      if (started !== null) {
        running.set(plane, { ...started, restarts });
        record();
        report(`${plane} ${found === null ? 'started' : 'taken over'}, process ${String(started.identity.pid)}`);
        const how = await started.ended;
        running.delete(plane);
        if (signal.aborted) return;
        record();
        report(`${plane} died: ${how}`);
      }
      found = null;
      const livedMs = performance.now() - bornAt;
      waitMs = nextWait(waitMs, livedMs);
      port = livedMs > 2_000 ? portOf(home, plane) : 0;
      // A plane that answered comes back where it was; one that could not even start may find its port taken.
      await (options.restart === 'never' ? wake.wait(signal) : Promise.race([sleep(waitMs), wake.wait(signal)]));
    }
  };
  const kept = planeNames.map(async (plane) => {
    if (plane !== 'control') await settled(home, signal);
    await keep(plane);
  });

  await aborted(signal);
  process.off('SIGUSR2', onStart);
  for (const plane of endOrder) {
    const process_ = running.get(plane);
    if (process_ === undefined) continue;
    report(`${plane} ${await endProcess(process_.identity, graceMs)}`);
  }
  await Promise.all(kept);
  removeSupervisorFile(home.supervisorFile);
  return true;
}

/** The port a plane listened on last; 0 when it is not known. */
function portOf(home: Home, plane: PlaneName): number {
  const endpoint = plane === 'control' ? endpointOf(home.controlEndpoint) : plane === 'runtime' ? endpointOf(home.runtimeEndpoint) : null;
  return endpoint === null || !URL.canParse(endpoint.url) ? 0 : Number(new URL(endpoint.url).port);
}

/** Waits until control has said where it listens, for a few seconds: the others start either way and look for it themselves. */
async function settled(home: Home, signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < 100 && !signal.aborted && endpointOf(home.controlEndpoint) === null; turn += 1) await sleep(50);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Lets waiting loops go on together. */
class Wake {
  #waiting: (() => void)[] = [];

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  all(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
