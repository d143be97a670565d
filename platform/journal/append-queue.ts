/**
 * Appends waiting for their commit. It is bounded: work that cannot be written in time is refused at the door, not piled up until memory ends.
 */
import { JournalError } from './errors.ts';
import type { AppendResult } from './journal.ts';
import type { PreparedAppend } from './prepare.ts';

/** How much may wait: appends, and canonical data in UTF-16 units. */
export const maxWaitingAppends = 8192;
export const maxWaitingBytes = 64 * 1024 * 1024;

/** How many events share a transaction before the event loop gets a turn; a single append is never split. */
export const maxBatchEvents = 1000;

export type WaitingAppend = {
  readonly append: PreparedAppend;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
};

export class AppendQueue {
  #waiting: WaitingAppend[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Throws a `JournalError` of kind `busy` when there is no room for so many bytes; without them, when there is none for any append: to be asked before one is prepared, which takes far longer. */
  refuseIfFull(bytes = 0): void {
    if (this.#waiting.length < maxWaitingAppends && this.#bytes + bytes <= maxWaitingBytes) return;
    throw new JournalError(
      'busy',
      `the journal has \`${String(this.#waiting.length)}\` appends waiting and takes no more; wait for some of them and try again`,
    );
  }

  /** Throws as `refuseIfFull` does. */
  add(entry: WaitingAppend): void {
    this.refuseIfFull(entry.append.bytes);
    this.#waiting.push(entry);
    this.#bytes += entry.append.bytes;
  }

  /** Takes the oldest appends, up to `maxBatchEvents` events and at least one append. */
  takeBatch(): readonly WaitingAppend[] {
    let taken = 0;
    let events = 0;
    for (const { append } of this.#waiting) {
      // An erasure can fail by itself, and a batch fails as one: it goes alone.
      const previous = this.#waiting[taken - 1]?.append;
      if (previous && (append.erase.length > 0 || previous.erase.length > 0)) break;
      if (taken > 0 && events + append.events > maxBatchEvents) break;
      taken += 1;
      events += append.events;
      this.#bytes -= append.bytes;
    }
    const batch = this.#waiting.slice(0, taken);
    this.#waiting = this.#waiting.slice(taken);
    return batch;
  }
}

/** Answers each append of a batch with its outcome. */
export function settle(batch: readonly WaitingAppend[], outcomes: readonly AppendResult[]): void {
  for (const [index, entry] of batch.entries()) {
    const outcome = outcomes[index];
    // One outcome per append is what `sealBatch` promises.
    if (!outcome) throw new TypeError('an append of the batch has no outcome');
    entry.resolve(outcome);
  }
}

/** Rejects every append of a batch of which nothing was kept. An error that says itself what happened is passed on. */
export function rejectAll(batch: readonly WaitingAppend[], cause: unknown): void {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const sentence = `the journal could not write: ${reason}; nothing of this append was kept, try it again`;
  for (const entry of batch) {
    entry.reject(cause instanceof JournalError ? cause : new JournalError('store', sentence, { cause }));
  }
}
