/** The runtime of a simulated installation: its machine, its journal, the person who calls it, and what is looked at as its journal grows. */

import { createCaller } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { startRuntimeServer } from '@writ/server';
import type { Log, RuntimeServer } from '@writ/server';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';
import { diskOf, readers, shareOn } from '../stand-ins/plane-store.ts';
import type { SharedStore } from '../stand-ins/shared-store.ts';
import { callMs, resumeMs } from './bounds.ts';
import type { MandateModel, Model } from './model.ts';
import { RuntimeLogCheck } from './runtime-log-check.ts';

/** What it is in. */
type Around = {
  readonly machines: Readonly<Record<'runtime' | 'standby' | 'database', Machine>>;
  readonly model: Model;
  say(sentence: string): void;
  tell(line: string): void;
  bug(error: unknown): void;
  plainLog(who: string): Log;
  on(machine: Machine, work: () => Promise<void> | void): void;
  gone(machine: Machine): void;
  tokenOf(path: string): string;
  modelOf(mandate: string): MandateModel | undefined;
  /** How much may have happened of which the control that is asked does not know yet. */
  readonly lagMs: number;
};

/** One process of the runtime, on its machine. */
class RuntimeNode {
  readonly machine: Machine;
  readonly port: number;
  readonly #plane: RuntimePlane;
  server: RuntimeServer | undefined;
  /** It was told to end, and lets what it follows come to its end first. */
  #isClosing = false;
  sleptFrom = -Infinity;
  wokeAt = -Infinity;

  constructor(plane: RuntimePlane, machine: Machine, port: number) {
    this.#plane = plane;
    this.machine = machine;
    this.port = port;
  }

  boot(): void {
    const { machine, port } = this;
    const { around, dir } = this.#plane;
    if (machine.isUp && this.server !== undefined) return;
    engine.boot(machine);
    const { start } = machine;
    around.on(machine, async () => {
      try {
        const server = await startRuntimeServer({
          ...{ dir, port, retryDelayMs: 200 },
          now: () => Math.floor(engine.wall(machine)),
          log: around.plainLog(machine.name),
        });
        if (machine.start === start) this.server = server;
      } catch (error) {
        around.bug(error);
        // What keeps the planes up starts it again.
        if (machine.start === start) this.restart(300);
      }
    });
  }

  /** Ends its process as a crash does. */
  crash(): void {
    this.#plane.around.gone(this.machine);
    this.server = undefined;
    this.#isClosing = false;
    if (this.#plane.store === null) this.#plane.disk.crash((unsynced) => engine.random.below(unsynced + 1));
  }

  /** A crash, and a start after `ms`. */
  restart(ms: number): void {
    this.crash();
    engine.after(ms, () => this.bootIfDown(), null);
  }

  /** It is up from now on: nobody waits for it to end. */
  mend(): void {
    if (this.#isClosing) this.restart(50);
    else this.bootIfDown();
  }

  bootIfDown(): void {
    if (!this.machine.isUp) this.boot();
  }

  /** Ends it as a person does who wants it started again. */
  close(): void {
    const { server, machine } = this;
    const { start } = machine;
    if (server === undefined) return;
    this.#isClosing = true;
    this.#plane.around.on(machine, async () => {
      await server.close();
      if (machine.start === start) this.restart(50);
    });
  }
}

export class RuntimePlane {
  readonly around: Around;
  readonly dir: string;
  readonly log: RuntimeLogCheck;
  readonly disk: ReturnType<typeof diskOf>;
  /** The database that two machines share; null where one machine has the journal in a file. */
  readonly store: SharedStore | null;
  readonly nodes: readonly RuntimeNode[];
  /** The person, at one of them. */
  readonly person: Caller;
  /** Inputs somebody was told are admitted. */
  readonly admitted = new Set<string>();
  /** Missions somebody was told are there. */
  readonly created = new Set<string>();
  #turn = 0;

  constructor(around: Around, dir: string, isShared: boolean) {
    const { runtime, standby, database } = around.machines;
    this.around = around;
    this.dir = dir;
    this.disk = diskOf(dir, 'runtime');
    this.log = new RuntimeLogCheck(
      (sentence) => around.say(sentence),
      this.#began,
      (line) => around.tell(line),
    );
    readers.set('runtime', this.log);
    this.store = isShared ? shareOn(database, dir, 'runtime') : null;
    const nodes = [new RuntimeNode(this, runtime, 5_000)];
    this.nodes = isShared ? [...nodes, new RuntimeNode(this, standby, 5_001)] : nodes;
    this.person = createCaller({
      base: () => ({ url: `http://127.0.0.1:${String(this.#one().port)}` }),
      token: () => around.tokenOf('owner.token'),
      timeoutMs: callMs,
    });
  }

  /** Whom the person asks: one after the other of those that are up. */
  #one(): RuntimeNode {
    const up = this.nodes.filter(({ server }) => server !== undefined);
    this.#turn += 1;
    return up[this.#turn % up.length] ?? this.node(0);
  }

  /** One of them, by a number from 0 up to 1. */
  node(nth: number): RuntimeNode {
    // There is at least one.
    return this.nodes[Math.floor(nth * this.nodes.length)]!;
  }

  of(machine: Machine): RuntimeNode | undefined {
    return this.nodes.find((node) => node.machine === machine);
  }

  /** INVARIANT: whatever begins here was asked about when it could have been allowed, no longer ago than asking takes. */
  readonly #began = (what: string, session: string, mandate: string, program: string): void => {
    const { around } = this;
    const of = around.modelOf(mandate);
    if (of === undefined) return around.say(`a ${what} of ${session} began under ${mandate}, which nobody knows`);
    const asleep = this.nodes.filter(({ wokeAt }) => engine.now - wokeAt < resumeMs).map(({ sleptFrom }) => sleptFrom);
    const why = around.model.whyNever(
      of,
      { action: 'shell.run', resource: `shell://p/${program}` },
      { from: Math.min(engine.now, ...asleep) - resumeMs - around.lagMs, to: engine.now },
    );
    if (why !== null) around.say(`I3: a ${what} of ${session} began under ${mandate}, although ${why}`);
  };
}
