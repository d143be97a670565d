/** Work on one thing, one after the other: where many would only get in each other's way. What fails does not stop what waits. */

export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Turns by key. A key nobody waits for is forgotten. */
export function createTurns(): InTurn {
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
