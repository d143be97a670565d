/**
 * Where the events of a stream are: lists of positions, the newest in the stream's head (the tail), older ones in pages that never change once written.
 * An index over (stream, version) would answer the same and make every commit write a page for each stream it touches; this one writes a page of the index for
 * every `pageLength` events. `verify` holds the lists against the events.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Page } from '../page.ts';
import * as sql from './sql.ts';

/** Positions in a full page. A tail holds fewer. */
export const pageLength = 32;

/** `version`: the stream's newest; `tail`: the positions of its newest versions, those after the last full page. */
export type StreamEnd = { readonly version: number; readonly tail: readonly number[] };

/** Reads what `writeTail` wrote. Throws a SyntaxError when someone else wrote it and it is no JSON. */
export function readTail(text: string): number[] {
  // The cast holds for what `writeTail` wrote; `verify` tells when someone else wrote it.
  return JSON.parse(text) as number[];
}

/** The canonical text of a list of positions. */
export function writeTail(positions: readonly number[]): string {
  return `[${positions.join(',')}]`;
}

/** A tail as a writer adds to it, which it does at each event: how many positions it has, and their text between the brackets. */
export type GrowingTail = { count: number; text: string };

/** The tail that `readTail` would read from `text`. Throws as it does. */
export function growingTail(text: string): GrowingTail {
  const positions = readTail(text);
  return { count: positions.length, text: positions.join(',') };
}

/** Adds `position` to `tail`. Gives the text of a full page, after which the tail is empty; undefined while it is not full. */
export function addToTail(tail: GrowingTail, position: number): string | undefined {
  tail.text = tail.count === 0 ? String(position) : `${tail.text},${String(position)}`;
  tail.count += 1;
  if (tail.count < pageLength) return undefined;
  const page = textOf(tail);
  tail.count = 0;
  tail.text = '';
  return page;
}

/** What `writeTail` gives for the same positions. */
export const textOf = ({ text }: GrowingTail): string => `[${text}]`;

/** Looks positions up over one connection. */
export class StreamPositions {
  readonly #pages: StatementSync;

  constructor(database: DatabaseSync) {
    this.#pages = database.prepare(sql.readStreamPages);
  }

  /** The positions of the versions a page asks for, in order. `end` is the stream as of one moment: pages a writer adds later are not looked at. */
  find(id: number, end: StreamEnd, { after, limit }: Page): readonly number[] {
    const inPages = end.version - end.tail.length;
    const wanted = Math.min(limit, Math.max(0, end.version - after));
    if (wanted === 0) return [];
    if (after >= inPages) return end.tail.slice(after - inPages, after - inPages + wanted);
    const skipped = after % pageLength;
    const rows = this.#pages.all(id, after, inPages, Math.ceil((skipped + wanted) / pageLength));
    const paged = rows.flatMap((row) => readTail(String(row['positions'])));
    return [...paged, ...end.tail].slice(skipped, skipped + wanted);
  }
}
