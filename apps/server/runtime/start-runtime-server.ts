/**
 * The runtime plane as a process: its journal, the runtime over it, and HTTP in front. Routes translate, they never decide.
 *
 * It knows no person's token: whoever calls is asked about at control. It writes where it listens into a file only its user can read.
 */

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { createCaller, createControlClient, endpointOf } from '@writ/enforce';
import { JournalError, openSqliteJournal } from '@writ/journal';
import type { Journal } from '@writ/journal';
import type { ProblemWire } from '@writ/protocol';
import { heartbeatMs, runtimeApi } from '@writ/protocol';
import type { Runtime } from '@writ/runtime';
import { openRuntime } from '@writ/runtime';
import { streamEvents } from '../http/event-stream.ts';
import { createHttpServer, sendProblem } from '../http/http-server.ts';
import { identify, mountApi } from '../http/mount.ts';
import { problem } from '../http/problem.ts';
import type { Authentication, RuntimeCaller } from './authentication.ts';
import { createAuthentication } from './authentication.ts';
import { describeRuntime } from './describe.ts';
import { runtimeHandlers } from './runtime-handlers.ts';

export type RuntimeServerOptions = {
  /** The folder of the installation; this plane uses `runtime/` in it. */
  readonly dir: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: the port it had last time, or a free one. 0: the same. */
  readonly port?: number;
  readonly now?: () => number;
  /** Told of errors that are bugs of ours. Default: standard error. */
  readonly onBug?: (error: Error, where: string) => void;
  /** Before a second attempt at a task, in milliseconds. */
  readonly retryDelayMs?: number;
};

export type RuntimeServer = {
  readonly url: string;
  readonly runtime: Runtime;
  close(): Promise<void>;
} & AsyncDisposable;

