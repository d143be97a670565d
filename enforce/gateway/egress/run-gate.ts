/**
 * The gate of one run: an HTTP proxy on a socket that only this run finds, or, where nothing contains it, on a loopback port behind a credential of its own.
 *
 * Whoever comes through it is the run. It lets nothing through that control did not permit for this run, to an address it did not look at, or while the run stands
 * still; it forwards no credential of its own, follows no redirect, and looks into no encrypted connection. What the client is told of a refusal is for its model.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { connect, isIP } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import type { DoorHolder } from '../door-holder.ts';
import type { Asked } from './client-hello.ts';
import { askedFor, unrecognized } from './client-hello.ts';
import type { Destination } from './egress-target.ts';
import { connectTarget } from './egress-target.ts';
import type { OpenExchange } from './exchange.ts';
import type { ForwardDeps } from './forward-request.ts';
import { forwardRequest } from './forward-request.ts';
import { AddressRefused, checkKnown, guardedLookup, whyNowhere } from './guarded-lookup.ts';
import type { Passage } from './passage.ts';
import { refusalText } from './refusal-text.ts';
import { passagesOf } from './run-passages.ts';
import type { GatePlace } from './way-out.ts';
import { addressAt } from './way-out.ts';
import { http } from '../../node-http.ts';

const { createServer } = http;

export type RunGateDeps = Omit<ForwardDeps, 'passages' | 'exchanges' | 'closedBecause'> & {
  /** Resolves once the run has started, or never will. */
  readonly whenStarted: (run: string) => Promise<void>;
  /** Why nothing goes through now for a run, null when it does. */
  readonly closedBecause: (run: string) => string | null;
};

export interface RunGate {
  readonly holder: DoorHolder;
  readonly place: GatePlace;
  readonly passages: readonly Passage[];
  /** Asks control about everything that is open through it. */
  ask(): void;
  /** Closes everything that is open through it. */
  cut(why: string): void;
  /** Closes the gate itself. */
  close(why: string): Promise<void>;
}

/** Connections of one run at once. */
const mostConnections = 512;
const connectLimitMs = 15_000;

