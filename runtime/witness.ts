/**
 * What the runtime has seen of control's journal, kept in its own: neither plane can be set back alone without the other knowing. It judges nothing; control compares.
 */

import type { Envelope, Journal } from '@writ/journal';

/** An event of control's journal, and in which incarnation of it. */
export type Seen = { readonly incarnation: number; readonly position: number; readonly hash: string };

export interface Witness {
  /** The newest that was recorded; null when there is none yet. */
  seen(): Seen | null;
  /** Records what control says it stands at, at most every `everyMs` unless its incarnation changed. Resolves with whether it did. */
  note(standing: Seen): Promise<boolean>;
}

/** The newest that was recorded, with the version of its stream: a part of what the runtime folds. */
export type Noted = { seen: Seen | null; version: number };

const stream = 'witness-control';
const everyMs = 1_000;

/** Folds an event in. Those of other streams pass by. */
export function foldWitness(noted: Noted, envelope: Envelope): void {
  if (envelope.stream !== stream) return;
  noted.version = envelope.version;
  // This file alone writes the stream.
  noted.seen = envelope.data as Seen | null;
}

/** The witness over the runtime's journal, whose fold `noted` is. `now`: milliseconds since the epoch. */
export function createWitness(journal: Journal, noted: Readonly<Noted>, now: () => number): Witness {
  let notedAt = 0;
  return {
    seen: () => noted.seen,
    async note(standing) {
      const { seen, version } = noted;
      const isNew = standing.incarnation !== seen?.incarnation;
      if (!isNew && (standing.position <= (seen?.position ?? 0) || now() - notedAt < everyMs)) return false;
      const { incarnation, position, hash } = standing;
      const data = { incarnation, position, hash };
      const event = { type: 'control.seen', data, project: '_', actor: 'runtime' };
      const written = await journal.append([{ stream, events: [event] }], [{ stream, version }]);
      if (!written.ok) return false; // somebody else witnesses for this runtime; the next word will do
      notedAt = now();
      return isNew;
    },
  };
}
