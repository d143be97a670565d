/** The runtime of a simulated installation: its machine, its journal, the person who calls it, and what is looked at as its journal grows. */

import { createCaller } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { startRuntimeServer } from '@writ/server';
import type { Log, RuntimeServer } from '@writ/server';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';
import { diskOf, readers } from '../stand-ins/plane-store.ts';
import { callMs, resumeMs } from './bounds.ts';
import type { MandateModel, Model } from './model.ts';
import { RuntimeLogCheck } from './runtime-log-check.ts';

const port = 5_000;

/** What it is in. */
type Around = {
  readonly machines: Readonly<Record<'runtime', Machine>>;
  readonly model: Model;
  say(sentence: string): void;
  tell(line: string): void;
  bug(error: unknown): void;
  plainLog(who: string): Log;
  on(machine: Machine, work: () => Promise<void> | void): void;
  gone(machine: Machine): void;
  tokenOf(path: string): string;
  modelOf(mandate: string): MandateModel | undefined;
};

export class RuntimePlane {
  readonly #world: Around;
  readonly log: RuntimeLogCheck;
  readonly disk: ReturnType<typeof diskOf>;
  /** The person, at the runtime. */
  readonly person: Caller;
  /** Inputs somebody was told are admitted. */
  readonly admitted = new Set<string>();
  /** Missions somebody was told are there. */
  readonly created = new Set<string>();
  server: RuntimeServer | undefined;
  #sleptFrom = -Infinity;
  #wokeAt = -Infinity;

  constructor(world: Around, dir: string) {
    this.#world = world;
    this.disk = diskOf(dir, 'runtime');
    this.log = new RuntimeLogCheck(
      (sentence) => world.say(sentence),
      this.#began,
      (line) => world.tell(line),
    );
    readers.set('runtime', this.log);
    this.person = createCaller({
      base: { url: `http://127.0.0.1:${String(port)}` },
      token: () => world.tokenOf('owner.token'),
      timeoutMs: callMs,
    });
    this.#dir = dir;
  }

  readonly #dir: string;

  boot(): void {
    const { runtime } = this.#world.machines;
    engine.boot(runtime);
    this.#world.tell('runtime: starts');
    const { start } = runtime;
    this.#world.on(runtime, async () => {
      try {
        const server = await startRuntimeServer({
          dir: this.#dir,
          port,
          now: () => Math.floor(engine.wall(runtime)),
          log: this.#world.plainLog('runtime'),
          retryDelayMs: 200,
        });
        if (runtime.start === start) this.server = server;
      } catch (error) {
        this.#world.bug(error);
        this.#world.tell(`runtime: did not start: ${String(error)}`);
        // What keeps the planes up starts it again.
        this.restart(300);
      }
    });
  }

  /** Ends its process as a crash does. */
  crash(): void {
    this.#world.gone(this.#world.machines.runtime);
    this.server = undefined;
    this.disk.crash((unsynced) => engine.random.below(unsynced + 1));
  }

  /** A crash, and a start after `ms`. */
  restart(ms: number): void {
    this.crash();
    engine.after(ms, () => this.bootIfDown(), null);
  }

  bootIfDown(): void {
    if (!this.#world.machines.runtime.isUp) this.boot();
  }

  /** Ends it as a person does who wants it started again. */
  close(): void {
    const { runtime } = this.#world.machines;
    const { start } = runtime;
    const { server } = this;
    if (server === undefined) return;
    this.#world.on(runtime, async () => {
      await server.close();
      if (runtime.start === start) this.restart(50);
    });
  }

  sleeps(): void {
    this.#sleptFrom = engine.now;
  }
  wakes(): void {
    this.#wokeAt = engine.now;
  }

  /** INVARIANT: whatever begins here was asked about when it could have been allowed, no longer ago than asking takes. */
  readonly #began = (what: string, session: string, mandate: string, program: string): void => {
    const world = this.#world;
    const of = world.modelOf(mandate);
    if (of === undefined) return world.say(`a ${what} of ${session} began under ${mandate}, which nobody knows`);
    const asked = engine.now - this.#wokeAt < resumeMs ? this.#sleptFrom : engine.now;
    const why = world.model.whyNever(
      of,
      { action: 'shell.run', resource: `shell://p/${program}` },
      { from: asked - resumeMs, to: engine.now },
    );
    if (why !== null) world.say(`I3: a ${what} of ${session} began under ${mandate}, although ${why}`);
  };
}
