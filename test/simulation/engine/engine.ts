/**
 * Virtual time and the machines that live in it: one queue of events, one source of randomness, nothing that waits in real time.
 *
 * An event belongs to a machine and to one of its starts. Everything that follows from it without waiting runs before the next event, so that whoever runs is known without being
 * told. What a machine that crashed was waiting for never comes; a machine that sleeps gets it when it wakes.
 *
 * It refuses real time: whoever needs Node's own timers takes them from `real` before they are replaced.
 */

import type { Random } from './random.ts';
import { randomFrom } from './random.ts';

/** Noon of a fixed day, in milliseconds since the epoch: where virtual time begins. */
export const noon = Date.UTC(2030, 0, 1, 12);

export type Machine = {
  readonly name: string;
  /** Raised with each start: what belongs to an earlier one is dropped. */
  start: number;
  isUp: boolean;
  /** Since when it sleeps, in virtual milliseconds; null while it does not. */
  asleepSince: number | null;
  /** How long its monotonic clock stood still so far. */
  sleptMs: number;
  /** What its wall clock is ahead of true time. */
  skewMs: number;
  readonly missed: Event[];
};

type Event = {
  at: number;
  readonly order: number;
  readonly machine: Machine | null;
  readonly start: number;
  /** The reading of its machine's monotonic clock at which it is due, for what a timer started; null for what comes from outside. */
  readonly dueAt: number | null;
  readonly run: () => void;
  isOff: boolean;
};

export type Cancel = { cancel(): void };

const realSetImmediate = globalThis.setImmediate;
const realNow = performance.now.bind(performance);

/** What is real, for measuring the simulation itself. */
export const real = { now: realNow };

class Engine {
  #queue: Event[] = [];
  #order = 0;
  #isRunning = false;
  /** True time, in virtual milliseconds from 0. */
  now = 0;
  current: Machine | null = null;
  events = 0;
  machines: Machine[] = [];
  random: Random = randomFrom('none');
  /** For keys, salts and ids, which are drawn in bulk: how many there were before changes nothing else. */
  secrets: Random = randomFrom('none');
  /** Told of what no code caught; the run ends with it. */
  onBug: (error: unknown) => void = () => undefined;

  /** Begins anew at time 0. What was waiting never comes. */
  reset(seed: string): void {
    for (const machine of this.machines) this.crash(machine);
    this.#queue = [];
    this.#order = 0;
    this.now = 0;
    this.events = 0;
    this.current = null;
    this.machines = [];
    this.random = randomFrom(seed);
    this.secrets = randomFrom(`${seed}/secrets`);
  }

  machine(name: string): Machine {
    const machine = { name, start: 0, isUp: true, asleepSince: null, sleptMs: 0, skewMs: 0, missed: [] };
    this.machines.push(machine);
    return machine;
  }

  wall(machine: Machine | null = this.current): number {
    return noon + this.now + (machine?.skewMs ?? 0);
  }

  monotonic(machine: Machine | null = this.current): number {
    if (machine === null) return this.now;
    const asleep = machine.asleepSince === null ? 0 : this.now - machine.asleepSince;
    return this.now - machine.sleptMs - asleep;
  }

  /** Calls `run` on `machine` after `ms` of true time, if it is still up then. */
  after(ms: number, run: () => void, machine: Machine | null = this.current): Cancel {
    return this.#add(ms, run, machine, null);
  }

  /** Calls `run` on the machine that runs now after `ms` of its monotonic clock. */
  timer(ms: number, run: () => void): Cancel {
    return this.#add(ms, run, this.current, this.monotonic() + ms);
  }

  #add(ms: number, run: () => void, machine: Machine | null, dueAt: number | null): Cancel {
    const event: Event = {
      at: this.now + Math.max(0, ms),
      order: this.#order++,
      machine,
      start: machine?.start ?? 0,
      dueAt,
      run,
      isOff: false,
    };
    this.#push(event);
    return {
      cancel: () => {
        event.isOff = true;
      },
    };
  }

  /** Its process is gone, with everything it waited for. */
  crash(machine: Machine): void {
    machine.start += 1;
    machine.isUp = false;
    machine.missed.length = 0;
    if (machine.asleepSince !== null) this.#wakeClock(machine);
  }

  boot(machine: Machine): void {
    machine.isUp = true;
  }

  /** The lid is closed: nothing runs there, and its monotonic clock stands still. */
  sleep(machine: Machine): void {
    machine.asleepSince ??= this.now;
  }

  wake(machine: Machine): void {
    if (machine.asleepSince === null) return;
    this.#wakeClock(machine);
    for (const event of machine.missed.splice(0)) {
      event.at = this.now;
      this.#push(event);
    }
  }

  #wakeClock(machine: Machine): void {
    machine.sleptMs += this.now - (machine.asleepSince ?? this.now);
    machine.asleepSince = null;
  }

  /** Runs until nothing is left to happen or `isOver` says so. */
  run(isOver: () => boolean): Promise<void> {
    if (this.#isRunning) throw new Error('the engine runs already');
    this.#isRunning = true;
    return new Promise((resolve) => {
      let isDone = false;
      const step = (): void => {
        if (isDone) return;
        if (isOver() || !this.#next()) {
          isDone = true;
          this.#isRunning = false;
          resolve();
        }
      };
      // Between two callbacks of one round Node runs all that follows from the first without waiting.
      const round = (): void => {
        if (isDone) return;
        for (let i = 0; i < 64; i += 1) realSetImmediate(step);
        realSetImmediate(round);
      };
      round();
    });
  }

  /** Runs the next event; false when there is none. */
  #next(): boolean {
    for (;;) {
      const event = this.#pop();
      if (event === undefined) return false;
      const { machine } = event;
      if (event.isOff || (machine !== null && (machine.start !== event.start || !machine.isUp))) continue;
      this.now = Math.max(this.now, event.at);
      if (machine !== null && machine.asleepSince !== null) {
        machine.missed.push(event);
        continue;
      }
      const early = event.dueAt === null ? 0 : event.dueAt - this.monotonic(machine);
      if (early > 0.001) {
        event.at = this.now + early;
        this.#push(event);
        continue;
      }
      this.events += 1;
      this.current = machine;
      try {
        event.run();
      } catch (error) {
        this.onBug(error);
      }
      return true;
    }
  }

  #push(event: Event): void {
    const queue = this.#queue;
    let at = queue.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      // Both places are within the heap.
      if (!isBefore(event, queue[parent]!)) break;
      queue[at] = queue[parent]!;
      at = parent;
    }
    queue[at] = event;
  }

  #pop(): Event | undefined {
    const queue = this.#queue;
    const first = queue[0];
    const last = queue.pop();
    if (first === undefined || last === undefined || queue.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      // Both children are within the heap.
      if (child + 1 < queue.length && isBefore(queue[child + 1]!, queue[child]!)) child += 1;
      if (!isBefore(queue[child]!, last)) break;
      queue[at] = queue[child]!;
      at = child;
    }
    queue[at] = last;
    return first;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export const engine = new Engine();
