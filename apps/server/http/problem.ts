/** Problem details (RFC 9457) as the servers answer them: a closed code to branch on, one sentence, and the way out. */

import type { ProblemWire } from '@writ/protocol';

/** A problem; the title is the code in words. */
export const problem = (status: number, code: string, detail: string, wayOut: string | null = null): ProblemWire => ({
  type: `urn:writ:problem:${code}`,
  title: code.replaceAll('_', ' '),
  status,
  detail,
  way_out: wayOut,
  code,
});

/** To who met a bug of ours. */
export const internal = problem(
  500,
  'internal',
  'something went wrong here, and nothing was permitted',
  'try again; if it stays, look into the log',
);

/** To a credential that makes more calls than it may: nothing was done, and the same call is taken after `ms`. */
export const tooMany = (ms: number): ProblemWire => ({
  ...problem(
    429,
    'too_many_requests',
    'this credential makes too many calls; nothing was done with this one',
    `make it again after ${String(ms)} ms, and fewer of them`,
  ),
  retry_after_ms: ms,
});

/** What a problem says in headers: when to try again, in whole seconds (RFC 9110 §10.2.3). */
export const retryAfter = ({ retry_after_ms: ms }: ProblemWire): Readonly<Record<string, string>> =>
  ms === undefined ? {} : { 'retry-after': String(Math.ceil(ms / 1_000)) };

/** The headers of every answer: it is of the type it says, and nobody keeps it. */
export const everyAnswer = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const;