/** Opens the gate of a run: at `socketPath`, or null for a loopback port with a credential. */
export async function openRunGate(
  holder: DoorHolder,
  socketPath: string | null,
  shared: RunGateDeps,
): Promise<RunGate> {
  const secret = socketPath === null ? randomBytes(24).toString('base64url') : null;
  const exchanges = new Set<OpenExchange>();
  const passages = passagesOf(holder, shared);
  const closedBecause = (): string | null => shared.closedBecause(holder.run);
  const deps: ForwardDeps = { ...shared, closedBecause, passages, exchanges };
  const server = createServer((incoming, response) => {
    const address = addressAt(incoming.url ?? '', secret) ?? ofItsHost(incoming, secret);
    if (address === null && !isTheRun(incoming, secret)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="writ"' }).end();
      return;
    }
    shared
      .whenStarted(holder.run)
      .then(() => forwardRequest(holder, address ?? incoming.url ?? '', deps, incoming, response))
      .catch(() => response.destroy());
  });
  server.on('connect', (incoming, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    if (!isTheRun(incoming, secret)) {
      answer(client, 407, 'Proxy Authentication Required', '');
      return;
    }
    shared
      .whenStarted(holder.run)
      .then(() => tunnel(incoming.url ?? '', client, head, deps))
      .catch(() => client.destroy());
  });
  server.maxConnections = mostConnections;
  server.headersTimeout = 10_000;
  server.requestTimeout = 0;
  const place = await listen(server, socketPath, secret);
  const cut = (why: string): void => {
    passages.cut(why);
    for (const exchange of exchanges) exchange.cut(why);
  };
  return {
    holder,
    place,
    get passages() {
      return passages.all;
    },
    ask() {
      for (const passage of passages.all) passage.ask();
      for (const exchange of exchanges) exchange.ask();
    },
    cut,
    close: (why) =>
      new Promise((resolve) => {
        cut(why);
        server.close(() => {
          if (socketPath !== null) rmSync(socketPath, { force: true });
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, socketPath: string | null, secret: string | null): Promise<GatePlace> {
  if (socketPath !== null) {
    mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
    rmSync(socketPath, { force: true });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (socketPath === null) server.listen(0, '127.0.0.1', resolve);
    else server.listen(socketPath, resolve);
  });
  if (socketPath !== null) {
    chmodSync(socketPath, 0o600);
    return { kind: 'socket', path: socketPath };
  }
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  return { kind: 'port', port, secret: secret ?? '' };
}

/** On a socket of its own, everybody is; on a port, who brings its credential (RFC 7617). */
function isTheRun({ headers }: IncomingMessage, secret: string | null): boolean {
  if (secret === null) return true;
  const given = Buffer.from(headers['proxy-authorization'] ?? '');
  const wanted = Buffer.from(`Basic ${Buffer.from(`writ:${secret}`).toString('base64')}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** The address of a request that names none but its `Host` (RFC 9112 §3.2.1): what it came in by stands for a port of this machine. */
function ofItsHost({ url, headers: { host } }: IncomingMessage, secret: string | null): string | null {
  return secret === null && host !== undefined && url?.startsWith('/') === true ? `http://${host}${url}` : null;
}

function answer(client: Duplex, status: number, reason: string, text: string): void {
  const body = text === '' ? '' : `${text}\n`;
  client.end(
    `HTTP/1.1 ${String(status)} ${reason}\r\nProxy-Status: writ; error=http_request_denied\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** One `CONNECT`: judged, looked up, connected to what was looked up, and counted until it ends or is cut. */
async function tunnel(authority: string, client: Duplex, head: Buffer, deps: ForwardDeps): Promise<void> {
  const read = connectTarget(authority);
  if (!read.ok) {
    answer(client, 400, 'Bad Request', `writ: ${read.why}`);
    return;
  }
  const { destination } = read.target;
  // Nobody is asked about what no yes would open.
  const nowhere = whyNowhere(destination, deps);
  if (nowhere !== undefined) {
    deps.onRefused(read.target, nowhere);
    answer(client, 403, 'Forbidden', refusalText(nowhere));
    return;
  }
  const found = await deps.passages.to(read.target, deps.closedBecause);
  if (!found.ok) {
    answer(client, 403, 'Forbidden', found.text);
    return;
  }
  let upstream: Socket | undefined;
  const entered = found.passage.enter(() => {
    client.destroy();
    upstream?.destroy();
  });
  if (entered === null || client.destroyed) {
    entered?.leave();
    answer(client, 403, 'Forbidden', refusalText(found.passage.lost ?? 'it was closed'));
    return;
  }
  try {
    checkKnown(destination, deps);
    const { host, port } = destination;
    upstream = await connected(
      connect({ host, port, lookup: guardedLookup(destination, deps), timeout: connectLimitMs, noDelay: true }),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    entered.failed(why);
    entered.leave();
    if (error instanceof AddressRefused) answer(client, 403, 'Forbidden', refusalText(why));
    else answer(client, 502, 'Bad Gateway', `writ: \`${destination.name}\` cannot be reached: ${why}`);
    return;
  }
  // INVARIANT: nothing is sent for a run that was stopped while its connection was made.
  const closed = deps.closedBecause() ?? found.passage.lost;
  if (closed !== null || client.destroyed) {
    upstream.destroy();
    entered.leave();
    answer(client, 403, 'Forbidden', refusalText(closed ?? 'it was closed'));
    return;
  }
  entered.connected(upstream.remoteAddress ?? '');
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  join({ client, upstream, head }, entered, (asked) => {
    if (asked.as === 'nobody' || (asked.as === 'name' && isFor(asked.name, destination))) return true;
    const { action, resource } = read.target;
    const what = asked.as === 'name' ? `asked for \`${shown(asked.name)}\` there` : 'does not begin as one does';
    deps.onRefused({ action, resource }, `the encrypted connection to \`${destination.name}\` ${what}`);
    return false;
  });
}

/** An address has no name of its own: who may go there may ask for any. */
const isFor = (name: string, { host }: Destination): boolean =>
  isIP(host) !== 0 || name.toLowerCase().replace(/\.$/, '') === host.toLowerCase().replace(/\.$/, '');

/** A name may hold anything, and is as long as who wrote it likes. */
const shown = (name: string): string => name.slice(0, 253).replace(/[^\x21-\x7e]/g, '?');

type Ends = { readonly client: Duplex; readonly upstream: Socket; readonly head: Buffer };

type Entered = { sent(bytes: number): void; received(bytes: number): void; leave(): void };

/**
 * Passes on what both sides say. `mayAsk`: whether it may go on, by whom it asks for.
 *
 * INVARIANT: of an encrypted connection nothing is sent before it is known whom it asks for.
 */
function join({ client, upstream, head }: Ends, entered: Entered, mayAsk: (asked: Asked) => boolean): void {
  const send = (bytes: Buffer): void => {
    entered.sent(bytes.length);
    upstream.write(bytes);
  };
  let opening = head;
  const open = (chunk: Buffer): void => {
    opening = Buffer.concat([opening, chunk]);
    const asked = askedFor(opening);
    if (asked.as === 'unknown') return;
    client.off('data', open);
    if (!mayAsk(asked)) {
      client.end(unrecognized);
      upstream.destroy();
      return;
    }
    send(opening);
    client.on('data', (more: Buffer) => {
      entered.sent(more.length);
    });
    client.pipe(upstream);
  };
  client.on('data', open);
  client.once('end', () => upstream.end());
  if (head.length > 0) open(Buffer.alloc(0));
  upstream.on('data', (chunk: Buffer) => {
    entered.received(chunk.length);
  });
  upstream.pipe(client);
  // What was read is written out before the other side is closed.
  client.on('close', () => {
    upstream.destroySoon();
    entered.leave();
  });
  upstream.on('error', () => client.destroy());
  upstream.on('close', () => {
    client.end();
  });
}

/** The socket once it is connected. */
function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once('timeout', () => socket.destroy(new Error('nobody answered in time')));
    socket.once('error', reject);
  });
}
