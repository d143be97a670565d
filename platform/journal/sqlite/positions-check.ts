/** Holds the lists of positions against the events: a list that leaves one out would hide it from whoever reads the stream, and the hash chain would not tell. */
import { hash } from 'node:crypto';
import type { LogCheck, StoredEvent } from '../log-check.ts';
import type { HeadRow, StreamPageRow } from './rows.ts';
import { pageLength, writeTail } from './stream-positions.ts';

/** What a stream's pages must say, as one digest (its events may be millions), and what its tail must say. */
type Expected = { pages: string; tail: number[] };

export class PositionsCheck {
  readonly #streams = new Map<number, Expected>();

  /** Events come in position order. */
  event({
    streamKey,
    version,
    position,
  }: Pick<StoredEvent, 'version' | 'position'> & { readonly streamKey: number }): void {
    let expected = this.#streams.get(streamKey);
    if (!expected) this.#streams.set(streamKey, (expected = { pages: '', tail: [] }));
    expected.tail.push(position);
    if (expected.tail.length < pageLength) return;
    expected.pages = withPage(expected.pages, version, writeTail(expected.tail));
    expected.tail = [];
  }

  /** `pages` are ordered by stream and version. */
  lists(heads: readonly HeadRow[], pages: readonly StreamPageRow[], check: Pick<LogCheck, 'find' | 'isBroken'>): void {
    const stored = new Map<number, string>();
    for (const { stream, upto, positions } of pages)
      stored.set(stream, withPage(stored.get(stream) ?? '', upto, positions));
    for (const head of heads) {
      const expected = this.#streams.get(head.id);
      // A head without events is the log's own finding.
      if (!expected || check.isBroken(head.stream)) continue;
      const saysSo = (stored.get(head.id) ?? '') === expected.pages;
      if (!saysSo || head.tail !== writeTail(expected.tail)) {
        check.find(head, 'the list of the stream’s positions does not match its events');
      }
    }
  }
}

/** The digest of all pages so far; empty before the first. */
const withPage = (pages: string, upto: number, positions: string): string =>
  hash('sha256', `${pages}${String(upto)}:${positions};`, 'hex');
