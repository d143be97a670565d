/** The runtime's refusals as problems: one row per kind. */

import type { ProblemWire } from '@writ/protocol';
import type { Refusal, RefusalKind } from '@writ/runtime';
import { problem } from '../http/problem.ts';

const statuses = {
  not_found: 404,
  conflict: 409,
  inert: 409,
  invalid: 422,
  refused: 403,
  unreachable: 503,
} as const satisfies Record<RefusalKind, number>;

/** The problem of `refusal`. */
export const refusalProblem = ({ kind, sentence, wayOut, code }: Refusal): ProblemWire =>
  problem(statuses[kind], code, sentence, wayOut);
