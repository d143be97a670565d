/**
 * The record of messages that were refused: that somebody sent as a source what it did not sign. One in a while for each source, since whoever is
 * a stranger must not be able to fill the journal.
 */

import type { Itself } from '../caller.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { done } from '../refusal.ts';
import { attemptStream } from '../streams.ts';

/** How long after one is recorded the next is not, in milliseconds. */
const quietMs = 10_000;

const itself: Itself = { kind: 'control' };

/** Notes that a message for the source was refused. */
export type NoteRefused = (source: string, code: string) => Promise<void>;

/** Noting, over `core`. A source nobody added is noted nowhere. */
export function createRefusedNotes({ projection, commit, now }: Core): NoteRefused {
  const notedAt = new Map<string, number>();
  return async (source, code) => {
    const last = notedAt.get(source);
    if (!projection.sources.has(source) || (last !== undefined && Math.abs(now() - last) < quietMs)) return;
    notedAt.set(source, now());
    const attempted = `deliver a message as the source \`${source}\``;
    const write = {
      stream: attemptStream(`source-${source}`),
      events: [{ type: 'attempt.refused' as const, data: { at: now(), attempted, target: source, code } }],
      project: planeProject,
      lineage: {},
      relies: false as const,
    };
    await commit(itself, () => done({ writes: [write], reliedOn: [], value: undefined }));
  };
}
