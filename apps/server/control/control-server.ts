/**
 * The control plane as a process: its journal, the service over it, and HTTP in front. Routes translate, they never decide.
 *
 * It refuses to listen anywhere but on loopback unless told a host, and it writes where it listens into a file only its user can read.
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Control } from '@writ/control';
import { mostSilentMs, openControl } from '@writ/control';
import { privateFolder } from '@writ/journal';
import type { Rate } from '../http/rate-limit.ts';
import { createRateLimit } from '../http/rate-limit.ts';
import type { ProblemWire, Route } from '@writ/protocol';
import { controlApi } from '@writ/protocol';
import { createDirect } from '../http/direct.ts';
import { mountEvents } from '../http/event-route.ts';
import { createDrain } from '../http/drain.ts';
import { createHttpServer } from '../http/http-server.ts';
import { journalProblem } from '../http/journal-problem.ts';
import { listen, tellEndpoint } from '../http/listen.ts';
import type { ListenOptions } from '../http/listen.ts';
import type { Attempt, MountOptions } from '../http/call.ts';
import { mountApi } from '../http/mount.ts';
import { fitsSocket, listenMultiplexed } from '../http/multiplex.ts';
import type { MultiplexOptions } from '../http/multiplex.ts';
import { mountReadiness, watchedStore } from '../http/readiness.ts';
import { problem } from '../http/problem.ts';
import { errorsOnly } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import { loggedJournal } from '../log/logged-journal.ts';
import { answeredIn } from '../telemetry/answered-spans.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { tracedControl } from '../telemetry/traced-control.ts';
import { tracedJournal } from '../telemetry/traced-journal.ts';
import { advanceHandlers } from './advance-handlers.ts';
import { approvalHandlers } from './approval-handlers.ts';
import { machineIn } from '../store/machine.ts';
import { openPlaneJournal } from '../store/plane-store.ts';
import { authzenHandlers } from './authzen-handlers.ts';
import type { ControlCaller, ControlHandlers } from './caller.ts';
import { budgetHandlers } from './budget-handlers.ts';
import { sinkHandlers } from './sink-handlers.ts';
import { controlConditions } from './conditions.ts';
import { describeControl } from './describe.ts';
import { keyHandlers } from './key-handlers.ts';
import { mandateHandlers } from './mandate-handlers.ts';
import { operationHandlers } from './operation-handlers.ts';
import { changeToWire } from './record-wire.ts';
import { peopleHandlers } from './people-handlers.ts';
import { mountPushRoutes } from './push-routes.ts';
import { policyHandlers } from './policy-handlers.ts';
import { signalHandlers } from './signal-handlers.ts';
import { createSteadyClock } from './steady-clock.ts';
import { problemOf } from './refusal-problem.ts';
import { stopHandlers } from './stop-handlers.ts';
import { attemptWords } from './attempt-words.ts';

export type ControlServerOptions = ListenOptions & {
  /** The folder of the installation; this plane uses `control/` in it. */
  readonly dir: string;
  readonly now?: () => number;
  /** How many calls a credential may make, by what it is; null where nothing is to be held back, as in a measurement. Default: `ownRates`. */
  readonly rates?: Rates | null;
  /** Default: errors alone, on standard error. */
  readonly log?: Log;
  /** Default: none. */
  readonly telemetry?: Telemetry | null;
};

export type ControlServer = { readonly url: string; readonly boot: string; close(): Promise<void> } & AsyncDisposable;

/** How often what has fallen due is written down, in milliseconds. Judgement never waits for it. */
const tickMs = 100;

