/**
 * One simulated installation: control, an enforcer, a sink, a person's desk and the agents, each on a machine of its own, with the shipped code in them; and the onlooker who knows
 * everything and judges what happens.
 */

import { createCaller, createSink } from '@writ/enforce';
import type { Caller, Enforcer, Sink } from '@writ/enforce';
import { startControlServer, startEnforcerServer } from '@writ/server';
import type { ControlServer, Log } from '@writ/server';
import { engine, noon } from '../engine/engine.ts';
import type { Machine } from '../engine/engine.ts';
import { network } from '../engine/network.ts';
import { processTable } from '../engine/process-table.ts';
import { randomFrom } from '../engine/random.ts';
import { processes } from '../engine/processes.ts';
import type { Process } from '../engine/processes.ts';
import { doors } from '../stand-ins/agent-door.ts';
import { files, forgetFiles } from '../stand-ins/files.ts';
import { endStreamsOf, forgetPlaces } from '../stand-ins/http.ts';
import { closeEverything, endConnectionsOf } from '../stand-ins/net.ts';
import { diskOf, forgetDisks, readers } from '../stand-ins/plane-store.ts';
import { forgetWorkspaces, writeIn } from '../stand-ins/workspace.ts';
import { Backups } from './backups.ts';
import { cachedMs, callMs, deafMs, longestLeaseMs, running, runMs, silentMs, wakeMs } from './bounds.ts';
import { LogCheck } from './log-check.ts';
import { Model } from './model.ts';
import type { MandateModel } from './model.ts';
import { Peer } from './peer.ts';
import { Pushes } from './pushes.ts';
import { RuntimePlane } from './runtime-plane.ts';

const dir = '/simulated/writ';
const base = { url: 'http://127.0.0.1:4000', multiplex: `${dir}/control/control.sock` } as const;

const peerBase = { url: 'http://127.0.0.1:4001', multiplex: `${dir}-peer/control/control.sock` } as const;

/** How long after its end a process is started again, in milliseconds. */
const restartMs = 500;

export const isOfTheDisk = (error: unknown): boolean => error instanceof Error && error.name === 'JournalError';

type MachineName =
  'control' | 'peer' | 'ledger' | 'runtime' | 'standby' | 'database' | 'enforcer' | 'sink' | 'desk' | 'agent';

/** What was known when something was asked. */
export type Asked = { readonly seen: number; readonly setBacks: number };

/** The session of runs that agents of the simulation start by themselves. */
export const nobody = 's';

/** What a seed has more than one machine of: `shared`: the runtime; `peer`: control. */
export const machinesOf = (seed: string): Readonly<Record<'shared' | 'peer', boolean>> => ({
  shared: randomFrom(`${seed}/store`).chance(0.4),
  peer: randomFrom(`${seed}/peer`).chance(0.1),
});

const isTold = Boolean(process.env['WRIT_TOLD']);

export class World {
  readonly model = new Model(noon);
  readonly wrong: string[] = [];
  log = new LogCheck((sentence) => this.say(sentence));
  /** Of journals that were set back since. */
  readonly #formerLogs: LogCheck[] = [];
  readonly backups: Backups;
  readonly pushes: Pushes;
  /** How often control's journal was set back. */
  setBacks = 0;
  readonly disk = diskOf(dir, 'control');
  readonly runs = new Map<string, MandateModel>();
  readonly landed = new Map<string, number>();
  /** Operations somebody was told had begun. */
  readonly begun = new Set<string>();
  /** `unpushed`: how often what moves was looked at while nothing of control's changes came to its enforcer. */
  readonly counts = { steps: 0, calls: 0, answers: 0, landed: 0, effects: 0, spawned: 0, yes: 0, unpushed: 0 };
  readonly machines: Readonly<Record<MachineName, Machine>>;
  readonly runtime: RuntimePlane;
  trace = 0x811c9dc5;
  server: ControlServer | undefined;
  enforcer: Enforcer | undefined;
  sink: Sink | undefined;
  callers: Readonly<Record<'desk' | 'agent', Caller>>;
  /** Since when the enforcer certainly hears nothing from control; null while it may. */
  unheardSince: number | null = null;
  /** Raised when the disk begins to fail and when it ends; odd while it fails. */
  diskTurns = 0;
  wokeAt = -Infinity;
  sleptFrom = -Infinity;
  /** The highest position anybody was told. */
  #seen = 0;

