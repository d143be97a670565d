/**
 * A subscription over any journal: pages from the log until it is at the end, then a page at each commit. The reader sets the pace, since the next page is read
 * only when the last one is used up; positions decide what comes next, so nothing is skipped and nothing comes twice.
 */
import type { Envelope } from './journal.ts';

const pageSize = 128;

/** `page` reads up to `limit` events after a position. `changed` resolves at the next commit, or when the journal is closed. */
export type SubscribableLog = {
  readonly page: (after: number, limit: number) => readonly Envelope[] | Promise<readonly Envelope[]>;
  readonly changed: () => Promise<void>;
  readonly isClosed: () => boolean;
};

/** Ends without an error when `signal` aborts or the log is closed. */
export async function* subscribeTo(
  log: SubscribableLog,
  options: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<Envelope, void, undefined> {
  const { signal } = options;
  let wake = (): void => undefined;
  // Asked at each event, which of a signal made of others takes longer than the event.
  let isAborted = signal.aborted;
  const onAbort = (): void => {
    isAborted = true;
    wake();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    let after = options.after;
    while (!isAborted && !log.isClosed()) {
      // Asked before the page is read: a commit between the two must wake us.
      const changed = log.changed();
      const events = await log.page(after, pageSize);
      for (const event of events) {
        if (isAborted) return;
        yield event;
        after = event.position;
      }
      if (events.length > 0) continue;
      // Not a race against one long-lived promise of the abort, which would keep a reaction for every wait.
      await new Promise<void>((resolve) => {
        wake = resolve;
        void changed.then(resolve);
        if (isAborted) resolve();
      });
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