/** Starts control over the files in `dir`. Rejects with a `JournalError` of kind `locked` when another process serves them. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const folder = join(options.dir, 'control');
  const clock = createSteadyClock(Date.now, () => performance.now());
  const now = options.now ?? clock.now;
  const wall = options.now ?? Date.now;
  const { log = errorsOnly('control'), telemetry = null } = options;
  await privateFolder(folder);
  const store = watchedStore(loggedJournal(await openPlaneJournal(options.dir, 'control', now), log), folder);
  const journal = telemetry === null ? store.journal : tracedJournal(store.journal, telemetry);
  const drain = createDrain('control');
  const makesKeys = (machineIn(options.dir)?.name ?? null) === null;
  const tell = (sentence: string): void => {
    log.warn('snapshot.unusable', { sentence });
  };
  const opened = await openControl({ dir: folder, now, wall, random: randomBytes, journal, tell, makesKeys }).catch(
    async (error: unknown) => {
      await journal[Symbol.asyncDispose]();
      throw error;
    },
  );
  const control = telemetry === null ? opened : tracedControl(opened, telemetry);
  const closing = new AbortController();
  const questions = new Set(
    Object.values<Route>(controlApi).flatMap((route) => (route.question === true ? [route.path] : [])),
  );
  const place = { url: '' };
  const wait = waitsBy(options.rates === undefined ? ownRates : options.rates);
  const surface = surfaceOf(control, () => place.url, { wait, telemetry });
  const direct = createDirect<typeof controlApi, ControlCaller>(controlApi, surface.handlers, askedBeforeActing, {
    ...surface.options,
    log,
    problemOf: journalOf,
  });
  const app = createHttpServer({ door: 'loopback', drain, questions, direct, log, problemOf: journalOf });
  mountControl(app, control, surface, closing.signal);
  mountReadiness(app, {
    plane: 'control',
    drain,
    position: () => control.state.position,
    conditions: controlConditions(control, store.condition, clock.aheadMs),
  });
  place.url = await listen(app, folder, options);
  const socket = await openSocket(join(folder, 'control.sock'), control, surface, { log, drain });
  await tellEndpoint(folder, {
    url: place.url,
    boot: control.boot,
    ...(socket !== undefined && { multiplex: socket.path }),
  });
  const stopTicking = tickEvery(tickMs, control, log);
  log.info('control.started', { boot: control.boot, at: place.url, position: control.state.position });
  const close = async (): Promise<void> => {
    const left = await drain.close(drainMs);
    if (left > 0) log.warn('control.cut_off', { calls: left });
    await stopTicking();
    closing.abort();
    await socket?.[Symbol.asyncDispose]();
    await app.close();
    await control[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
    log.info('control.ended', { boot: control.boot });
  };
  return { url: place.url, boot: control.boot, close, [Symbol.asyncDispose]: close };
}

/** How long calls that are under way may take once control is told to end, milliseconds: less than its supervisor waits. */
const drainMs = 4_000;

const journalOf = (error: Error): ProblemWire | undefined => journalProblem('control', error);

/** The routes that are called before every action, and go the short way. */
const askedBeforeActing: ReadonlySet<keyof typeof controlApi> = new Set(['check', 'evaluate', 'begin'] as const);

type Surface = { readonly handlers: ControlHandlers; readonly options: MountOptions<ControlCaller> };

/** What control answers and to whom, whatever carries the calls. */
function surfaceOf(
  control: Control,
  url: () => string,
  { wait, telemetry }: { readonly wait: Surface['options']['wait']; readonly telemetry: Telemetry | null },
): Surface {
  return {
    handlers: {
      ...mandateHandlers(control),
      ...operationHandlers(control),
      ...budgetHandlers(control),
      ...sinkHandlers(control),
      ...authzenHandlers(control, url),
      ...stopHandlers(control),
      ...keyHandlers(control),
      ...peopleHandlers(control),
      ...approvalHandlers(control),
      ...advanceHandlers(control),
      ...policyHandlers(control),
      ...signalHandlers(control),
    },
    options: {
      authenticate: (token) => control.authenticate(token),
      possession: {
        keyOf: (caller) => (caller.kind === 'anyone' ? null : control.keyOf(caller)),
        proofs: control.proofs,
      },
      claim: (caller, attempt, key, body) => claimKey(control, caller, attempt, key, body),
      onRefused: (caller, { route, params }, { code }) =>
        noteAttempt(control, caller, { route, target: targetIn(params), code }),
      anyone: { kind: 'anyone' },
      ...(wait !== undefined && { wait }),
      ...(telemetry !== null && { around: answeredIn<ControlCaller>(telemetry) }),
      onForbidden: (caller, { route, params }) => forbid(control, caller, route, targetIn(params)),
    },
  };
}

type Rates = { readonly [Kind in 'person' | 'actor']: Rate };

/** More than a person or an agent at work makes, and few enough that one that hammers does no harm to others. */
const ownRates: Rates = {
  person: { burst: 2_000, perSecond: 400 },
  actor: { burst: 500, perSecond: 100 },
};

/** INVARIANT: what ends or accounts for work is never held back: a stop, and what its holder says of an operation. */
const neverHeld: ReadonlySet<string> = new Set([
  'suspend',
  'narrow',
  'revoke',
  'complete',
  'relinquish',
  'stopAll',
  'renew',
  'interrupt',
  'settle',
  'reportUsage',
  'account',
]);

/** Holds callers to `rates`, each credential by itself. Enforcement points speak for many, and are not held. */
function waitsBy(rates: Rates | null): Surface['options']['wait'] {
  if (rates === null) return undefined;
  const limit = createRateLimit(() => performance.now());
  return (caller, route) => {
    if (neverHeld.has(route)) return 0;
    if (caller.kind === 'person') return limit.take(`person ${caller.name}`, rates.person);
    if (caller.kind === 'actor') return limit.take(`actor ${caller.mandate} ${caller.run}`, rates.actor);
    return 0;
  };
}

