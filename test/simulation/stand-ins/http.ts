/**
 * `node:http`, as far as our client uses it: a request with its body, and a response that comes whole or goes on as a stream does.
 *
 * A stream keeps its order. What is lost of it is its end: whoever reads hears nothing more, and must notice by itself. Of a call the request may be lost, or the response to it.
 */

import { EventEmitter } from 'node:events';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';
import { network } from '../engine/network.ts';

export class Agent {
  destroy(): void {
    // It holds nothing.
  }
}

type Headers = Readonly<Record<string, string>>;
export type Incoming = {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
};
type Serve = (incoming: Incoming, response: SimulatedResponse) => void;
type Place = { readonly machine: Machine; readonly start: number; readonly serve: Serve };

const places = new Map<string, Place>();

export const forgetPlaces = (): void => places.clear();

/** Who answers at `host:port`, or at the path of a socket, from now on. */
export function serveAt(address: string, serve: Serve): void {
  const machine = engine.current;
  if (machine !== null) places.set(address, { machine, start: machine.start, serve });
}

/** The server's end of a response. */
export class SimulatedResponse extends EventEmitter {
  readonly #from: Machine;
  readonly #to: SimulatedRequest;
  #arrivesAt = 0;
  #isLost = false;
  readonly writableLength = 0;
  isOver = false;

  constructor(from: Machine, to: SimulatedRequest) {
    super();
    this.#from = from;
    this.#to = to;
  }

  /** The whole of a response. */
  reply(status: number, headers: Headers, body: string): void {
    this.#over();
    const link = network.link(this.#from, this.#to.machine);
    if (link.isCut || engine.random.chance(link.loss)) return;
    engine.after(network.delay(link), () => this.#to.replied(status, headers, body), this.#to.machine);
  }
  writeHead(status: number): this {
    this.#send(() => this.#to.answered(status, {}));
    return this;
  }
  write(text: string): boolean {
    if (!this.isOver) this.#send(() => this.#to.heard(text));
    return true;
  }
  end(): this {
    this.#over();
    this.#send(() => this.#to.over());
    return this;
  }
  destroy(): this {
    return this.end();
  }

  /** The reader is gone. */
  left(): void {
    this.#over();
  }

  #over(): void {
    if (this.isOver) return;
    this.isOver = true;
    engine.after(0, () => this.emit('close'), this.#from);
  }

  #send(arrive: () => void): void {
    const link = network.link(this.#from, this.#to.machine);
    if (link.isCut || this.#isLost) {
      this.#isLost = true;
      return;
    }
    this.#arrivesAt = Math.max(this.#arrivesAt, engine.now + network.delay(link));
    engine.after(this.#arrivesAt - engine.now, arrive, this.#to.machine);
  }
}

type Options = {
  readonly method: string;
  readonly host?: string;
  readonly port?: string | number;
  readonly socketPath?: string;
  readonly path: string;
  readonly headers: Headers;
  readonly signal?: AbortSignal;
};

const requests = new Map<Machine, Set<SimulatedRequest>>();

/** The streams of a process that is gone end. */
export function endStreamsOf(machine: Machine): void {
  for (const [address, place] of places) if (place.machine === machine) places.delete(address);
  const open = requests.get(machine);
  requests.delete(machine);
  for (const request of open ?? []) request.abandoned();
  for (const others of requests.values())
    for (const request of [...others]) if (request.server === machine) request.reset();
}

/** A response at its reader. */
class SimulatedIncoming extends EventEmitter {
  readonly statusCode: number;
  readonly headers: Headers;
  readonly #body: string;

  constructor(statusCode: number, headers: Headers, body: string) {
    super();
    this.statusCode = statusCode;
    this.headers = headers;
    this.#body = body;
  }
  setEncoding(): this {
    return this;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    yield Buffer.from(this.#body);
  }
}

export class SimulatedRequest extends EventEmitter {
  readonly machine: Machine;
  readonly #start: number;
  readonly #options: Options;
  readonly reusedSocket = false;
  server: Machine | undefined;
  #response: SimulatedResponse | undefined;
  #incoming: SimulatedIncoming | undefined;
  #isOver = false;

  constructor(machine: Machine, options: Options) {
    super();
    this.machine = machine;
    this.#start = machine.start;
    this.#options = options;
    options.signal?.addEventListener('abort', () => this.#givenUp(), { once: true });
  }

  end(body = ''): this {
    const { method, host, port, socketPath, path, headers } = this.#options;
    const place = places.get(socketPath ?? `${String(host)}:${String(port)}`);
    if (place === undefined || place.machine.start !== place.start) {
      engine.after(0.1, () => this.#fail('connect ECONNREFUSED'));
      return this;
    }
    const { machine, serve } = place;
    const link = network.link(this.machine, machine);
    this.server = machine;
    const isStream = path.startsWith('/v1/events');
    if (link.isCut || (!isStream && engine.random.chance(link.loss))) return this;
    engine.after(
      network.delay(link),
      () => {
        this.#response = new SimulatedResponse(machine, this);
        serve({ method, url: path, headers, body }, this.#response);
      },
      machine,
    );
    return this;
  }

  answered(statusCode: number, headers: Headers, body = ''): void {
    if (this.#isOver) return;
    this.#incoming = new SimulatedIncoming(statusCode, headers, body);
    this.emit('response', this.#incoming);
  }
  replied(statusCode: number, headers: Headers, body: string): void {
    this.answered(statusCode, headers, body);
    this.#close();
  }
  heard(text: string): void {
    if (!this.#isOver) this.#incoming?.emit('data', text);
  }
  over(): void {
    this.#close();
  }
  /** The other end's kernel says that its process is gone. */
  reset(): void {
    engine.after(0.2, () => this.#fail('read ECONNRESET'), this.machine);
  }
  abandoned(): void {
    this.#isOver = true;
    this.#leave();
  }

  destroy(): this {
    this.#leave();
    this.#close();
    return this;
  }

  #givenUp(): void {
    this.#leave();
    this.#fail('the operation was aborted');
  }

  #leave(): void {
    const response = this.#response;
    if (response === undefined || this.server === undefined) return;
    if (!network.link(this.machine, this.server).isCut) engine.after(0.2, () => response.left(), this.server);
  }

  #fail(why: string): void {
    if (this.#isOver) return;
    this.emit('error', new Error(why));
    this.#close();
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    requests.get(this.machine)?.delete(this);
    if (this.machine.start === this.#start) engine.after(0, () => this.emit('close'), this.machine);
  }
}

export function request(options: Options): SimulatedRequest {
  const machine = engine.current;
  if (machine === null) throw new Error('nothing asks outside a machine');
  const made = new SimulatedRequest(machine, options);
  const open = requests.get(machine) ?? new Set();
  requests.set(machine, open);
  open.add(made);
  return made;
}

/** For what is never served here: the agent's door has a stand-in of its own. */
export function createServer(): never {
  throw new Error('nothing listens for HTTP in the simulation but the planes');
}
