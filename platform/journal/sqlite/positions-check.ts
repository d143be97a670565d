/** Holds the lists of positions against the events: a list that leaves one out would hide it from whoever reads the stream, and the hash chain would not tell. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { LogCheck } from '../log-check.ts';
import type { StoredEventRow } from '../rows.ts';
import type { HeadRow, StreamPageRow } from './rows.ts';
import { pageLength, writeTail } from './stream-positions.ts';

/** What a stream's pages must say, as one digest (its events may be millions), and what its tail must say. */
type Expected = { readonly pages: Hash; tail: number[] };

export class PositionsCheck {
  readonly #streams = new Map<number, Expected>();

  /** Events come in position order. */
  event({ stream_id, version, position }: Pick<StoredEventRow, 'stream_id' | 'version' | 'position'>): void {
    let expected = this.#streams.get(stream_id);
    if (!expected) this.#streams.set(stream_id, (expected = { pages: createHash('sha256'), tail: [] }));
    expected.tail.push(position);
    if (expected.tail.length < pageLength) return;
    expected.pages.update(pageText(version, writeTail(expected.tail)));
    expected.tail = [];
  }

  /** `pages` are ordered by stream and version. */
  lists(heads: readonly HeadRow[], pages: readonly StreamPageRow[], check: Pick<LogCheck, 'find' | 'isBroken'>): void {
    const stored = new Map<number, Hash>();
    for (const { stream, upto, positions } of pages) {
      let digest = stored.get(stream);
      if (!digest) stored.set(stream, (digest = createHash('sha256')));
      digest.update(pageText(upto, positions));
    }
    const empty = createHash('sha256').digest('hex');
    for (const head of heads) {
      const expected = this.#streams.get(head.id);
      // A head without events is the log's own finding.
      if (!expected || check.isBroken(head.stream)) continue;
      const saysSo = (stored.get(head.id)?.digest('hex') ?? empty) === expected.pages.digest('hex');
      if (!saysSo || head.tail !== writeTail(expected.tail)) {
        check.find(head, 'the list of the stream’s positions does not match its events');
      }
    }
  }
}

function pageText(upto: number, positions: string): string {
  return `${String(upto)}:${positions};`;
}