/** Routes whose commands take the key themselves, into the same append as what they do. */
const keyedThemselves: ReadonlySet<string> = new Set([
  'propose',
  'approve',
  'revise',
  'refuse',
  'suspend',
  'reinstate',
  'narrow',
  'extend',
  'proposeExtension',
  'revoke',
  'complete',
  'delegate',
  'relinquish',
  'stopAll',
  'signal',
  'begin',
  'addPerson',
  'grantRoles',
  'removePerson',
  'renewToken',
  // Its permit is for one use and these parameters, whatever the key.
  'redeem',
]);

/** Every other write is one that may be done twice; its key is still for one body alone. */
async function claimKey(
  control: Control,
  caller: ControlCaller,
  { route, params }: Attempt,
  key: string,
  body: unknown,
): Promise<ProblemWire | undefined> {
  if (caller.kind === 'anyone' || keyedThemselves.has(route)) return undefined;
  const claimed = await control.claimKey(route, { by: caller, key, body: [params, body ?? null] });
  return claimed.ok ? undefined : problemOf(claimed.refusal);
}

const targetIn = (params: Readonly<Record<string, string>>): string | null => params['id'] ?? params['name'] ?? null;

/** The multiplexed socket beside HTTP; undefined where the folder's path is too long for one, and clients then use HTTP. */
async function openSocket(
  path: string,
  { boot }: Control,
  { handlers, options }: Surface,
  ending: Pick<MultiplexOptions<ControlCaller>, 'log' | 'drain'>,
): Promise<(AsyncDisposable & { readonly path: string }) | undefined> {
  if (!fitsSocket(path)) return undefined;
  const more = { ...options, ...ending, path, boot, problemOf: journalOf };
  return listenMultiplexed<typeof controlApi, ControlCaller>(controlApi, handlers, more);
}

function mountControl(
  app: FastifyInstance,
  control: Control,
  { handlers, options }: Surface,
  closing: AbortSignal,
): void {
  const { authenticate } = options;
  mountApi<typeof controlApi, ControlCaller>(app, controlApi, handlers, options);
  mountPushRoutes(app, control);
  // Of a start that nobody asks for it, it is no part.
  let description: string | undefined;
  app.get('/openapi.json', (_, reply) =>
    reply.header('content-type', 'application/json').send((description ??= JSON.stringify(describeControl()))),
  );
  mountEvents<ControlCaller>(app, {
    authenticate,
    whyNot: (caller) =>
      caller.kind === 'person' || caller.kind === 'point'
        ? Promise.resolve(undefined)
        : forbid(control, caller, 'events', null),
    log: (caller) =>
      Promise.resolve({
        head: () => control.state.position,
        isCurrent: () => control.journal.silentMs() < mostSilentMs,
        events: (after, signal) => changes(control, caller, after, signal),
      }),
    closing,
  });
}

/** What `caller` is shown, as it is then: somebody who loses a role is shown nothing more. */
async function* changes(control: Control, caller: ControlCaller, after: number, signal: AbortSignal) {
  for await (const envelope of control.journal.subscribe({ after, signal }))
    yield caller.kind !== 'anyone' && control.sees.event(caller, envelope)
      ? { position: envelope.position, type: envelope.type, data: changeToWire(envelope) }
      : { position: envelope.position, hidden: true as const };
}

/** Somebody called what is not theirs to call: kept for the record, then told so. */
async function forbid(
  control: Control,
  caller: ControlCaller,
  route: string,
  target: string | null,
): Promise<ProblemWire> {
  const code = caller.kind === 'actor' ? 'not_an_approver' : 'wrong_caller';
  await noteAttempt(control, caller, { route, target, code });
  const who = caller.kind === 'actor' ? "an agent's credential" : `a ${caller.kind}'s credential`;
  const wayOut = caller.kind === 'actor' ? 'a person does it from outside the agent' : null;
  return problem(403, code, `${who} cannot ${attemptWords(route, target)}`, wayOut);
}

const attempts: ReadonlySet<string> = new Set([
  'not_an_approver',
  'wrong_caller',
  'not_yours',
  'not_allowed',
  'not_found',
  'invalid_dpop_proof',
  'invalid_token',
]);

/** Keeps what a caller tried that was not its to do. Other refusals say nothing about who asked. */
async function noteAttempt(
  control: Control,
  caller: ControlCaller,
  { route, target, code }: { readonly route: string; readonly target: string | null; readonly code: string },
): Promise<void> {
  if (caller.kind === 'anyone' || !attempts.has(code)) return;
  // A point asks after things that are gone as a matter of course; anybody else who names what is not there may be guessing.
  if (caller.kind === 'point' && code === 'not_found') return;
  await control.recordAttempt({ attempted: attemptWords(route, target), target, code }, caller);
}

/** Ticks one after another; the returned function ends it, after the last one. */
function tickEvery(ms: number, control: Control, log: Log): () => Promise<void> {
  let running = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    running = control
      .tick()
      .catch((error: unknown) => log.bug(error instanceof Error ? error : new Error(String(error)), 'tick'))
      .finally(() => (isRunning = false));
  }, ms);
  timer.unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}
