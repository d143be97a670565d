/** Lets waiting loops go on together, before their time. */

export class Wake {
  readonly #waiting = new Set<() => void>();

  /** Waits `ms` (null: for ever), until all are woken, or until `signal` aborts. */
  wait(signal: AbortSignal, ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', go);
        this.#waiting.delete(go);
        resolve();
      };
      const timer = ms === null ? undefined : setTimeout(go, ms);
      this.#waiting.add(go);
      if (signal.aborted) go();
      else signal.addEventListener('abort', go, { once: true });
    });
  }

  /** Wakes all that wait now. */
  all(): void {
    for (const go of [...this.#waiting]) go();
  }
}
