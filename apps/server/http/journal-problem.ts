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
  if (error.kind === 'closed') return shuttingDown(plane);
  // Every append is whole or not there: what was asked did not happen, and what happened before is kept.
  if (error.kind === 'store')
    return problem(
      503,
      'store_failed',
      `${plane} cannot write down what happens, so nothing was permitted: ${rootCause(error)}`,
      'see that the disk of its state has room and can be written, then try again; `writ stop --local` ends what runs meanwhile',
    );
  return undefined;
}

const rootCause = ({ cause, message }: Error): string => (cause instanceof Error ? cause.message : message);
