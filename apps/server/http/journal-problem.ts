/** What a journal refuses on purpose, as a problem for whoever asked. */

import { JournalError } from '@writ/journal';
import type { ProblemWire } from '@writ/protocol';
import { problem } from './problem.ts';

/** That a plane is ending. */
export const shuttingDown = (plane: string): ProblemWire =>
  problem(503, 'closing', `${plane} is shutting down`, 'wait until it is back');

/** The problem an error of the journal is; undefined for what is a bug. */
export function journalProblem(plane: string, error: Error): ProblemWire | undefined {
  if (!(error instanceof JournalError)) return undefined;
  if (error.kind === 'input') return problem(400, 'malformed_request', error.message);
  if (error.kind === 'busy') return problem(503, 'busy', error.message, 'try again in a moment');
  return error.kind === 'closed' ? shuttingDown(plane) : undefined;
}
