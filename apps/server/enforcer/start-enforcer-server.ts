/**
 * The enforcer's server: `enforcerApi` on a Unix socket that only its user can open, in front of `startEnforcer`. It translates.
 *
 * Two bearers count: a token of an enforcement point, from control's directory, and `local.token`, made here for the person at this machine.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { privateFolder, readPrivate, writePrivate } from '@writ/journal';
import { enforcerApi } from '@writ/protocol';
import { endpointOf, pointToken, startEnforcer, systemClock } from '@writ/enforce';
import type { Clock, Enforcer, Resolve } from '@writ/enforce';
import { createDrain } from '../http/drain.ts';
import { createHttpServer } from '../http/http-server.ts';
import { heardWithin, mountReadiness } from '../http/readiness.ts';
import { removeStale } from '../http/multiplex.ts';
import { errorsOnly } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import { answeredIn } from '../telemetry/answered-spans.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { followCalls, followDoors } from '../telemetry/told-spans.ts';
import { mountApi } from '../http/mount.ts';
import { problem } from '../http/problem.ts';
import { pointIn } from '../store/machine.ts';
import type { Door } from '../http/visitors.ts';
import { enforcerHandlers } from './enforcer-handlers.ts';

export type EnforcerServerOptions = {
  /** Writ's state directory. */
  readonly dir: string;
  /** Where control listens; without it, what its `endpoint.json` in `dir` says at each moment. */
  readonly controlUrl?: string;
  readonly clock?: Clock;
  /** Default: errors alone, on standard error. */
  readonly log?: Log;
  /** How the egress gate finds the addresses of a name; by default as the operating system does. */
  readonly resolve?: Resolve;
  /** Default: none. */
  readonly telemetry?: Telemetry | null;
};

export interface EnforcerServer extends AsyncDisposable {
  readonly socketPath: string;
  readonly enforcer: Enforcer;
  close(): Promise<void>;
}

const socketDoor: Door = 'socket';

/** How long calls that are under way may take once the enforcer is told to end, milliseconds. */
const drainMs = 2_000;

/** Not heard for this long, control is gone, and runs stand still. */
const stopDeadlineMs = 2_000;

/** Starts the enforcer and its server. Resolves once it answers, heard control or not. */
export async function startEnforcerServer(options: EnforcerServerOptions): Promise<EnforcerServer> {
  const { dir, controlUrl, log = errorsOnly('enforcer'), telemetry = null } = options;
  const folder = join(dir, 'enforcer');
  await privateFolder(folder);
  const local = await localToken(join(folder, 'local.token'));
  const enforcer = await startEnforcer({
    dir,
    control: () => (controlUrl === undefined ? endpointOf(dir, 'control') : { url: controlUrl }),
    runtime: () => endpointOf(dir, 'runtime'),
    pointToken: () => pointToken(dir),
    point: pointIn(dir, 'enforcer'),
    clock: options.clock ?? systemClock,
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
    report: (fact, reported) => log.warn(fact, reported),
    ...ownFiles(),
  });
  if (telemetry !== null) followEnforcer(telemetry, enforcer);
  const drain = createDrain('the enforcer');
  const app = createHttpServer({
    door: socketDoor,
    drain,
    log,
    problemOf: () => undefined,
  });
  mountApi(app, enforcerApi, enforcerHandlers(enforcer), {
    anyone: { kind: 'anyone' as const },
    ...(telemetry !== null && { around: answeredIn(telemetry) }),
    authenticate: (token) =>
      same(token, local)
        ? { kind: 'person' as const }
        : pointTokens(dir).some((known) => same(token, known))
          ? { kind: 'point' as const }
          : undefined,
    onForbidden: (caller, { route }) =>
      Promise.resolve(problem(403, 'not_yours', `a ${caller.kind} may not ask the enforcer to ${route}`)),
  });
  mountReadiness(app, {
    plane: 'enforcer',
    drain,
    position: () => null,
    conditions: { control: () => heardWithin(stopDeadlineMs, enforcer.controlHeardMsAgo) },
  });
  const socketPath = join(folder, 'enforcer.sock');
  await removeStale(socketPath);
  await app.listen({ path: socketPath });
  await chmod(socketPath, 0o600);
  log.info('enforcer.started', { boot: enforcer.boot, at: socketPath });
  const close = async (): Promise<void> => {
    await drain.close(drainMs);
    await app.close();
    await enforcer[Symbol.asyncDispose]();
    log.info('enforcer.ended', { boot: enforcer.boot });
  };
  return { socketPath, enforcer, close, [Symbol.asyncDispose]: close };
}

function followEnforcer(telemetry: Telemetry, enforcer: Enforcer): void {
  followCalls(telemetry);
  followDoors(telemetry);
  telemetry.gauge(
    { name: 'writ.control.staleness', unit: 's', description: 'how long ago control was heard, and knew everything' },
    () => (enforcer.controlHeardMsAgo === null ? [] : [[enforcer.controlHeardMsAgo / 1_000, {}]]),
  );
  telemetry.gauge(
    { name: 'writ.runs', unit: '{run}', description: 'process trees that are not over, by state' },
    () => {
      const open = enforcer.runs().filter(({ ended_at: endedAt }) => endedAt === null);
      return Map.groupBy(open, ({ state }) => state)
        .entries()
        .map(([state, runs]) => [runs.length, { 'writ.state': state }] as const);
    },
  );
}

/** The bearer of the person at this machine, made once. Throws where something else than a file of ours stands there. */
async function localToken(path: string): Promise<string> {
  const kept = await readPrivate(path);
  if (kept !== undefined) return kept.trim();
  const made = `writ_local_${randomBytes(32).toString('base64url')}`;
  await writePrivate(path, `${made}\n`);
  return made;
}

const points = ['enforcer', 'runtime', 'launcher'] as const;

/** Read each time: control may have made new ones. */
const pointTokens = (dir: string): readonly string[] =>
  points
    .map((name) => join(dir, 'control', 'points', `${name}.token`))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8').trim());

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length > 0 && left.length === right.length && timingSafeEqual(left, right);
}

/** The `writ` program for runs, and where the product's own files lie. */
function ownFiles(): { readonly cli: string | null; readonly visible: readonly string[] } {
  const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
  const cli = join(root, 'apps', 'cli', 'writ.js');
  return existsSync(cli) ? { cli, visible: [root] } : { cli: null, visible: [] };
}