/** Starts the runtime over the files in `dir`. Rejects with a `JournalError` of kind `locked` when another process serves them. */
export async function startRuntimeServer(options: RuntimeServerOptions): Promise<RuntimeServer> {
  const { dir, now = Date.now, onBug = logBug } = options;
  const folder = join(dir, 'runtime');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const token = (): string | null => textOf(join(dir, 'control', 'points', 'runtime.token'));
  const control = createControlClient({ base: () => endpointOf(dir, 'control'), token, timeoutMs: 5_000 });
  const enforcer = createCaller({
    base: { socketPath: join(dir, 'enforcer', 'enforcer.sock') },
    token,
    timeoutMs: 15_000,
  });
  const journal = await openSqliteJournal({ path: join(folder, 'runtime.db'), organisation: 'local', now });
  const runtime = await openRuntime({
    dir,
    journal,
    control,
    pointToken: token,
    enforcer,
    now,
    random: randomBytes,
    ...(options.retryDelayMs === undefined ? {} : { retryDelayMs: options.retryDelayMs }),
  }).catch(async (error: unknown) => {
    await journal[Symbol.asyncDispose]();
    throw error;
  });
  const closing = new AbortController();
  const app = createHttpServer({
    door: 'loopback',
    onBug,
    problemOf: (error) => journalProblem(error) ?? (closing.signal.aborted ? shuttingDown : undefined),
  });
  mountRuntime(app, runtime, { authentication: createAuthentication(control, now), closing: closing.signal });
  const url = await listen(app, folder, options);
  await writePrivate(
    join(folder, 'endpoint.json'),
    `${JSON.stringify({ url, pid: process.pid, boot: runtime.boot })}\n`,
  );
  const close = async (): Promise<void> => {
    closing.abort();
    await app.close();
    await runtime[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
    control[Symbol.dispose]();
    enforcer[Symbol.dispose]();
  };
  return { url, runtime, close, [Symbol.asyncDispose]: close };
}

type Surroundings = { readonly authentication: Authentication; readonly closing: AbortSignal };

function mountRuntime(app: FastifyInstance, runtime: Runtime, { authentication, closing }: Surroundings): void {
  const authenticate = (token: string): RuntimeCaller | undefined => authentication.known(token);
  // Before the routes' own look at the bearer: control is asked who it belongs to.
  app.addHook('onRequest', async (request, reply) => {
    let unreachable: ProblemWire | null = null;
    let token: string | null = null;
    identify<RuntimeCaller>(request, { authenticate: (bearer) => ((token = bearer), undefined) });
    if (token !== null) unreachable = await authentication.learn(token);
    if (unreachable !== null && request.routeOptions.url !== runtimeApi.health.path)
      await sendProblem(reply, { ...unreachable, detail: `who you are cannot be asked: ${unreachable.detail}` });
  });
  mountApi<typeof runtimeApi, RuntimeCaller>(app, runtimeApi, runtimeHandlers(runtime), {
    authenticate,
    anyone: { kind: 'anyone' },
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
  const description = JSON.stringify(describeRuntime());
  app.get('/openapi.json', (_, reply) => reply.header('content-type', 'application/json').send(description));
  app.get('/v1/events', async (request, reply) => {
    const caller = identify<RuntimeCaller>(request, { authenticate });
    if (caller === undefined)
      return sendProblem(
        reply,
        problem(
          401,
          'unauthenticated',
          'the request carries no credential that is known here',
          'send `Authorization: Bearer TOKEN`',
        ),
      );
    if (caller.kind !== 'person' && caller.kind !== 'point')
      return sendProblem(reply, problem(403, 'wrong_caller', `a ${caller.kind}'s credential cannot read the log`));
    const after = positionIn(
      request.headers['last-event-id'] ?? new URLSearchParams(request.url.split('?')[1] ?? '').get('after'),
    );
    if (after === undefined)
      return sendProblem(
        reply,
        problem(
          400,
          'malformed_request',
          '`Last-Event-ID` is not a position',
          'send the `id` of the last event you have',
        ),
      );
    await stream(reply, runtime.journal, after, closing);
    return reply;
  });
}

async function stream(
  reply: FastifyReply,
  journal: Journal,
  after: number | null,
  closing: AbortSignal,
): Promise<void> {
  let head = await journal.head();
  using _following = journal.project((envelopes) => (head = envelopes.at(-1)?.position ?? head));
  const events = (from: number, signal: AbortSignal) => changes(journal, from, signal);
  await streamEvents(reply, { after, head: () => head, events, heartbeatMs, signal: closing });
}

/** The journal's events as control streams its own: the same fields, so that one reader reads both. */
async function* changes(journal: Journal, after: number, signal: AbortSignal) {
  for await (const { position, type, at, stream, project, actor, lineage, data } of journal.subscribe({
    after,
    signal,
  }))
    yield { position, type, data: { position, type, at, stream, project, actor, lineage, data } };
}

/** Null where nothing was named, undefined where it is not a position. */
function positionIn(text: string | readonly string[] | null): number | null | undefined {
  if (text === null) return null;
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Listens where it did last time, so that clients find it again; elsewhere when that port is taken. */
async function listen(
  app: FastifyInstance,
  folder: string,
  { host = '127.0.0.1', port = 0 }: RuntimeServerOptions,
): Promise<string> {
  const last = port === 0 ? await lastPort(join(folder, 'endpoint.json')) : port;
  try {
    return await app.listen({ host, port: last });
  } catch (error) {
    if (port !== 0 || last === 0 || !(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'))
      throw error;
    return app.listen({ host, port: 0 });
  }
}

async function lastPort(path: string): Promise<number> {
  const kept = await readFile(path, 'utf8').catch(() => ''); // not there yet
  const url = /"url":"([^"]+)"/.exec(kept)?.[1];
  return url !== undefined && URL.canParse(url) ? Number(new URL(url).port) : 0;
}

async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null; // control has not made it yet
  }
}

const shuttingDown = problem(503, 'closing', 'the runtime is shutting down', 'wait until it is back');

/** What the journal refuses on purpose. */
function journalProblem(error: Error): ProblemWire | undefined {
  if (!(error instanceof JournalError)) return undefined;
  if (error.kind === 'input') return problem(400, 'malformed_request', error.message);
  if (error.kind === 'busy') return problem(503, 'busy', error.message, 'try again in a moment');
  return error.kind === 'closed' ? shuttingDown : undefined;
}

function logBug(error: Error, where: string): void {
  process.stderr.write(`runtime: ${where}: ${error.stack ?? error.message}\n`);
}
