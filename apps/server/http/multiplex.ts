/**
 * The multiplexed socket of a plane: the routes of its API over one local connection, many calls at a time. A transport beside HTTP, nothing else:
 * what a call must be and who may make it is `call.ts`, the format is `platform/protocol/multiplex.ts`.
 *
 * The socket is only its user's, as the file's mode and its folder's say. A line that is too long, too deep or not JSON ends the connection, because
 * nothing after it can be told apart; a client that does not read its replies is not read from either.
 */

import { randomBytes } from 'node:crypto';
import { chmod, lstat, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { maxLineBytes, multiplexCall, multiplexFormat, routeName } from '@writ/protocol';
import type { MultiplexCall, ProblemWire } from '@writ/protocol';
import type { Log } from '../log/log.ts';
import type { Drain } from './drain.ts';
import type { Api, Call, Handlers, Mounted, MountOptions, Principal } from './call.ts';
import { answerCall, mounted, whyNotCalled } from './call.ts';
import { parseBounded, whyAmbiguous } from './json-body.ts';
import { ProvenHere } from './possession.ts';
import { internal, problem } from './problem.ts';

export type MultiplexOptions<P extends Principal> = MountOptions<P> & {
  readonly path: string;
  readonly drain: Drain;
  /** Differs each time the plane starts; said to every client. */
  readonly boot: string;
  /** Told of every error that is a bug of ours, of which the client learns only that there was one; and, where it is that loud, of each answer. */
  readonly log: Log;
  /** Turns an error that a store raises on purpose into a problem; undefined for what is a bug. */
  readonly problemOf: (error: Error) => ProblemWire | undefined;
};

/** The most calls of one connection that are under way at once; more are left in the pipe. */
const maxUnderWay = 512;

/**
 * So many calls of one connection are answered before the loop goes round: their replies leave before the next ones are looked at, so that the other side works on them meanwhile and does not
 * wait for the last of all it asked at once.
 */
const callsPerTurn = 16;

type Table<P> = ReadonlyMap<string, Mounted<P>>;

/** Listens on `path` and answers the routes of `api`. The returned value ends it and every connection. */
export async function listenMultiplexed<A extends Api, P extends Principal>(
  api: A,
  handlers: Handlers<A, P>,
  options: MultiplexOptions<P>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const table: Table<P> = new Map(mounted(api, handlers).map((one) => [routeName(one.route), one]));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    converse(socket, table, options);
  });
  await removeStale(options.path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.path, resolve);
  });
  await chmod(options.path, 0o600);
  return {
    path: options.path,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Whether a socket can have this path: the kernel keeps 108 bytes for it on Linux, 104 on macOS, the end included. */
export const fitsSocket = (path: string): boolean => Buffer.byteLength(path) < 104;

/** Takes away the socket that the last start left there. INVARIANT: only a socket is taken away, so that nobody can have another file removed by putting a link or a file there. */
export async function removeStale(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined); // nothing there
  if (there === undefined) return;
  if (!there.isSocket()) throw new Error(`\`${path}\` is not a socket; move it away and start again`);
  await rm(path);
}

/** One connection: reads calls, answers each when it is done. */
function converse<P extends Principal>(socket: Socket, table: Table<P>, options: MultiplexOptions<P>): void {
  let rest = '';
  let waiting: string[] = [];
  let underWay = 0;
  let replies = '';
  let isFull = false;
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('drain', () => {
    isFull = false;
    steer();
  });
  const { possession } = options;
  const proven = possession && new ProvenHere(possession, randomBytes(24).toString('base64url'));
  const challenge = proven === undefined ? {} : { challenge: proven.challenge };
  socket.write(`${JSON.stringify({ format: multiplexFormat, boot: options.boot, ...challenge })}\n`);

  const steer = (): void => {
    if (isFull || underWay + waiting.length >= maxUnderWay) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };
  /** Replies that are ready in the same turn of the event loop leave in one write. */
  const reply = (line: string): void => {
    if (replies === '') setImmediate(flush);
    replies += line;
  };
  const flush = (): void => {
    const ready = replies;
    replies = '';
    if (ready === '') return;
    if (!socket.destroyed && !socket.write(ready)) isFull = true;
    steer();
  };
  const end = (why: string): void => {
    rest = '';
    waiting = [];
    socket.removeAllListeners('data');
    socket.end(`${JSON.stringify({ id: null, status: 400, body: problem(400, 'malformed_request', why) })}\n`);
  };
  const take = async (text: string): Promise<void> => {
    underWay += 1;
    const line = await answerLine(text, table, { ...options, proven });
    underWay -= 1;
    if (line === undefined) end('a line is not a call that can be taken');
    else reply(line);
  };
  const work = (): void => {
    flush();
    for (const line of waiting.splice(0, callsPerTurn)) void take(line);
    if (waiting.length > 0) setImmediate(work);
  };
  socket.on('data', (chunk: string) => {
    if (rest.length + chunk.length <= maxLineBytes && !chunk.includes('\n')) return void (rest += chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLineBytes || lines.some((line) => line.length > maxLineBytes))
      return end(`a line is longer than ${String(maxLineBytes)} bytes`);
    const isAtWork = waiting.length > 0;
    waiting.push(...lines);
    if (!isAtWork) work();
    steer();
  });
}

