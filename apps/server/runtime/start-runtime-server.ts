/**
 * The runtime plane as a process: its journal, the runtime over it, and HTTP in front. Routes translate, they never decide.
 *
 * It knows no person's token: whoever calls is asked about at control. It writes where it listens into a file only its user can read.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createCaller, createControlClient, endpointOf } from '@writ/enforce';
import type { Envelope } from '@writ/journal';
import { privateFolder } from '@writ/journal';
import { runtimeApi } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import type { Runtime } from '@writ/runtime';
import { openRuntime } from '@writ/runtime';
import { mountEvents } from '../http/event-route.ts';
import type { EventRoute } from '../http/event-route.ts';
import { createDrain } from '../http/drain.ts';
import type { Drain } from '../http/drain.ts';
import { createHttpServer, sendProblem } from '../http/http-server.ts';
import type { Conditions } from '../http/readiness.ts';
import { heardWithin, mountReadiness, watchedStore } from '../http/readiness.ts';
import { journalProblem, shuttingDown } from '../http/journal-problem.ts';
import { listen, tellEndpoint } from '../http/listen.ts';
import type { ListenOptions } from '../http/listen.ts';
import { identify, mountApi } from '../http/mount.ts';
import { problem } from '../http/problem.ts';
import { errorsOnly } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import { loggedJournal } from '../log/logged-journal.ts';
import { answeredIn } from '../telemetry/answered-spans.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { followCalls } from '../telemetry/told-spans.ts';
import { behindUs } from './behind-us.ts';
import { followSessions } from './session-spans.ts';
import { tracedJournal } from '../telemetry/traced-journal.ts';
import { isOneOfSeveral, pointIn } from '../store/machine.ts';
import { openPlaneJournal } from '../store/plane-store.ts';
import type { Authentication, RuntimeCaller } from './authentication.ts';
import { createAuthentication } from './authentication.ts';
import { describeRuntime } from './describe.ts';
import { sees, views } from './rights.ts';
import { runtimeHandlers } from './runtime-handlers.ts';

export type RuntimeServerOptions = ListenOptions & {
  /** The folder of the installation; this plane uses `runtime/` in it. */
  readonly dir: string;
  readonly now?: () => number;
  /** Default: errors alone, on standard error. */
  readonly log?: Log;
  /** Default: none. */
  readonly telemetry?: Telemetry | null;
  /** Before a second attempt at a task, in milliseconds. */
  readonly retryDelayMs?: number;
  /** How long a call of a task's agent stands still for a person, in milliseconds. */
  readonly heldCallMs?: number;
};

export type RuntimeServer = {
  readonly url: string;
  readonly runtime: Runtime;
  close(): Promise<void>;
} & AsyncDisposable;

