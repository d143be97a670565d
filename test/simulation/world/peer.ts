/** A second node of control over the same database, with the folder of the first as they share it. People and agents ask whichever is up; the enforcer, the runtime and the sink ask the first. */

import { startControlServer } from '@writ/server';
import type { ControlServer, Log } from '@writ/server';
import type { Caller } from '@writ/enforce';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';
import { shareFolder } from '../stand-ins/files.ts';
import { shareOn } from '../stand-ins/plane-store.ts';
import type { SharedStore } from '../stand-ins/shared-store.ts';

/** What it is in. */
type Around = {
  readonly machines: Readonly<Record<'control' | 'peer' | 'ledger', Machine>>;
  plainLog(who: string): Log;
  bug(error: unknown): void;
  on(machine: Machine, work: () => Promise<void> | void): void;
  gone(machine: Machine): void;
};

/** How long after its end it is started again where a disk ended it, in milliseconds. */
const restartMs = 500;
/** What of a node's folder is its own. */
const own = /^\/(?:endpoint|control\.sock|seen\.json|restored\.json|\.ready)/;

export class Peer {
  readonly #around: Around;
  readonly #dir: string;
  readonly store: SharedStore;
  #server: ControlServer | undefined;
  #isOver = false;

  constructor(around: Around, dir: string) {
    this.#around = around;
    this.#dir = `${dir}-peer`;
    shareFolder(`${this.#dir}/control`, `${dir}/control`, own);
    this.store = shareOn(around.machines.ledger, dir, 'control', this.#dir);
    this.store.looks = true;
  }

  boot(): void {
    const { machines, on, plainLog } = this.#around;
    const { peer } = machines;
    if (peer.isUp && this.#server !== undefined) return;
    engine.boot(peer);
    const { start } = peer;
    on.call(this.#around, peer, async () => {
      try {
        const server = await startControlServer({
          dir: this.#dir,
          port: 4_001,
          // One clock for both: what differs between them is what they have heard.
          now: () => Math.floor(engine.wall(machines.control)),
          log: plainLog.call(this.#around, 'peer'),
        });
        if (peer.start === start) this.#server = server;
      } catch (error) {
        this.#around.bug(error);
        if (peer.start === start) this.restart(restartMs);
      }
    });
  }

  restart(ms: number): void {
    this.#around.gone(this.#around.machines.peer);
    this.#server = undefined;
    engine.after(ms, () => this.#around.machines.peer.isUp || this.boot(), null);
  }

  /** From here on the first alone is asked: what is compared at the end is one node's word. */
  retire(): void {
    this.#isOver = true;
  }

  /** Asks the one or the other, as a person or an agent does that knows both. */
  either(first: Caller, second: Caller): Caller {
    const pick = (): Caller =>
      !this.#isOver && this.#server !== undefined && engine.random.chance(0.5) ? second : first;
    return {
      ...first,
      call: (...asked: Parameters<Caller['call']>) => pick().call(...asked),
    } as Caller; // each call is one of theirs
  }
}
