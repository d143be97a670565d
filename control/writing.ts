/**
 * Control's way to its journal, and whether it is open. INVARIANT: from the first append that the store failed until one that it took, nothing is permitted:
 * what cannot be written down cannot be stopped either, because a stop is an append. A store that answers nothing counts as one that failed once a yes would be too old by then.
 *
 * It refuses to guess: only the store's own failing closes it, and only an append that was taken opens it again.
 */

import { actionClasses } from '@writ/authority';
import { JournalError } from '@writ/journal';
import type { AppendResult, Expectation, Journal, StreamWrite } from '@writ/journal';

export interface Writing {
  /** As the journal's own `append`. */
  append(writes: readonly StreamWrite[], expect: readonly Expectation[]): Promise<AppendResult>;
  readonly isFailing: boolean;
  /**
   * Throws what the store said, where it took nothing since; or that it says nothing, where it has left an append, or a look for what other nodes wrote, unanswered for `boundMs`, or for
   * `longestSilenceMs` if that is less. Whoever is about to say yes without writing anything asks this first: a yes rests on what was true that long ago.
   */
  assertOpen(boundMs: number): void;
  /** Throws where others may have written for `boundMs` what is not known here. */
  assertCurrent(boundMs: number): void;
}

/** A yes that needs no fresh word is never older, in milliseconds. */
export const longestSilenceMs = actionClasses.consequential_read.freshness.maxAgeMs;

/** A node that has not heard from its store for this long is not heard as control, in milliseconds. */
export const mostSilentMs = 1_000;

/** Open until the store says otherwise, or nothing. `elapsed`: milliseconds by a clock that is never set. */
export function createWriting(journal: Pick<Journal, 'append' | 'silentMs'>, elapsed: () => number): Writing {
  let failure: JournalError | undefined;
  /** Since when each append waits that is not answered, oldest first. */
  const waiting = new Set<{ readonly since: number }>();
  const refuseSilence = (silentMs: number, boundMs: number): void => {
    if (silentMs >= boundMs)
      throw new JournalError('store', `the store has not answered for ${silentMs.toFixed(0)} ms; it is tried again`);
  };
  return {
    async append(writes, expect) {
      const own = { since: elapsed() };
      waiting.add(own);
      try {
        const result = await journal.append(writes, expect);
        if (result.ok && result.events.length > 0) failure = undefined;
        return result;
      } catch (error) {
        if (error instanceof JournalError && (error.kind === 'store' || error.kind === 'unknown'))
          failure = new JournalError('store', error.message, { cause: error.cause ?? error });
        throw error;
      } finally {
        waiting.delete(own);
      }
    },
    get isFailing() {
      return failure !== undefined;
    },
    assertOpen(boundMs) {
      if (failure !== undefined) throw failure;
      const [oldest] = waiting;
      const unanswered = oldest === undefined ? 0 : elapsed() - oldest.since;
      refuseSilence(Math.max(unanswered, journal.silentMs()), Math.min(boundMs, longestSilenceMs));
    },
    assertCurrent(boundMs) {
      refuseSilence(journal.silentMs(), boundMs);
    },
  };
}
