/** Puts virtual time in the place of Node's: timers, the two clocks, and time limits of signals. From here on nothing in this process waits in real time. */

import { engine } from './engine.ts';

type Work = (...args: unknown[]) => void;

/** What `setTimeout` gives, as far as our code uses it. */
class Timer {
  readonly #work: () => void;
  readonly #ms: number;
  readonly #repeats: boolean;
  #cancel: { cancel(): void };

  constructor(work: () => void, ms: number, repeats: boolean) {
    this.#work = work;
    this.#ms = Math.max(1, Number.isFinite(ms) ? ms : 1);
    this.#repeats = repeats;
    this.#cancel = this.#arm();
  }

  #arm(): { cancel(): void } {
    return engine.timer(this.#ms, () => {
      // Before the work, which may end it.
      if (this.#repeats) this.#cancel = this.#arm();
      this.#work();
    });
  }

  refresh(): this {
    this.#cancel.cancel();
    this.#cancel = this.#arm();
    return this;
  }
  close(): void {
    this.#cancel.cancel();
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

const start =
  (repeats: boolean) =>
  (work: Work, ms = 0, ...args: unknown[]): Timer =>
    new Timer(() => work(...args), ms, repeats);
const end = (timer: unknown): void => {
  if (timer instanceof Timer) timer.close();
};

/** Replaces them, for good. */
export function installVirtualTime(): void {
  Object.assign(globalThis, {
    setTimeout: start(false),
    setInterval: start(true),
    setImmediate: (work: Work, ...args: unknown[]) => engine.after(0, () => work(...args)),
    clearTimeout: end,
    clearInterval: end,
    clearImmediate: (immediate: { cancel?: () => void } | undefined) => immediate?.cancel?.(),
  });
  Date.now = () => Math.floor(engine.wall());
  performance.now = () => engine.monotonic();
  AbortSignal.timeout = (ms) => {
    const over = new AbortController();
    engine.timer(ms, () => over.abort(new DOMException('the time is over', 'TimeoutError')));
    return over.signal;
  };
}
