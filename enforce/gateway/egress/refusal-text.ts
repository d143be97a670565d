/** A refusal at the gate, written for the model that reads what its program says: what, why, and what not to do. */

import { approvalIn } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import { inWords } from '../../enforcer/answer.ts';
import { requestCommand } from '../hooks/words-for-model.ts';

/** For a reason of the gate's own. */
export const refusalText = (why: string): string => `writ: refused: ${why}; do not retry as it is`;

/** For what was put before people a moment ago, and nobody has answered. */
export const putText = (said: string): string =>
  `writ: not yet: ${said}; it was put before people, and nothing was sent: try it again once they said yes`;

type Asked = { readonly action: string; readonly resource: string };

/** A no of control's, with how people are asked for what no mandate covers. */
export const answeredText = (code: string, said: string, { action, resource }: Asked): string =>
  code === 'out_of_authority'
    ? `${refusalText(said)}; to ask for it: ${requestCommand(action, resource)}`
    : refusalText(said);

/** For what control said. What waits for a person's yes may be tried again, exactly as it is. */
export const problemText = (problem: ProblemWire, asked: Asked): string =>
  approvalIn(problem) === null
    ? answeredText(problem.code, inWords(problem), asked)
    : `writ: not yet: ${inWords(problem)}`;
