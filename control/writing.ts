/**
 * Control's way to its journal, and whether it is open. INVARIANT: from the first append that the store failed until one that it took, nothing is permitted:
 * what cannot be written down cannot be stopped either, because a stop is an append.
 *
 * It refuses to guess: only the store's own failing closes it, and only an append that was taken opens it again.
 */

import { JournalError } from '@writ/journal';
import type { AppendResult, Expectation, Journal, StreamWrite } from '@writ/journal';

export interface Writing {
  /** As the journal's own `append`. */
  append(writes: readonly StreamWrite[], expect: readonly Expectation[]): Promise<AppendResult>;
  readonly isFailing: boolean;
  /** Throws what the store said, where it took nothing since. Whoever is about to say yes without writing anything asks this first. */
  assertOpen(): void;
}

/** Open until the store says otherwise. */
export function createWriting(journal: Pick<Journal, 'append'>): Writing {
  let failure: JournalError | undefined;
  return {
    async append(writes, expect) {
      try {
        const result = await journal.append(writes, expect);
        if (result.ok && result.events.length > 0) failure = undefined;
        return result;
      } catch (error) {
        if (error instanceof JournalError && (error.kind === 'store' || error.kind === 'unknown'))
          failure = new JournalError('store', error.message, { cause: error.cause ?? error });
        throw error;
      }
    },
    get isFailing() {
      return failure !== undefined;
    },
    assertOpen() {
      if (failure !== undefined) throw failure;
    },
  };
}
