/** The passages of one run: one for each destination and action that is open. A second connection to the same place waits for the same yes. */

import type { DoorHolder } from '../door-holder.ts';
import type { Target } from './egress-target.ts';
import type { BegunPassage, Passage, PassageDeps } from './passage.ts';
import { beginPassage } from './passage.ts';
import { problemText, refusalText } from './refusal-text.ts';

export type FoundPassage =
  { readonly ok: true; readonly passage: Passage } | { readonly ok: false; readonly text: string };

/** Told of what control refused, in its words. */
export type OnRefused = (asked: { readonly action: string; readonly resource: string }, sentence: string) => void;

export type RunPassagesDeps = PassageDeps & { readonly onRefused: OnRefused };

export interface RunPassages {
  readonly all: readonly Passage[];
  /** The passage to `target`, begun if none is open. `closedBecause` is asked once control has answered. */
  to(target: Target, closedBecause: () => string | null): Promise<FoundPassage>;
  /** Cuts every one, and what control is asked about now. */
  cut(why: string): void;
}

/** Destinations of one run at once. */
const mostPassages = 256;

/** None yet. */
export function passagesOf(holder: DoorHolder, deps: RunPassagesDeps): RunPassages {
  const open = new Map<string, Promise<BegunPassage>>();
  const begun = new Map<Passage, string>();
  let cuts = 0;
  const tracked: PassageDeps = {
    ...deps,
    onOver(passage, word) {
      const key = begun.get(passage);
      begun.delete(passage);
      if (key !== undefined) open.delete(key);
      deps.onOver(passage, word);
    },
  };

  async function begin(target: Target, key: string): Promise<BegunPassage> {
    const before = cuts;
    const answer = await beginPassage(holder, target, tracked);
    if (!answer.ok) {
      open.delete(key);
      return answer;
    }
    begun.set(answer.passage, key);
    // INVARIANT: what stopped the run while this was begun stops this too.
    if (cuts !== before) answer.passage.cut('it was stopped while it was begun');
    return answer;
  }

  return {
    get all() {
      return [...begun.keys()];
    },
    async to(target, closedBecause) {
      const closed = closedBecause();
      if (closed !== null) return { ok: false, text: refusalText(closed) };
      const key = `${target.action} ${target.resource}`;
      let beginning = open.get(key);
      if (beginning === undefined) {
        if (open.size >= mostPassages)
          return { ok: false, text: refusalText(`this run is connected to ${String(mostPassages)} places already`) };
        beginning = begin(target, key);
        open.set(key, beginning);
      }
      const answer = await beginning;
      if (!answer.ok) {
        deps.onRefused(target, answer.problem.detail);
        return { ok: false, text: problemText(answer.problem, target) };
      }
      const stopped = closedBecause();
      if (stopped !== null) answer.passage.cut(stopped);
      return answer.passage.lost === null ? answer : { ok: false, text: refusalText(answer.passage.lost) };
    },
    cut(why) {
      cuts += 1;
      for (const passage of begun.keys()) passage.cut(why);
    },
  };
}
