/** What a verification of a journal found, in wire spelling. */

import { z } from 'zod';

const sealWire = z.object({ from: z.int().optional(), to: z.int(), root: z.string(), key: z.string() });

export const verifyWire = z.object({
  ok: z.boolean(),
  events: z.int(),
  streams: z.int(),
  head: z.int(),
  findings: z.array(z.object({ position: z.int(), stream: z.string(), version: z.int(), problem: z.string() })),
  /** Data that was taken out as it should be: the event at `erased_at` says by whom, when and why. */
  erased: z.array(
    z.object({
      position: z.int(),
      stream: z.string(),
      version: z.int(),
      erased_at: z.int(),
      by: z.string(),
      at: z.string(),
      reason: z.string(),
    }),
  ),
  /** Events whose data an export leaves out on purpose. */
  withheld: z.array(z.object({ position: z.int(), stream: z.string(), version: z.int() })),
  /** How many signed checkpoints the log has, and its newest. */
  checkpoints: z.int(),
  sealed: sealWire.nullable(),
  /** The newest checkpoint of the other plane this log has. */
  witnessed: sealWire.extend({ plane: z.string() }).nullable(),
});
