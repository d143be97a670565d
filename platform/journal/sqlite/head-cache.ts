/**
 * The heads of the streams a writer has met lately. A writer is alone with its store, so what it remembers is what is stored, unless a transaction
 * failed: then everything is forgotten. Between transactions it is bounded; within one it holds whatever the batch touches.
 */
import type { StatementSync } from 'node:sqlite';
import type { Head } from '../seal.ts';
import type { HeadRow } from './rows.ts';
import type { GrowingTail } from './stream-positions.ts';
import { growingTail } from './stream-positions.ts';

/** Streams remembered between transactions. */
export const maxHeads = 4096;

/** `tail`: the positions of the newest versions, those after the last full page. */
export type SqliteHead = Head & { tail: GrowingTail };

export class HeadCache {
  readonly #read: (stream: string) => SqliteHead;
  readonly #heads = new Map<string, SqliteHead>();

  constructor(read: (stream: string) => SqliteHead) {
    this.#read = read;
  }

  get(stream: string): SqliteHead {
    const known = this.#heads.get(stream);
    if (known) return known;
    const head = this.#read(stream);
    this.#heads.set(stream, head);
    return head;
  }

  /** Forgets the streams met first, down to the bound. */
  trim(): void {
    let excess = this.#heads.size - maxHeads;
    for (const stream of this.#heads.keys()) {
      if (excess-- <= 0) return;
      this.#heads.delete(stream);
    }
  }

  clear(): void {
    this.#heads.clear();
  }
}

export function readHead(statement: StatementSync, stream: string): SqliteHead {
  // The cast is the shape of `readHead` over a STRICT table.
  const row = statement.get(stream) as Omit<HeadRow, 'stream'> | undefined;
  if (!row) return { id: 0, version: 0, position: 0, hash: null, tail: growingTail('[]'), isNew: true };
  return { ...row, tail: growingTail(row.tail), isNew: false };
}