type OnConnection<P extends Principal> = MultiplexOptions<P> & { readonly proven: ProvenHere<P> | undefined };

/** The reply to a line, or undefined where the line is no call: nothing says then whom to answer. */
async function answerLine<P extends Principal>(
  text: string,
  table: Table<P>,
  options: OnConnection<P>,
): Promise<string | undefined> {
  const call = multiplexCall.safeParse(parseBounded(text));
  if (!call.success) return undefined;
  const begun = options.drain.begin();
  if (typeof begun !== 'function')
    return `{"id":${String(call.data.id)},"status":${String(begun.status)},"body":${JSON.stringify(begun)}}\n`;
  try {
    return await answered(call.data, text, table, options);
  } finally {
    begun();
  }
}

async function answered<P extends Principal>(
  call: MultiplexCall,
  text: string,
  table: Table<P>,
  options: OnConnection<P>,
): Promise<string> {
  const why = isQuestion(call, table) ? undefined : whyAmbiguous(text);
  if (why !== undefined) {
    const ambiguous = problem(400, 'malformed_request', `the body cannot be read: ${why}`);
    return `{"id":${String(call.id)},"status":400,"body":${JSON.stringify(ambiguous)}}\n`;
  }
  const answer = await answerOne(call, table, options).catch((error: unknown) => {
    const bug = error instanceof Error ? error : new Error(String(error));
    const known = options.problemOf(bug);
    if (known === undefined) options.log.bug(bug, call.route);
    return of(known ?? internal);
  });
  return `{"id":${String(call.id)},"status":${String(answer.status)},"body":${JSON.stringify(answer.body)}}\n`;
}

/** Whether the call changes nothing, so that nothing is bound to its text. */
const isQuestion = <P>({ route, idempotency_key: key }: MultiplexCall, table: Table<P>): boolean =>
  key === undefined && (table.get(route)?.route.question === true || route.startsWith('GET '));

type Replied = { readonly status: number; readonly body: unknown };
const of = (what: ProblemWire): Replied => ({ status: what.status, body: what });

async function answerOne<P extends Principal>(
  { route, params = {}, query, token, proof, idempotency_key: idempotencyKey, body, ...rest }: MultiplexCall,
  table: Table<P>,
  options: OnConnection<P>,
): Promise<Replied> {
  const one = table.get(route);
  if (one === undefined) return of(problem(404, 'no_such_route', `there is no \`${route}\``, 'see `/openapi.json`'));
  const caller = token === undefined ? undefined : options.authenticate(token);
  const unproven = caller === undefined ? undefined : await options.proven?.whyNot(caller, token ?? '', proof);
  if (caller !== undefined && unproven !== undefined) {
    await options.onRefused?.(caller, { route: one.name, params }, unproven);
    return of(unproven);
  }
  const why = await whyNotCalled(one, caller, params, options);
  if (why !== undefined) return of(why);
  const call: Call<unknown, P> = {
    body,
    params,
    query: new URLSearchParams(query),
    caller: caller ?? options.anyone,
    idempotencyKey,
    header: (name) =>
      name === 'writ-point' ? rest.point : name === 'traceparent' || name === 'tracestate' ? rest[name] : undefined,
  };
  const result = await answerCall(one, call, options);
  return result.ok ? { status: one.route.status, body: result.body } : of(result.problem);
}
