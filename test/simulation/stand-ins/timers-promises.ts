/** `node:timers/promises` in virtual time. */

export const setTimeout = <T>(
  ms: number,
  value?: T,
  options?: { readonly signal?: AbortSignal },
): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const timer = globalThis.setTimeout(() => resolve(value), ms);
    options?.signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('given up', 'AbortError'));
    });
  });

export const setImmediate = <T>(value?: T): Promise<T | undefined> =>
  new Promise((resolve) => void globalThis.setImmediate(() => resolve(value)));
