/**
 * Gives back, once, what the start of a process took: modules as text, what the compiler made of code that runs once, the young generation grown wide. Node collects such only when memory
 * is wanted, and a process that waits wants none. It is one pause of about a tenth of a second, at a time when the start is over; nothing is held smaller afterwards.
 */

/** The flag of Node that makes it possible. A process started without it keeps what it took. */
export const givesBack = '--expose-gc';

const afterMs = 10_000;

/** Does so ten seconds from now, unless the process ends before. */
export function giveBackMemory(): void {
  setTimeout(() => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }), afterMs).unref();
}
