/** Copies of control's journal, and putting an old one back: what was revoked since then must not be in force again. */

import { engine } from '../engine/engine.ts';
import { files } from '../stand-ins/files.ts';
import { readers } from '../stand-ins/plane-store.ts';
import type { diskOf } from '../stand-ins/plane-store.ts';
import { LogCheck } from './log-check.ts';
import type { Act, Model } from './model.ts';
import type { RuntimeLogCheck, Witnessed } from './runtime-log-check.ts';

/** What they are of. */
type Around = {
  readonly log: LogCheck;
  readonly disk: ReturnType<typeof diskOf>;
  readonly model: Model;
  readonly runtime: { readonly log: RuntimeLogCheck };
  /** While control is up. */
  readonly server: unknown;
  say(sentence: string): void;
  setBack(log: LogCheck, position: number): void;
};

type Copy = {
  readonly at: number;
  readonly image: Uint8Array;
  readonly position: number;
  readonly incarnation: number;
  /** The note beside it, as it was then. */
  readonly note: string | undefined;
};

export class Backups {
  readonly #world: Around;
  readonly #note: string;
  readonly #copies: Copy[] = [];
  /** Done when somebody noticed that a copy was put back; null where that is done. */
  #unnoticed: Act | null = null;

  constructor(world: Around, dir: string) {
    this.#world = world;
    this.#note = `${dir}/control/seen.json`;
  }

  /** Copies the journal while it runs. */
  take(): void {
    const { log, disk, server } = this.#world;
    if (server === undefined || log.position === 0) return;
    const { position, incarnation } = log;
    const note = files.get(this.#note)?.text;
    this.#copies.push({ at: engine.now, image: disk.image(), position, incarnation, note });
    if (this.#copies.length > 6) this.#copies.shift();
  }

  /** Whether a copy that was put back is still unnoticed. */
  get isUnnoticed(): boolean {
    return this.#unnoticed !== null;
  }

  /**
   * Puts a copy in the place of control's journal while control is down, and perhaps the note beside it too. It is left where nobody is there who could know: docs/guide/guarantees.md
   * says so.
   */
  restore(a: number, withNote: boolean): boolean {
    const world = this.#world;
    const copy = this.#copies[Math.floor(a * this.#copies.length)];
    if (copy === undefined || this.isUnnoticed || copy.position === world.log.position) return false;
    const noted = withNote ? undefined : (JSON.parse(files.get(this.#note)?.text ?? 'null') as Witnessed | null);
    const isNoted = noted !== undefined && noted !== null && isAfter(noted, copy);
    if (!isNoted && !isAfter(world.runtime.log.witnessed, copy)) return false;
    // What was copied after it is of another life of the journal from now on.
    this.#copies.splice(this.#copies.indexOf(copy) + 1);
    world.disk.replace(copy.image);
    if (withNote && copy.note !== undefined) files.write(this.#note, copy.note);
    if (withNote && copy.note === undefined) files.remove(this.#note);
    this.#unnoticed = world.model.setBack(copy.at, engine.now);
    const { position: ends } = copy;
    const log = new LogCheck((sentence) => world.say(sentence), { ends, isNoted, onNoticed: () => this.#noticed() });
    world.setBack(log, ends);
    readers.set('control', log);
    return true;
  }

  #noticed(): void {
    if (this.#unnoticed !== null) this.#unnoticed.acked = engine.now;
    this.#unnoticed = null;
  }
}

const isAfter = (seen: Witnessed, { incarnation, position }: Copy): boolean =>
  seen.incarnation > incarnation || (seen.incarnation === incarnation && seen.position > position);
