/** What `GET /readyz` of a process answers, with 200 or with 503: its conditions, one by one. */

import { z } from 'zod';

export const readinessWire = z.object({
  ok: z.boolean(),
  plane: z.string(),
  /** The newest event of its journal; null where it has none. */
  position: z.int().nullable(),
  checks: z.array(z.object({ name: z.string(), holds: z.boolean(), found: z.string() })),
});
export type ReadinessWire = z.output<typeof readinessWire>;
