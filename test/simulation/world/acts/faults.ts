/** What goes wrong: crashes, cut and bad links, sleeping machines, clocks that are set, a disk that is full. */

import { engine } from '../../engine/engine.ts';
import type { Machine } from '../../engine/engine.ts';
import { network } from '../../engine/network.ts';
import { slowestMs } from '../bounds.ts';
import type { Step } from '../plan.ts';
import type { World } from '../world.ts';
import type { Acts } from './calls.ts';

type Kinds =
  | 'crashControl'
  | 'crashEnforcer'
  | 'crashSink'
  | 'crashAgent'
  | 'cut'
  | 'badLink'
  | 'sleepEnforcer'
  | 'sleepSink'
  | 'pauseControl'
  | 'skewControl'
  | 'skewEnforcer'
  | 'failDisk'
  | 'crashRuntime'
  | 'crashDatabase'
  | 'restartRuntime'
  | 'sleepRuntime'
  | 'skewRuntime'
  | 'failRuntimeDisk'
  | 'backup'
  | 'restore';

type Plane = 'control' | 'enforcer' | 'sink';

export class Faults {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  readonly table: Acts<Kinds> = {
    crashControl: { machine: null, work: (step) => this.#crash('control', step) },
    crashEnforcer: { machine: null, work: (step) => this.#crash('enforcer', step) },
    crashSink: { machine: null, work: (step) => this.#crash('sink', step) },
    crashRuntime: { machine: null, work: (step) => this.#crashRuntime(step) },
    crashDatabase: { machine: null, work: (step) => this.#crashDatabase(step) },
    restartRuntime: { machine: null, work: ({ b }) => this.#world.runtime.node(b).close() },
    sleepRuntime: {
      machine: null,
      work: (step) => this.#sleep(this.#world.runtime.node(step.c).machine, step, 30_000),
    },
    skewRuntime: { machine: null, work: ({ a }) => void (this.#world.machines.runtime.skewMs = (a - 0.5) * 20_000) },
    failRuntimeDisk: { machine: null, work: (step) => this.#failRuntimeDisk(step) },
    backup: { machine: null, work: () => this.#world.backups.take() },
    restore: { machine: null, work: (step) => this.#restore(step) },
    crashAgent: { machine: null, work: () => this.#world.crashAgent() },
    cut: { machine: null, work: (step) => this.#cut(step) },
    badLink: { machine: null, work: (step) => this.#badLink(step) },
    sleepEnforcer: { machine: null, work: (step) => this.#sleep(this.#world.machines.enforcer, step, 30_000) },
    sleepSink: { machine: null, work: (step) => this.#sleep(this.#world.machines.sink, step, 10_000) },
    pauseControl: { machine: null, work: (step) => this.#sleep(this.#world.machines.control, step, 8_000) },
    skewControl: { machine: null, work: (step) => this.#skewControl(step) },
    skewEnforcer: { machine: null, work: ({ a }) => void (this.#world.machines.enforcer.skewMs = (a - 0.5) * 20_000) },
    failDisk: { machine: null, work: (step) => this.#failDisk(step) },
  };

  #crashDatabase({ a, b }: Step): void {
    const { peer, runtime } = this.#world;
    const store = peer !== null && b < 0.6 ? peer.store : runtime.store;
    store?.crash(20 + a * 3_000);
  }

  #crash(what: Plane, { a, b, c }: Step): void {
    const world = this.#world;
    if (what === 'control' && world.peer !== null && c < 0.4) return world.peer.restart(50 + b * 3_000);
    const machine = world.machines[what];
    if (!machine.isUp) return;
    world.note('crash', what);
    if (what === 'control') world.crashControl();
    else if (what === 'enforcer') world.crashEnforcer();
    else world.crashSink();
    engine.after(50 + (a < 0.8 ? b * 1_500 : b * 12_000), () => this.boot(what), null);
  }

  boot(what: Plane): void {
    const world = this.#world;
    if (world.machines[what].isUp) return;
    if (what === 'control') world.bootControl();
    else if (what === 'enforcer') world.bootEnforcer();
    else world.bootSink();
  }

  #two(a: number): readonly [Machine, Machine] {
    const { control, runtime, standby, enforcer, sink, agent, desk } = this.#world.machines;
    const pairs = [
      [control, enforcer],
      [control, enforcer],
      [control, sink],
      [enforcer, sink],
      [control, agent],
      [control, desk],
      [control, runtime],
      [control, runtime],
      [runtime, enforcer],
      [runtime, desk],
      [standby, control],
      [standby, enforcer],
    ] as const;
    return pairs[Math.floor(a * pairs.length)] ?? [control, enforcer];
  }

  #cut({ a, b, c }: Step): void {
    const [one, other] = this.#two(a);
    const both = b < 0.6;
    const change = (isCut: boolean): void => {
      this.#world.cut(one, other, isCut);
      if (both) this.#world.cut(other, one, isCut);
    };
    change(true);
    engine.after(200 + c * 12_000, () => change(false), null);
  }

  #badLink({ a, b, c }: Step): void {
    const [one, other] = this.#two(a);
    const more = { maxMs: 1 + b * (slowestMs - 1), loss: c < 0.5 ? c * 0.2 : 0, duplicates: b * 0.2 };
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      network.change(from, to, more);
      engine.after(1_000 + c * 8_000, () => network.change(from, to, { maxMs: 0.4, loss: 0, duplicates: 0 }), null);
    }
  }

  #sleep(machine: Machine, { a, b }: Step, mostMs: number): void {
    if (!machine.isUp || machine.asleepSince !== null) return;
    this.#world.sleep(machine);
    const { start } = machine;
    engine.after(
      100 + (a < 0.5 ? b * 2_000 : b * mostMs),
      () => {
        if (machine.start === start) this.#world.wake(machine);
      },
      null,
    );
  }

  #skewControl({ a }: Step): void {
    const ms = Math.round((a - 0.3) * 8_000);
    this.#world.machines.control.skewMs = ms;
    this.#world.model.skews.push({ from: engine.now, ms });
  }

  #failDisk({ a }: Step): void {
    this.#world.failDisk(true);
    engine.after(20 + a * 1_500, () => this.#world.failDisk(false), null);
  }

  #crashRuntime({ a, b, c }: Step): void {
    const node = this.#world.runtime.node(c);
    this.#world.note('crash', node.machine.name);
    node.restart(50 + (a < 0.8 ? b * 1_500 : b * 12_000));
  }

  /** Control is ended, an old copy of its journal put in the place of the new one, and control started again. */
  #restore(step: Step): void {
    const world = this.#world;
    this.#crash('control', step);
    // Nobody sets back a database here that others are writing to.
    if (world.peer !== null) return;
    if (!world.machines.control.isUp && world.backups.restore(step.c, step.a > 0.7)) world.note('restore');
  }

  #failRuntimeDisk({ a }: Step): void {
    const { disk } = this.#world.runtime;
    disk.fault = 'no space left on device';
    engine.after(20 + a * 1_500, () => void (disk.fault = undefined), null);
  }
}
