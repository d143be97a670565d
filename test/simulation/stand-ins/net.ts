/**
 * `node:net`, as far as the multiplexed socket uses it: lines over a link of the simulated network, each a message of its own after the first. A line may be lost, doubled
 * and overtaken, which is more than a kernel would do to it: the format says that replies come in any order, and nothing we build may rest on more.
 */

import { EventEmitter } from 'node:events';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';
import { network } from '../engine/network.ts';

export { BlockList, isIP } from 'node:net';

type Listening = {
  readonly machine: Machine;
  readonly start: number;
  readonly accept: (socket: SimulatedSocket) => void;
};

const listening = new Map<string, Listening>();

/** Nobody listens anywhere. */
export const closeEverything = (): void => {
  listening.clear();
  knocking.clear();
};

/** Each with its end. */
function linesOf(text: string): readonly string[] {
  const lines: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from) + 1 || text.length;
    lines.push(text.slice(from, end));
    from = end;
  }
  return lines;
}

class SimulatedSocket extends EventEmitter {
  readonly #machine: Machine;
  readonly #start: number;
  #peer: SimulatedSocket | undefined;
  #isFirst = true;
  #undo: (() => void) | undefined;
  destroyed = false;

  constructor(machine: Machine) {
    super();
    this.#machine = machine;
    this.#start = machine.start;
  }

  /** Joins both ends. */
  meet(peer: SimulatedSocket): void {
    this.#peer = peer;
    this.#undo = network.onReset(this.#machine, peer.#machine, () => {
      this.#break();
      peer.#break();
    });
  }

  write(text: string): boolean {
    const peer = this.#peer;
    if (this.destroyed || peer === undefined) return true;
    for (const line of linesOf(text)) {
      const arrive = (): void => {
        if (peer.#isAlive()) peer.emit('data', line);
      };
      const link = network.link(this.#machine, peer.#machine);
      // What both sides know each other by comes whole and once, or the connection does not come about.
      if (this.#isFirst && !link.isCut) engine.after(network.delay(link), arrive, peer.#machine);
      else network.message(this.#machine, peer.#machine, arrive);
      this.#isFirst = false;
    }
    return true;
  }

  end(text?: string): this {
    if (text !== undefined) this.write(text);
    return this.destroy();
  }

  destroy(): this {
    if (this.destroyed) return this;
    const peer = this.#peer;
    this.#break();
    if (peer !== undefined && !network.link(this.#machine, peer.#machine).isCut)
      engine.after(network.delay(network.link(this.#machine, peer.#machine)), () => peer.#break(), peer.#machine);
    return this;
  }

  #isAlive(): boolean {
    return !this.destroyed && this.#machine.start === this.#start;
  }

  /** The kernel says that it is over. */
  #break(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#undo?.();
    if (this.#machine.start === this.#start) engine.after(0, () => this.emit('close'), this.#machine);
  }

  /** What its machine's kernel does when its process is gone. */
  abandoned(): void {
    this.destroy();
  }

  setEncoding(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  resume(): this {
    return this;
  }
  isPaused(): boolean {
    return false;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

const sockets = new Map<Machine, Set<SimulatedSocket>>();

/** Who waits to be accepted on a machine: told when its process is gone. */
const knocking = new Map<Machine, Set<() => void>>();

/** The connections of a process that is gone end. */
export function endConnectionsOf(machine: Machine): void {
  for (const [path, one] of listening) if (one.machine === machine) listening.delete(path);
  const open = sockets.get(machine);
  sockets.delete(machine);
  for (const socket of open ?? []) socket.abandoned();
  for (const refuse of knocking.get(machine) ?? []) refuse();
  knocking.delete(machine);
}

function made(machine: Machine): SimulatedSocket {
  const socket = new SimulatedSocket(machine);
  const open = sockets.get(machine) ?? new Set();
  sockets.set(machine, open);
  open.add(socket);
  socket.once('close', () => open.delete(socket));
  return socket;
}

/** How often a connection is tried again that met a cut link, in milliseconds: the first wait of a kernel. */
const againMs = 1_000;

/** Connects to what listens at `path`, on whatever machine. */
export function connect(path: string): SimulatedSocket {
  const machine = here();
  const socket = made(machine);
  const refused = (): void => {
    if (socket.destroyed) return;
    socket.emit('error', new Error(`connect ECONNREFUSED ${path}`));
    socket.destroy();
  };
  const attempt = (): void => {
    if (socket.destroyed) return;
    const there = listening.get(path);
    if (there === undefined || there.machine.start !== there.start) return void engine.after(0.1, refused, machine);
    const link = network.link(machine, there.machine);
    // Into a cut link nothing goes, and nothing says so: the caller's own limit does.
    if (link.isCut) return void engine.after(againMs, attempt, machine);
    const waiting = knocking.get(there.machine) ?? new Set();
    knocking.set(there.machine, waiting);
    const gone = (): void => void engine.after(network.delay(link), refused, machine);
    waiting.add(gone);
    engine.after(
      network.delay(link),
      () => {
        waiting.delete(gone);
        const end = made(there.machine);
        end.meet(socket);
        socket.meet(end);
        there.accept(end);
      },
      there.machine,
    );
  };
  attempt();
  return socket;
}

/** A server that accepts with `accept`. */
export function createServer(accept: (socket: SimulatedSocket) => void) {
  const server = Object.assign(new EventEmitter(), {
    listen(path: string, done: () => void) {
      const machine = here();
      listening.set(path, { machine, start: machine.start, accept });
      engine.after(0, done);
      return server;
    },
    close(done?: () => void) {
      for (const [path, one] of listening) if (one.accept === accept) listening.delete(path);
      engine.after(0, () => done?.());
      return server;
    },
  });
  return server;
}

function here(): Machine {
  if (engine.current === null) throw new Error('nothing connects outside a machine');
  return engine.current;
}
