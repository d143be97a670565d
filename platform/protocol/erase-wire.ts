/** What is asked of a plane when data is to be erased from its journal, and what it answers. */

import { z } from 'zod';

/** `positions`: of the events; their data and salts go for good, their envelopes and hashes stay. */
export const eraseWire = z.object({
  positions: z.array(z.int().positive()).min(1).max(10_000),
  reason: z.string().min(1).max(1_000),
});

/** `position`: of the event that says by whom and why. */
export const erasedWire = z.object({ position: z.int(), erased: z.int() });
