/**
 * Work that is done again and again: at an interval, and at once when somebody rings. A disk that takes nothing for a while is no end of it: nothing of a failed append is kept, `/readyz` says
 * what the store cannot, and the next time is another try. What else is thrown is a bug, or a store nobody can trust any more, and ends it as loudly as elsewhere.
 */

import { JournalError } from '@writ/journal';

type Options = { readonly everyMs: number; readonly closing: AbortSignal };

export class Beat {
  readonly #work: () => Promise<void>;
  readonly #options: Options;
  #last: Promise<void> = Promise.resolve();
  #isDue = true;
  #wake: (() => void) | null = null;
  /** Resolves after the last one, once `closing` aborted. */
  readonly done: Promise<void>;

  /** Begins at once. */
  constructor(work: () => Promise<void>, options: Options) {
    this.#work = work;
    this.#options = options;
    this.done = this.#run();
  }

  /** Once more as soon as the one that is under way is over. */
  ring(): void {
    this.#isDue = true;
    this.#wake?.();
  }

  /** One now, after those that were asked for before; rejects as the work does. */
  now(): Promise<void> {
    return (this.#last = this.#last.then(this.#work, this.#work));
  }

  async #run(): Promise<void> {
    const { closing, everyMs } = this.#options;
    while (!closing.aborted) {
      this.#isDue = false;
      await this.now().catch(unlessTheStoreFailed);
      if (!this.#isDue) await this.#sleep(everyMs, closing);
      this.#wake = null;
    }
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(finish, ms);
      function finish(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      }
      signal.addEventListener('abort', finish);
      if (signal.aborted) finish();
      this.#wake = finish;
    });
  }
}

function unlessTheStoreFailed(error: unknown): void {
  if (!(error instanceof JournalError) || (error.kind !== 'store' && error.kind !== 'busy')) throw error;
}
