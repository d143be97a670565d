/** The passages of one run: one for each destination and action that is open. A second connection to the same place waits for the same yes. */

import { approvalIn } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import type { DoorHolder } from '../door-holder.ts';
import type { AskPerson, No } from './ask-person.ts';
import { orAsked } from './ask-person.ts';
import type { Target } from './egress-target.ts';
import type { Passage, PassageDeps } from './passage.ts';
import { beginPassage } from './passage.ts';
import { problemText, refusalText } from './refusal-text.ts';

export type FoundPassage =
  { readonly ok: true; readonly passage: Passage } | { readonly ok: false; readonly text: string };

/** Told of what control refused, in its words. */
export type OnRefused = (asked: { readonly action: string; readonly resource: string }, sentence: string) => void;

export type RunPassagesDeps = PassageDeps & {
  readonly onRefused: OnRefused;
  /** Before something is refused for good. */
  readonly askPerson: AskPerson;
};

/** What control said no to, for the run and for a person. */
export const problemNo = (asked: { readonly action: string; readonly resource: string }, problem: ProblemWire): No => ({
  ok: false,
  text: problemText(problem, asked),
  refused: { ...asked, code: problem.code, sentence: problem.detail, approval: approvalIn(problem) },
});

export interface RunPassages {
  readonly all: readonly Passage[];
  /** The passage to `target`, begun if none is open. `closedBecause` is asked once control has answered. */
  to(target: Target, closedBecause: () => string | null): Promise<FoundPassage>;
  /** Cuts every one, and what control is asked about now. */
  cut(why: string): void;
}

type Begun = { readonly ok: true; readonly passage: Passage } | No;

/** Destinations of one run at once. */
const mostPassages = 256;

/** None yet. */
export function passagesOf(holder: DoorHolder, deps: RunPassagesDeps): RunPassages {
  const open = new Map<string, Promise<Begun>>();
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

  async function beginOnce(target: Target, key: string): Promise<Begun> {
    const { action, resource } = target;
    const before = cuts;
    const answer = await beginPassage(holder, target, tracked);
    if (!answer.ok) return problemNo({ action, resource }, answer.problem);
    begun.set(answer.passage, key);
    // INVARIANT: what stopped the run while this was begun stops this too.
    if (cuts !== before) answer.passage.cut('it was stopped while it was begun');
    return answer;
  }

  async function begin(target: Target, key: string): Promise<Begun> {
    const answer = await orAsked(() => beginOnce(target, key), deps.askPerson);
    if (!answer.ok) open.delete(key);
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
        deps.onRefused(target, answer.refused.sentence);
        return answer;
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
