/**
 * Where the turns of an attended session begin and end, as its harness tells it: at both the runtime keeps the files of the place.
 *
 * It stands in nobody's way: a runtime that does not answer costs a turn its checkpoint, and a turn waits for the one before it no longer than a moment, because what it writes has to come after.
 * A program without hooks is one turn from its start to its end.
 */

/** Asks for a checkpoint; resolves when it is taken or cannot be. */
export type AskCheckpoint = (why: 'before_turn' | 'after_turn', turn: string) => Promise<void>;

export interface TurnBoundaries {
  /** A turn begins; whatever was open is over. Resolves when its files are kept, or after a moment. */
  begins(): Promise<void>;
  ends(): void;
  /** The program ended. */
  close(): Promise<void>;
}

const mostWaitMs = 3_000;

/** Follows turns from the first on. */
export function createTurnBoundaries(ask: AskCheckpoint): TurnBoundaries {
  let count = 0;
  let open: string | null = null;
  let last: Promise<void> = Promise.resolve();
  const next = (why: 'before_turn' | 'after_turn', turn: string): void => {
    last = last.then(() => ask(why, turn)).catch(() => undefined);
  };
  const ends = (): void => {
    if (open === null) return;
    next('after_turn', open);
    open = null;
  };
  return {
    begins() {
      ends();
      count += 1;
      open = `attended-${String(count)}`;
      next('before_turn', open);
      return Promise.race([
        last,
        new Promise<void>((resolve) => {
          setTimeout(resolve, mostWaitMs).unref();
        }),
      ]);
    },
    ends,
    async close() {
      ends();
      await last;
    },
  };
}
