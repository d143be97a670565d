/**
 * A disk that can lose what was not synced: a file of frames, each a length, a digest and a text, with an end up to which it is on stable storage.
 *
 * It does what a crash may do and no more: what was synced stays, of the rest any number of bytes may be there. It keeps nothing on a real disk.
 */
import { hash } from 'node:crypto';
import type { StoredSnapshot } from '../snapshot/snapshot.ts';

export class SimulatedDisk {
  readonly #synced: Buffer[] = [];
  #unsynced: Buffer[] = [];
  /** What is kept beside the log, by fold. It is of events that were synced, and written whole or not at all. */
  readonly snapshots = new Map<string, StoredSnapshot>();
  /** Why the next writes and syncs fail; undefined while they do not. */
  fault: string | undefined;

  /** Writes a frame after the last. It may be lost until it is synced. */
  write(text: string): void {
    this.#check();
    const body = Buffer.from(text);
    this.#unsynced.push(Buffer.from(`${String(body.length)} ${digestOf(text)}\n`), body);
  }

  /** Everything written so far is on stable storage from now on. */
  sync(): void {
    this.#check();
    this.#synced.push(...this.#unsynced);
    this.#unsynced = [];
  }

  /** Takes back what was written and never synced, as a writer does whose commit failed. */
  forget(): void {
    this.#unsynced = [];
  }

  /** The power goes: `keep` says how many of the given number of unsynced bytes are there afterwards. */
  crash(keep: (unsynced: number) => number): void {
    const tail = Buffer.concat(this.#unsynced);
    this.#synced.push(tail.subarray(0, keep(tail.length)));
    this.#unsynced = [];
    this.fault = undefined;
  }

  /** What is on stable storage, as a copy of the file has it. */
  image(): Uint8Array {
    return Buffer.concat(this.#synced);
  }

  /** The file is another one from now on: somebody put a copy back, which has no snapshots. */
  replace(image: Uint8Array): void {
    this.snapshots.clear();
    this.#synced.splice(0, this.#synced.length, Buffer.from(image));
    this.#unsynced = [];
  }

  /** The frames that are whole. What comes after the last of them is cut off, as a journal does that opens its file after a crash. */
  recover(): readonly string[] {
    const all = Buffer.concat(this.#synced);
    const texts: string[] = [];
    let at = 0;
    for (;;) {
      const end = all.indexOf(10, at);
      const [length = '', digest] = end < 0 ? [] : all.toString('latin1', at, end).split(' ');
      const next = end + 1 + Number(length);
      if (end < 0 || !/^\d+$/.test(length) || next > all.length) break;
      const text = all.toString('utf8', end + 1, next);
      if (digestOf(text) !== digest) break;
      texts.push(text);
      at = next;
    }
    this.#synced.splice(0, this.#synced.length, all.subarray(0, at));
    return texts;
  }

  #check(): void {
    if (this.fault !== undefined) throw new Error(this.fault);
  }
}

const digestOf = (text: string): string => hash('sha256', text, 'base64url').slice(0, 16);
