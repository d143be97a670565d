/** Takes turns: work on one key is done one after the other, in order. For work that together would only get in each other's way. */

export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Turns nobody has taken yet. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (last.get(key) === turn) last.delete(key);
    }
  };
}
