/**
 * How many Git processes run side by side. Ten thousand tasks may come due at one moment, and each begins by looking at its repository: a process for each of them at once would leave none for
 * anything else. It refuses nothing: who comes when all lanes are taken waits in the order of coming.
 */

/** Git waits for the disk more than for a processor. */
export const lanes = 16;

let taken = 0;
const waiting: (() => void)[] = [];

/** Does `work` as soon as a lane is free. What `work` itself waits for must need none. */
export async function inLane<T>(work: () => Promise<T>): Promise<T> {
  if (taken >= lanes) await new Promise<void>((resolve) => waiting.push(resolve));
  else taken += 1;
  try {
    return await work();
  } finally {
    // Whoever waits first has the lane from here.
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  }
}
