/** What the enforcer tells whoever keeps its log: a fact by its name, what it concerns, and a sentence for a person. */

import type { RunRequest } from '../supervisor/spawn-run.ts';

export type Reported = {
  readonly run?: string;
  readonly session?: string;
  readonly mandate?: string;
  /** Processes that did not end. */
  readonly survivors?: number;
  readonly sentence: string;
};

export type Report = (fact: string, reported: Reported) => void;

/** What a run is known by. */
export const namesOf = ({ id, session, mandate }: Pick<RunRequest, 'id' | 'session' | 'mandate'>) => ({
  run: id,
  session,
  mandate,
});
