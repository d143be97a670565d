/** How long a plane keeps what may be erased from its journal: what it is told, and what it answers. */

import { z } from 'zod';

/** `project`: null for every one without a rule of its own. `days`: after the event; null: it is kept. */
export const setRetentionWire = z.strictObject({
  project: z.string().min(1).max(256).nullable(),
  type: z.string().min(1).max(128),
  days: z.int().min(0).max(36_500).nullable(),
});

/** `types`: what rules may be about; everything else is kept for ever. */
export const retentionWire = z.object({
  rules: z.array(
    z.object({
      project: z.string().nullable(),
      type: z.string(),
      days: z.int().nullable(),
      set_by: z.string(),
      set_at: z.string(),
    }),
  ),
  types: z.array(z.string()),
});
