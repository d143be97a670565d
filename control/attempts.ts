/** The record of what was tried in vain: by a caller that may not, and by control where its store took nothing. It decides nothing, and no state follows from it. */

import type { Caller, Itself } from './caller.ts';
import { callerKey } from './caller.ts';
import type { PlannedWrite } from './commit.ts';
import { planeProject } from './commit.ts';
import type { Core } from './core.ts';
import { digestJson } from './digest.ts';
import type { RefusalEvent } from './event.ts';
import { done } from './refusal.ts';
import { attemptStream } from './streams.ts';

const itself: Itself = { kind: 'control' };

/** Keeps what `by` tried and may not do; the same again is counted. */
export async function recordAttempt(
  core: Core,
  { attempted, target, code }: { readonly attempted: string; readonly target: string | null; readonly code: string },
  by: Caller,
): Promise<void> {
  const own = by.kind === 'actor' ? core.find(by.mandate)?.mandate : undefined;
  const name = by.kind === 'actor' ? by.mandate : callerKey(by);
  const lineage = by.kind === 'actor' ? { mandate: by.mandate, agent: by.actor, attempt: by.run } : {};
  const exact = { attempted, target, code };
  const write = (event: RefusalEvent): PlannedWrite => ({
    stream: attemptStream(name),
    events: [event],
    project: own?.project ?? planeProject,
    lineage,
    relies: false,
  });
  const { isFirst, due } = core.repeats.note(digestJson([callerKey(by), attempted, target]), {
    variant: code,
    id: '',
    counted: (times, since) =>
      write({ type: 'attempt.refused_again', data: { at: core.now(), ...exact, times, since } }),
  });
  const first = write({ type: 'attempt.refused', data: { at: core.now(), ...exact } });
  await core.commit(by, () => done({ writes: isFirst ? [...due, first] : due, reliedOn: [], value: undefined }));
}

/** Where the store has failed, tries it with the record of that: once it is taken, control says yes again. */
export async function tryToWrite({ writing, commit, now }: Core): Promise<void> {
  if (!writing.isFailing) return;
  const data = { at: now(), attempted: 'permit what could not be written down', target: null, code: 'store_failed' };
  const write: PlannedWrite = {
    stream: attemptStream('control'),
    events: [{ type: 'attempt.refused', data }],
    project: planeProject,
    lineage: {},
    relies: false,
  };
  await commit(itself, () => done({ writes: [write], reliedOn: [], value: undefined }));
}

/** Writes down how often refusals were repeated. */
export async function writeRepeats({ commit }: Core, writes: readonly PlannedWrite[]): Promise<void> {
  await commit(itself, () => done({ writes, reliedOn: [], value: undefined }));
}
