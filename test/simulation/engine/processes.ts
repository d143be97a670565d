/** The processes agents run in: each does an effect every few milliseconds while it moves. Who judges is told of each effect as it happens. */

import type { Machine } from './engine.ts';
import { engine } from './engine.ts';

export type Work = { readonly session: string; readonly program: string; readonly cwd: string };

export type Process = {
  readonly id: string;
  readonly mandate: string;
  /** Which session it works in, on what, and where. */
  readonly of: Work;
  isMoving: boolean;
  /** When it ends by itself. */
  onExit: () => void;
  freeze(): void;
  thaw(): void;
  end(): void;
};

/** `lifeMs`: the longest it goes on by itself. */
type Started = Work & { readonly id: string; readonly mandate: string; readonly lifeMs: number };

class Processes {
  readonly live = new Map<string, Process>();
  /** Told of each effect: the run, and the mandate it was started under. */
  onEffect: (process: Process) => void = () => undefined;
  everyMs = 40;

  reset(): void {
    this.live.clear();
  }

  start(machine: Machine | null, { id, mandate, lifeMs, ...of }: Started): Process {
    const process: Process = {
      ...{ id, mandate, of },
      isMoving: true,
      onExit: () => undefined,
      freeze: () => void (process.isMoving = false),
      thaw: () => void (process.isMoving = this.live.has(id)),
      end: () => {
        process.isMoving = false;
        this.live.delete(id);
      },
    };
    this.live.set(id, process);
    const step = (): void => {
      if (!this.live.has(id)) return;
      if (process.isMoving) this.onEffect(process);
      engine.after(engine.random.between(this.everyMs / 2, this.everyMs * 1.5), step, machine);
    };
    engine.after(engine.random.between(1, this.everyMs), step, machine);
    engine.after(
      engine.random.between(1, lifeMs),
      () => {
        if (!this.live.has(id)) return;
        process.end();
        process.onExit();
      },
      machine,
    );
    return process;
  }

  /** Its parent died, and with it everything it held. */
  endAll(): void {
    for (const process of [...this.live.values()]) process.end();
  }
}

export const processes = new Processes();