/** Starts the runtime over the files in `dir`. Rejects with a `JournalError` of kind `locked` when another process serves them. */
export async function startRuntimeServer(options: RuntimeServerOptions): Promise<RuntimeServer> {
  const { dir, now = Date.now, log = errorsOnly('runtime'), telemetry = null } = options;
  if (telemetry !== null) followRuntime(telemetry);
  const folder = join(dir, 'runtime');
  await privateFolder(folder);
  const token = (): string | null => textOf(join(dir, 'control', 'points', 'runtime.token'));
  const control = createControlClient({ base: () => endpointOf(dir, 'control'), token, timeoutMs: 5_000 });
  const enforcer = createCaller({
    base: { socketPath: join(dir, 'enforcer', 'enforcer.sock') },
    token,
    timeoutMs: 15_000,
  });
  const store = watchedStore(loggedJournal(await openPlaneJournal(dir, 'runtime', now), log), folder);
  const journal = telemetry === null ? store.journal : tracedJournal(store.journal, telemetry);
  const drain = createDrain('the runtime');
  const runtime = await openRuntime({
    dir,
    journal,
    control,
    pointToken: token,
    point: pointIn(dir, 'runtime'),
    isOneOfSeveral: () => isOneOfSeveral(dir),
    enforcer,
    now,
    random: randomBytes,
    tell: (sentence) => {
      log.warn('snapshot.unusable', { sentence });
    },
    failed: (session, error) => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      log.error('session.failed', { session, sentence: message, stack });
    },
    ...(options.retryDelayMs === undefined ? {} : { retryDelayMs: options.retryDelayMs }),
    ...(options.heldCallMs === undefined ? {} : { heldCallMs: options.heldCallMs }),
  }).catch(async (error: unknown) => {
    await journal[Symbol.asyncDispose]();
    throw error;
  });
  telemetry?.gauge(
    { name: 'writ.session.queue', unit: '{input}', description: 'inputs that were admitted and that no turn took up' },
    () => [[runtime.queued(), {}]],
  );
  const closing = new AbortController();
  const app = createHttpServer({
    door: 'loopback',
    drain,
    log,
    problemOf: (error) =>
      journalProblem('the runtime', error) ?? (closing.signal.aborted ? shuttingDown('the runtime') : undefined),
  });
  mountRuntime(app, runtime, {
    authentication: createAuthentication(control, now),
    closing: closing.signal,
    telemetry,
  });
  mountRuntimeReadiness(app, runtime, { drain, store: store.condition });
  const url = await listen(app, folder, options);
  await tellEndpoint(folder, { url, boot: runtime.boot });
  log.info('runtime.started', { boot: runtime.boot, at: url });
  const close = async (): Promise<void> => {
    const left = await drain.close(drainMs);
    if (left > 0) log.info('runtime.cut_off', { calls: left });
    closing.abort();
    await app.close();
    await runtime[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
    control[Symbol.dispose]();
    enforcer[Symbol.dispose]();
    log.info('runtime.ended', { boot: runtime.boot });
  };
  return { url, runtime, close, [Symbol.asyncDispose]: close };
}

/** How long calls that are under way may take once the runtime is told to end, milliseconds. Those that wait for a person or a sub-agent are made again by who waits. */
const drainMs = 2_000;

/** What the runtime last heard of control may be this old, milliseconds: as old as a yes may be. */
const heardWithinMs = 5_000;

type Standing = { readonly drain: Drain; readonly store: Conditions[string] };

function mountRuntimeReadiness(app: FastifyInstance, runtime: Runtime, { drain, store }: Standing): void {
  let position: number | null = null;
  mountReadiness(app, {
    plane: 'runtime',
    drain,
    position: () => position,
    conditions: {
      store: async () => {
        position = await runtime.journal.head();
        return store();
      },
      control: () => heardWithin(heardWithinMs, runtime.controlHeardMsAgo()),
      witness: () => {
        const seen = runtime.witnessed();
        return {
          holds: seen !== null,
          found: seen === null ? 'none of control yet' : `of control up to ${String(seen)}`,
        };
      },
    },
  });
}

type Surroundings = {
  readonly authentication: Authentication;
  readonly closing: AbortSignal;
  readonly telemetry: Telemetry | null;
};

function followRuntime(telemetry: Telemetry): void {
  followCalls(telemetry);
  followSessions(telemetry);
}

