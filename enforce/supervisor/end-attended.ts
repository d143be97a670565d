/** Ends an attended session in its launcher's place. It holds no opinion about authority: who calls it knows why. */

import type { AttendedRecord } from './attended-record.ts';
import { attendedTree, leaveStopWord, loadAttended, loadOneAttended } from './attended-record.ts';
import { freeze, kill } from './process-tree.ts';

export type EndedSession = {
  readonly session: string;
  /** The mandate it worked under last. */
  readonly mandate: string;
  readonly contained: boolean;
  /** Processes that could not be ended; normally none. */
  readonly survivors: number;
};

export type WhyEnded = { readonly why: string; readonly at: number };

const killDeadlineMs = 2_000;

/** Leaves word for its launcher, then ends its processes. */
export async function endAttended(
  dir: string,
  { session, mandates, contained }: AttendedRecord,
  word: WhyEnded,
): Promise<EndedSession> {
  leaveStopWord(dir, session, word);
  // INVARIANT: looked for after the word was left; what starts later finds the word.
  const record = loadOneAttended(dir, session);
  const tree = record === null ? null : attendedTree(record);
  const survivors = tree === null ? [] : await kill(tree, killDeadlineMs);
  const mandate = (record?.mandates ?? mandates).at(-1) ?? mandates[0];
  return { session, mandate, contained, survivors: survivors.length };
}

/** Freezes every attended session of this machine, synchronously. Resolves each to its end with the returned act. */
export function stopAttended(
  dir: string,
  word: WhyEnded,
): { readonly mandates: readonly string[]; readonly end: () => Promise<readonly EndedSession[]> } {
  const sessions = loadAttended(dir);
  for (const record of sessions) {
    leaveStopWord(dir, record.session, word);
    const tree = attendedTree(record);
    if (tree !== null) freeze(tree);
  }
  return {
    mandates: sessions.map(({ mandates }) => mandates.at(-1) ?? mandates[0]),
    end: () => Promise.all(sessions.map((record) => endAttended(dir, record, word))),
  };
}
