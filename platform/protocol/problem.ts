/** Errors on the wire: problem details (RFC 9457), with a closed `code` to branch on and the way out in words. */

import { z } from 'zod';

export const problemWire = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What was wrong and where, one sentence. */
  detail: z.string(),
  /** What to do, or null. */
  way_out: z.string().nullable(),
  /** A reason code of the evaluator, or one of the transport's own. */
  code: z.string(),
  instance: z.string().optional(),
  /** With status 429: nothing was done, and after this many milliseconds the same call is taken. */
  retry_after_ms: z.int().positive().optional(),
});

export type ProblemWire = z.infer<typeof problemWire>;

export const problemContentType = 'application/problem+json';

const approvalUrn = 'urn:writ:approval:';

/** How a problem names the question that was put to people. */
export const approvalInstance = (id: string): string => `${approvalUrn}${id}`;

/** The question control put to people, named by a problem that says so; null where it put none. */
export const approvalIn = ({ instance }: Pick<ProblemWire, 'instance'>): string | null =>
  instance?.startsWith(approvalUrn) === true ? instance.slice(approvalUrn.length) : null;