function mountRuntime(
  app: FastifyInstance,
  runtime: Runtime,
  { authentication, closing, telemetry }: Surroundings,
): void {
  const authenticate = (token: string): RuntimeCaller | undefined => authentication.known(token);
  // Before the routes' own look at the bearer: control is asked who it belongs to.
  app.addHook('onRequest', async (request, reply) => {
    let token: string | null = null;
    identify<RuntimeCaller>(request, { authenticate: (bearer) => ((token = bearer), undefined) });
    // Whether it lives is told also while control does not answer.
    const asked = request.routeOptions.url;
    if (token === null || asked === runtimeApi.health.path || asked === '/readyz') return;
    const unreachable = await authentication.learn(token);
    if (unreachable !== null)
      await sendProblem(reply, { ...unreachable, detail: `who you are cannot be asked: ${unreachable.detail}` });
  });
  mountApi<typeof runtimeApi, RuntimeCaller>(app, runtimeApi, runtimeHandlers(runtime), {
    authenticate,
    anyone: { kind: 'anyone' },
    ...(telemetry !== null && { around: answeredIn<RuntimeCaller>(telemetry) }),
    onForbidden: (caller) =>
      Promise.resolve(
        caller.kind === 'actor'
          ? problem(
              403,
              'not_an_approver',
              "an agent's credential cannot do that",
              'an agent asks through its own door',
            )
          : problem(403, 'wrong_caller', `a ${caller.kind}'s credential cannot do that`),
      ),
  });
  // Of a start that nobody asks for it, it is no part.
  let description: string | undefined;
  app.get('/openapi.json', (_, reply) =>
    reply.header('content-type', 'application/json').send((description ??= JSON.stringify(describeRuntime()))),
  );
  const mayRead = ({ kind }: RuntimeCaller): ProblemWire | undefined =>
    kind === 'person' || kind === 'point'
      ? undefined
      : problem(403, 'wrong_caller', `a ${kind}'s credential cannot read the log`);
  mountEvents<RuntimeCaller>(app, {
    authenticate,
    whyNot: (caller) => Promise.resolve(mayRead(caller)),
    log: (caller) => logOf(runtime, caller, null),
    closing,
  });
  mountEvents<RuntimeCaller>(app, {
    path: '/v1/sessions/:id/events',
    authenticate,
    whyNot: (caller, { id = '' }) => Promise.resolve(mayRead(caller) ?? whyNoSession(runtime, caller, id)),
    log: (caller, { id = '' }) => logOf(runtime, caller, id),
    closing,
  });
}

/** INVARIANT: one that is not for this caller is answered as one that does not exist. */
function whyNoSession(runtime: Runtime, caller: RuntimeCaller, id: string): ProblemWire | undefined {
  const found = runtime.sessions.get(id);
  return found.ok && sees(caller, found.value.project) && views(runtime, caller, id)
    ? undefined
    : problem(404, 'not_found', `there is no session \`${id}\``, '`writ session list` lists them');
}

/** The log as `caller` may see it; of one session where it is named, which is open to them for as long as they read. */
async function logOf(
  runtime: Runtime,
  caller: RuntimeCaller,
  session: string | null,
): ReturnType<EventRoute<RuntimeCaller>['log']> {
  const { journal, presence } = runtime;
  let head = await journal.head();
  const following = journal.project((envelopes) => (head = envelopes.at(-1)?.position ?? head));
  const present = session !== null && caller.kind === 'person' ? presence.enter(session, caller.name) : null;
  return {
    head: () => head,
    events: (after, signal) =>
      behindUs(
        journal.subscribe({ after, signal }),
        (envelope) => changeFor(runtime, { caller, session }, envelope),
        () => head,
      ),
    [Symbol.dispose]: () => {
      following[Symbol.dispose]();
      present?.[Symbol.dispose]();
    },
  };
}

type Reader = { readonly caller: RuntimeCaller; readonly session: string | null };

/** An event of the journal as control streams its own, with the same fields, so that one reader reads both; null where it is not for this one. */
function changeFor(runtime: Runtime, { caller, session }: Reader, envelope: Envelope) {
  const { position, type, stream, project, lineage } = envelope;
  const of = stream.startsWith('session/') ? stream.slice('session/'.length) : (lineage['session'] ?? null);
  // What costs least first: most events are of another session.
  if ((session !== null && of !== session) || !sees(caller, project) || !views(runtime, caller, of)) return null;
  return { position, type, data: toldOf(envelope) };
}

/** What is told of an event, the very same to all who are told of it. */
const told = new WeakMap<Envelope, object>();
function toldOf(envelope: Envelope): object {
  const known = told.get(envelope);
  if (known !== undefined) return known;
  const { position, type, at, stream, project, actor, lineage, data } = envelope;
  const made = { position, type, at, stream, project, actor, lineage, data };
  told.set(envelope, made);
  return made;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null; // control has not made it yet
  }
}
