/** A question about one action on the wire: what is asked, and the facts it is judged by. */

import { z } from 'zod';
import { estimateWire } from './budget-wire.ts';
import { jsonWire } from './json-wire.ts';
import { id, iso } from './mandate-wire.ts';

export const factsWire = z.object({
  amount: z.object({ amount: z.string(), currency: z.string() }).optional(),
  tenant: z.string().optional(),
  recipient_domain: z.string().optional(),
  data_classification: z.array(z.string()).optional(),
  tool: z.string().optional(),
  resource_issued_at: iso.optional(),
  catalogue_digest: z.string().optional(),
});

/** A question about one action, and the first phase of doing it. */
export const askWire = z.object({
  mandate: id,
  action: z.string().min(1).max(128),
  resource: z.string().min(1).max(2_048),
  facts: factsWire.default({}),
  /** Bound by digest into the verdict and the permit. */
  parameters: z.record(z.string(), jsonWire).default({}),
  session: z.string().max(128).nullable().default(null),
  /** What the place it runs in can reach; believed only from an enforcement point. */
  containment: z
    .object({
      files: z.enum(['worktree', 'open']),
      network: z.enum(['none', 'gated', 'open']),
      credentials: z.enum(['none', 'open']),
    })
    .optional(),
  /** Judge at a position no older than this. */
  at_least: z.int().optional(),
  estimate: estimateWire.optional(),
  /** The sink it goes to, by the name a person gave it in the project of the resource; its address is bound into the operation. */
  sink: id.optional(),
});
