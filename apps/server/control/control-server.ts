/**
 * The control plane as a process: its journal, the service over it, and HTTP in front. Routes translate, they never decide.
 *
 * It refuses to listen anywhere but on loopback unless told a host, and it writes where it listens into a file only its user can read.
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Control } from '@writ/control';
import { openControl, privateFolder, readPrivate, writePrivate } from '@writ/control';
import { JournalError, openSqliteJournal } from '@writ/journal';
import type { ProblemWire } from '@writ/protocol';
import { controlApi, heartbeatMs } from '@writ/protocol';
import { streamEvents } from '../http/event-stream.ts';
import { createHttpServer, sendProblem } from '../http/http-server.ts';
import { identify, mountApi } from '../http/mount.ts';
import { problem } from '../http/problem.ts';
import { authzenHandlers } from './authzen-handlers.ts';
import type { ControlCaller } from './caller.ts';
import { describeControl } from './describe.ts';
import { mandateHandlers } from './mandate-handlers.ts';
import { operationHandlers } from './operation-handlers.ts';
import { changeToWire } from './record-wire.ts';
import { stopHandlers } from './stop-handlers.ts';
import { attemptWords } from './attempt-words.ts';

export type ControlServerOptions = {
  /** The folder of the installation; this plane uses `control/` in it. */
  readonly dir: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: the port it had last time, or a free one. 0: the same. */
  readonly port?: number;
  readonly now?: () => number;
  /** Told of errors that are bugs of ours. Default: standard error. */
  readonly onBug?: (error: Error, where: string) => void;
};

export type ControlServer = { readonly url: string; readonly boot: string; close(): Promise<void> } & AsyncDisposable;

/** How often what has fallen due is written down, in milliseconds. Judgement never waits for it. */
const tickMs = 100;

/** Starts control over the files in `dir`. Rejects with a `JournalError` of kind `locked` when another process serves them. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const folder = join(options.dir, 'control');
  const now = options.now ?? Date.now;
  const onBug = options.onBug ?? logBug;
  await privateFolder(folder);
  const journal = await openSqliteJournal({ path: join(folder, 'control.db'), organisation: 'local', now });
  const control = await openControl({ dir: folder, now, random: randomBytes, journal }).catch(
    async (error: unknown) => {
      await journal[Symbol.asyncDispose]();
      throw error;
    },
  );
  const closing = new AbortController();
  const app = createHttpServer({ door: 'loopback', onBug, problemOf: journalProblem });
  const place = { url: '' };
  mountControl(app, control, { closing: closing.signal, url: () => place.url });
  place.url = await listen(app, folder, options);
  await writePrivate(
    join(folder, 'endpoint.json'),
    `${JSON.stringify({ url: place.url, pid: process.pid, boot: control.boot })}\n`,
  );
  const stopTicking = tickEvery(tickMs, control, onBug);
  const close = async (): Promise<void> => {
    await stopTicking();
    closing.abort();
    await app.close();
    await control[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
  };
  return { url: place.url, boot: control.boot, close, [Symbol.asyncDispose]: close };
}

type Surroundings = { readonly closing: AbortSignal; readonly url: () => string };

function mountControl(app: FastifyInstance, control: Control, { closing, url }: Surroundings): void {
  const authenticate = (token: string): ControlCaller | undefined => control.authenticate(token);
  const handlers = {
    ...mandateHandlers(control),
    ...operationHandlers(control),
    ...authzenHandlers(control, url),
    ...stopHandlers(control),
  };
  mountApi<typeof controlApi, ControlCaller>(app, controlApi, handlers, {
    authenticate,
    onRefused: (caller, { route, params }, { code }) =>
      noteAttempt(control, caller, { route, target: params['id'] ?? null, code }),
    anyone: { kind: 'anyone' },
    onForbidden: (caller, { route, params }) => forbid(control, caller, route, params['id'] ?? null),
  });
  const description = JSON.stringify(describeControl());
  app.get('/openapi.json', (_, reply) => reply.header('content-type', 'application/json').send(description));
  app.get('/readyz', (_, reply) =>
    reply
      .header('content-type', 'application/json')
      .send(JSON.stringify({ ok: true, position: control.state.position })),
  );
  app.get('/v1/events', async (request, reply) => {
    const caller = identify<ControlCaller>(request, { authenticate });
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
      return sendProblem(reply, await forbid(control, caller, 'events', null));
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
    await streamEvents(reply, {
      after,
      head: () => control.state.position,
      events: (from, signal) => changes(control, from, signal),
      heartbeatMs,
      signal: closing,
    });
    return reply;
  });
}

async function* changes(control: Control, after: number, signal: AbortSignal) {
  for await (const envelope of control.journal.subscribe({ after, signal }))
    yield { position: envelope.position, type: envelope.type, data: changeToWire(envelope) };
}

/** Null where nothing was named, undefined where it is not a position. */
function positionIn(text: string | readonly string[] | null): number | null | undefined {
  if (text === null) return null;
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
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

const attempts: ReadonlySet<string> = new Set(['not_an_approver', 'wrong_caller', 'not_yours']);

/** Keeps what a caller tried that was not its to do. Other refusals say nothing about who asked. */
async function noteAttempt(
  control: Control,
  caller: ControlCaller,
  { route, target, code }: { readonly route: string; readonly target: string | null; readonly code: string },
): Promise<void> {
  if (caller.kind === 'anyone' || !attempts.has(code)) return;
  await control.recordAttempt({ attempted: attemptWords(route, target), target, code }, caller);
}

/** Listens where it did last time, so that clients find it again; elsewhere when that port is taken. */
async function listen(
  app: FastifyInstance,
  folder: string,
  { host = '127.0.0.1', port = 0 }: ControlServerOptions,
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
  const kept = await readPrivate(path);
  const url = /"url":"([^"]+)"/.exec(kept ?? '')?.[1];
  return url !== undefined && URL.canParse(url) ? Number(new URL(url).port) : 0;
}

/** Ticks one after another; the returned function ends it, after the last one. */
function tickEvery(ms: number, control: Control, onBug: (error: Error, where: string) => void): () => Promise<void> {
  let running = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    running = control
      .tick()
      .catch((error: unknown) => onBug(error instanceof Error ? error : new Error(String(error)), 'tick'))
      .finally(() => (isRunning = false));
  }, ms);
  timer.unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}

/** What the journal refuses on purpose. */
function journalProblem(error: Error): ProblemWire | undefined {
  if (!(error instanceof JournalError)) return undefined;
  if (error.kind === 'input') return problem(400, 'malformed_request', error.message);
  if (error.kind === 'busy') return problem(503, 'busy', error.message, 'try again in a moment');
  return error.kind === 'closed'
    ? problem(503, 'closing', 'control is shutting down', 'wait until it is back')
    : undefined;
}

function logBug(error: Error, where: string): void {
  process.stderr.write(`control: ${where}: ${error.stack ?? error.message}\n`);
}
