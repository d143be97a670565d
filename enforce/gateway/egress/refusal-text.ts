/** A refusal at the gate, written for the model that reads what its program says: what, why, and what not to do. */

import { approvalIn } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import { inWords } from '../../enforcer/answer.ts';

/** For a reason of the gate's own. */
export const refusalText = (why: string): string => `writ: refused: ${why}; do not retry as it is`;

/** For what control said. What waits for a person's yes may be tried again, exactly as it is. */
export const problemText = (problem: ProblemWire): string =>
  approvalIn(problem) === null ? refusalText(inWords(problem)) : `writ: not yet: ${inWords(problem)}`;
