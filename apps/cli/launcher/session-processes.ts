/** What runs of one attended session, and what is done to it besides the guard's work: held still while somebody else uses its terminal, or ended because of one call. */

import type { ProcessTree } from '@writ/enforce/attended';
import { freezeTree, killSince, killTree, thawTree } from '@writ/enforce/attended';

export type Processes = {
  /** Null until it was started. */
  tree: ProcessTree | null;
  standsStill: boolean;
};

/** What its processes have to be gone by, milliseconds. */
const deadlineMs = 2_000;

/** Holds it still; what it returns lets it go on. What is held for another reason by then stays so. */
export function holdStill(processes: Processes): () => void {
  const { tree } = processes;
  if (tree === null) return () => undefined;
  freezeTree(tree);
  return () => {
    if (!processes.standsStill) thawTree(tree);
  };
}

/** Ends what started since `ticks`, or everything where that cannot be told apart (null). How many processes are left. */
export async function endSince({ tree }: Processes, ticks: number | null): Promise<number> {
  if (tree === null) return 0;
  return (ticks === null ? await killTree(tree, deadlineMs) : await killSince(tree, ticks, deadlineMs)).length;
}