  /** A second node of control; null where there is one. */
  readonly peer: Peer | null;

  /** `isShared`: two machines run the runtime over one database. `hasPeer`: two run control over another. */
  constructor(isShared: boolean, hasPeer: boolean) {
    const machine = (name: string): Machine => engine.machine(name);
    this.machines = {
      control: machine('control'),
      peer: machine('peer'),
      ledger: machine('ledger'),
      runtime: machine('runtime'),
      standby: machine('standby'),
      database: machine('database'),
      enforcer: machine('enforcer'),
      sink: machine('sink'),
      desk: machine('desk'),
      agent: machine('agent'),
    };
    readers.set('control', this.log);
    this.runtime = new RuntimePlane(this, dir, isShared);
    this.backups = new Backups(this, dir);
    this.pushes = new Pushes(this);
    this.peer = hasPeer ? new Peer(this, dir) : null;
    this.callers = { desk: this.#caller('owner.token'), agent: this.#caller(null) };
    engine.onBug = (error) => this.bug(error);
    processes.onEffect = (process) => this.#processMoved(process);
  }

  static fresh(seed: string): World {
    engine.reset(seed);
    network.reset();
    processes.reset();
    processTable.reset();
    doors.clear();
    forgetFiles();
    forgetPlaces();
    forgetDisks();
    forgetWorkspaces();
    closeEverything();
    const { shared, peer } = machinesOf(seed);
    return new World(shared, peer);
  }

  say(sentence: string): void {
    this.wrong.push(`${(engine.now / 1_000).toFixed(3)} s: ${sentence}`);
  }

  /** One line of what happened, where somebody wants to read along. */
  tell(line: string): void {
    if (isTold) process.stderr.write(`${(engine.now / 1_000).toFixed(4)} ${line}\n`);
  }

  /** A disk that fails is one of the things that happen; everything else that is thrown is ours. */
  readonly bug = (error: unknown): void => {
    if (isOfTheDisk(error)) return;
    this.say(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };

  /** What no code caught ends its process, as Node does, and whoever keeps it starts it again; only a disk may be the reason. */
  uncaught(error: unknown): void {
    this.bug(error);
    const machine = engine.current;
    if (!isOfTheDisk(error) || machine === null || !machine.isUp) return;
    this.runtime.of(machine)?.restart(restartMs);
    if (machine === this.machines.peer) this.peer?.restart(restartMs);
    if (machine !== this.machines.control) return;
    this.crashControl();
    engine.after(restartMs, () => machine.isUp || this.bootControl(), null);
  }

  /** What a process logs: bugs are ours, and the rest is for who reads along. */
  plainLog(who: string): Log {
    const told = (fact: string, more: object = {}): void => this.tell(`${who}: ${fact} ${JSON.stringify(more)}`);
    return { writes: () => false, debug: () => undefined, info: told, warn: told, error: told, bug: this.bug };
  }

  /** Does `work` on a machine, if its process is there. */
  on(machine: Machine, work: () => Promise<void> | void, afterMs = 0): void {
    engine.after(afterMs, () => void Promise.resolve(work()).catch(this.bug), machine);
  }

  note(...parts: readonly (string | number)[]): void {
    for (const part of parts) {
      const text = String(part);
      for (let i = 0; i < text.length; i += 1) this.trace = Math.imul(this.trace ^ text.charCodeAt(i), 0x01000193);
    }
  }

  /** What was answered was judged no earlier than anything that was answered before it was asked, in the same life of the journal. */
  readonly asked = (): Asked => ({ seen: this.#seen, setBacks: this.setBacks });
  positionTold(position: number, { seen, setBacks }: Asked): void {
    if (setBacks !== this.setBacks) return;
    if (position < seen)
      this.say(`I6: an answer at position ${String(position)} to what was asked after ${String(seen)} was known`);
    this.#seen = Math.max(this.#seen, position);
  }

  /** Somebody was told that an operation began. */
  operationBegan(id: string, { setBacks }: Pick<Asked, 'setBacks'>): void {
    if (setBacks === this.setBacks) this.begun.add(id);
  }

  /** Control's journal is one that was before, up to `position`. */
  setBack(log: LogCheck, position: number): void {
    for (const id of [...this.begun]) if (!this.log.hadBegun(id, position)) this.begun.delete(id);
    this.#formerLogs.unshift(this.log);
    this.log = log;
    this.setBacks += 1;
    this.#seen = 0;
  }

  tokenOf = (path: string): string => files.get(`${dir}/control/${path}`)?.text.trim() ?? '';

  #caller(token: string | null): Caller {
    const asking = { token: token === null ? null : () => this.tokenOf(token), timeoutMs: callMs };
    const first = createCaller({ base, ...asking });
    return this.peer === null ? first : this.peer.either(first, createCaller({ base: peerBase, ...asking }));
  }

  /** How old a yes of a cached class may be that control gives itself: where others write as well, it may not know of all of it. */
  get lagMs(): number {
    return this.peer === null ? 0 : cachedMs;
  }

  bootControl(): void {
    const { control } = this.machines;
    engine.boot(control);
    this.#reachable();
    const { start } = control;
    this.on(control, async () => {
      try {
        this.server = await startControlServer({
          dir,
          port: 4_000,
          now: () => Math.floor(engine.wall(control)),
          log: this.plainLog('control'),
        });
      } catch (error) {
        if (!isOfTheDisk(error)) throw error;
        // The disk takes nothing: the process is over, and whoever keeps it starts it again.
        if (control.start !== start) return;
        this.crashControl();
        engine.after(restartMs, () => control.isUp || this.bootControl(), null);
      }
    });
  }

  crashControl(): void {
    const { control } = this.machines;
    this.gone(control);
    this.server = undefined;
    this.failDisk(false);
    // A database of its own goes on without it.
    if (this.peer === null) this.disk.crash((unsynced) => engine.random.below(unsynced + 1));
    this.#reachable();
  }

  bootEnforcer(): void {
    engine.boot(this.machines.enforcer);
    this.on(this.machines.enforcer, async () => {
      this.enforcer = (await startEnforcerServer({ dir, log: this.plainLog('enforcer') })).enforcer;
    });
  }

  crashEnforcer(): void {
    this.gone(this.machines.enforcer);
    this.enforcer = undefined;
    // Runs are in sandboxes that die with it.
    processes.endAll();
    doors.clear();
  }

  bootSink(): void {
    engine.boot(this.machines.sink);
    this.on(this.machines.sink, () => {
      const control = createCaller({ base, token: null, timeoutMs: callMs });
      this.sink = createSink({ control, token: () => this.tokenOf('points/sink.token'), timeoutMs: callMs });
    });
  }

  crashSink(): void {
    this.gone(this.machines.sink);
    this.sink = undefined;
  }

  crashAgent(): void {
    this.gone(this.machines.agent);
    engine.boot(this.machines.agent);
    this.callers = { ...this.callers, agent: this.#caller(null) };
  }

  /** A process is gone, with what it held. */
  gone(machine: Machine): void {
    engine.crash(machine);
    processTable.endOf(machine);
    endConnectionsOf(machine);
    endStreamsOf(machine);
  }

  sleep(machine: Machine): void {
    if (machine === this.machines.enforcer && machine.asleepSince === null) this.sleptFrom = engine.now;
    const node = this.runtime.of(machine);
    if (node !== undefined && machine.asleepSince === null) node.sleptFrom = engine.now;
    engine.sleep(machine);
    this.#reachable();
  }

  wake(machine: Machine): void {
    if (machine === this.machines.enforcer && machine.asleepSince !== null) this.wokeAt = engine.now;
    const node = this.runtime.of(machine);
    if (node !== undefined && machine.asleepSince !== null) node.wokeAt = engine.now;
    engine.wake(machine);
    this.#reachable();
  }

  failDisk(isFailing: boolean): void {
    if (isFailing === (this.diskTurns % 2 === 1)) return;
    this.diskTurns += 1;
    this.disk.fault = isFailing ? 'no space left on device' : undefined;
  }

  cut(from: Machine, to: Machine, isCut: boolean): void {
    network.change(from, to, { isCut });
    this.#reachable();
  }

  #reachable(): void {
    const { control, enforcer } = this.machines;
    const isGone =
      !control.isUp ||
      control.asleepSince !== null ||
      network.link(control, enforcer).isCut ||
      network.link(enforcer, control).isCut;
    this.unheardSince = isGone ? (this.unheardSince ?? engine.now) : null;
  }

  /** The mandate that people know by this id, or the nearest above it that they know: sub-agents have their own. */
  modelOf(id: string): MandateModel | undefined {
    const above = (mandate: string): string | null =>
      [this.log, ...this.#formerLogs].map((log) => log.parentOf(mandate)).find((parent) => parent !== null) ?? null;
    for (let next: string | null = id; next !== null; next = above(next)) {
      const found = this.model.find(next);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether nothing comes to the enforcer of what changes at control: then its own deadlines are all there is. */
  get isPushDead(): boolean {
    const { control, enforcer } = this.machines;
    const { isCut } = network.link(control, enforcer);
    return !control.isUp || control.asleepSince !== null || isCut;
  }

  /** INVARIANT: with nothing pushed, what moves is never further behind than the bound. Looked at in every step, whatever moves in it. */
  lookUnpushed(): void {
    if (!this.isPushDead || this.machines.enforcer.asleepSince !== null) return;
    for (const process of processes.live.values()) if (process.isMoving) this.#judgeMove(process);
  }

  /** An agent's process did something. */
  #processMoved(process: Process): void {
    this.counts.effects += 1;
    writeIn(process.of.cwd, process.id, String(this.counts.effects));
    this.#judgeMove(process);
  }

  #judgeMove({ id: run, mandate: id, of: { session, program } }: Process): void {
    if (this.isPushDead) this.counts.unpushed += 1;
    for (const other of processes.live.values())
      if (other.id !== run && other.isMoving && other.of.session === session && session !== nobody)
        this.say(`${run} and ${other.id} work in session ${session} at once`);
    const mandate = this.runs.get(run) ?? this.modelOf(id);
    if (mandate === undefined) return this.say(`run ${run} moves under ${id}, which nobody knows`);
    // Until its enforcer has looked at the clocks once, it goes on as it did when the lid was closed.
    const isJustAwake = engine.now - this.wokeAt < wakeMs;
    const from = (isJustAwake ? this.sleptFrom : engine.now) - runMs - (this.peer === null ? 0 : silentMs);
    const why = this.model.whyNever(mandate, running(program), { from, to: engine.now, drainMs: longestLeaseMs });
    if (why !== null) this.say(`I1: run ${run} moved under ${mandate.id}, although ${why}`);
    if (!isJustAwake && this.unheardSince !== null && engine.now - this.unheardSince > deafMs)
      this.say(`I8: run ${run} moved ${(engine.now - this.unheardSince).toFixed(0)} ms after control was last heard`);
  }

  /** A call of a counted mandate was used: under it and under all above it. */
  used(mandate: MandateModel): void {
    for (const one of this.model.chainOf(mandate)) {
      one.used += 1;
      if (one.calls !== null && one.used > one.calls)
        this.say(`I5: ${one.id} was used ${String(one.used)} times, and may be ${String(one.calls)} times`);
    }
  }
}
