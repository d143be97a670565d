/**
 * What the runtime has seen of control's journal, kept in its own: neither plane can be set back alone without the other knowing. It judges nothing; control compares.
 */

import type { Journal } from '@writ/journal';

/** An event of control's journal, and in which incarnation of it. */
export type Seen = { readonly incarnation: number; readonly position: number; readonly hash: string };

export interface Witness {
  /** The newest that was recorded; null when there is none yet. */
  seen(): Seen | null;
  /** Records what control says it stands at, at most every `everyMs` unless its incarnation changed. Resolves with whether it did. */
  note(standing: Seen): Promise<boolean>;
}

const stream = 'witness-control';
const everyMs = 1_000;

/** Opens the witness over the runtime's journal. `now`: milliseconds since the epoch. */
export async function openWitness(journal: Journal, now: () => number): Promise<Witness> {
  const recorded = await journal.read(stream);
  let version = recorded.length;
  // This file alone writes the stream.
  let seen = (recorded.at(-1)?.data ?? null) as Seen | null;
  let notedAt = 0;
  return {
    seen: () => seen,
    async note(standing) {
      const isNew = standing.incarnation !== seen?.incarnation;
      if (!isNew && (standing.position <= (seen?.position ?? 0) || now() - notedAt < everyMs)) return false;
      const { incarnation, position, hash } = standing;
      const data = { incarnation, position, hash };
      const event = { type: 'control.seen', data, project: '_', actor: 'runtime' };
      const written = await journal.append([{ stream, events: [event] }], [{ stream, version }]);
      if (!written.ok) return false; // somebody else witnesses for this runtime; the next word will do
      version += 1;
      seen = data;
      notedAt = now();
      return isNew;
    },
  };
}
