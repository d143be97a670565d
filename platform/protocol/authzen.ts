/** OpenID AuthZEN Authorization API 1.0, as far as evaluation goes. A denial is HTTP 200 with `decision: false`; unknown fields are ignored. */

import { z } from 'zod';
import { jsonWire } from './json-wire.ts';

const properties = z.record(z.string(), jsonWire).optional();
const entity = z.object({ type: z.string().min(1), id: z.string().min(1), properties });
const action = z.object({ name: z.string().min(1), properties });

export const evaluationRequest = z.object({
  subject: entity,
  action,
  resource: entity,
  context: z.record(z.string(), jsonWire).optional(),
});
export const evaluationResponse = z.object({
  decision: z.boolean(),
  context: z.record(z.string(), jsonWire).optional(),
});
export const evaluationsRequest = z.object({
  subject: entity.optional(),
  action: action.optional(),
  resource: entity.optional(),
  context: z.record(z.string(), jsonWire).optional(),
  evaluations: z.array(evaluationRequest.partial()).max(1_000).optional(),
  options: z
    .object({
      evaluations_semantic: z
        .enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])
        .default('execute_all'),
    })
    .optional(),
});
export const evaluationsResponse = z.object({ evaluations: z.array(evaluationResponse) });
export const pdpMetadata = z.object({
  policy_decision_point: z.string(),
  access_evaluation_endpoint: z.string(),
  access_evaluations_endpoint: z.string(),
});
