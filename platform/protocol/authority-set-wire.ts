/**
 * Authority sets on the wire: RFC 9396 `authorization_details` of type `mission_resource_access`
 * (draft-mcguinness-oauth-mission, "Mission Authority" and "Common Constraints").
 *
 * A constraint key we do not understand is kept under `unknown`, never dropped: the evaluator refuses what it cannot judge. Any other member we do not
 * understand is refused, as RFC 9396 §5 asks: it may have been meant to narrow.
 */

import type { AuthorityEntry, AuthoritySet, Constraints } from '@writ/authority';
import { z } from 'zod';
import { fromWire, toWire } from './json-case.ts';

const instant = z.iso.datetime({ offset: true });
const word = z.string().min(1).max(512);

const commonConstraints = z.looseObject({
  max_amount: z.strictObject({ amount: z.string().max(64), currency: z.string().max(16) }).optional(),
  resource_issued_after: instant.optional(),
  resource_issued_before: instant.optional(),
  tenant: word.optional(),
  recipient_domain: word.optional(),
  time_window: z.strictObject({ not_before: instant.optional(), not_after: instant.optional() }).optional(),
  data_classification: z.array(word).max(64).optional(),
  allowed_tools: z.array(word).max(512).optional(),
  requires_action_approval: z.boolean().optional(),
});

/** zod leaves a member named `__proto__` out of what it returns, and a bound that is left out is a bound that is gone. */
function refuseProto(value: unknown, context: z.core.$RefinementCtx): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
    context.addIssue({ code: 'custom', message: 'a constraint cannot be named `__proto__`' });
  return value;
}

export const constraintsWire = z
  .preprocess(refuseProto, commonConstraints)
  .describe('Common Constraints; a key that is not known makes the entry refuse everything');

const delegationWire = z.strictObject({
  max_depth: z.int().min(0).max(16),
  allowed_delegates: z.array(word).max(64).optional(),
  max_children: z.int().min(0).max(10_000).optional(),
  allowed_child_actors: z.array(word).max(64).optional(),
  max_child_depth: z.int().min(0).max(16).optional(),
});

export const authorityEntryWire = z.strictObject({
  type: z.literal('mission_resource_access'),
  resource: z.string().min(1).max(2_048),
  resource_match: z.enum(['exact', 'prefix']).default('exact'),
  actions: z.array(word).min(1).max(256),
  constraints: constraintsWire.default({}),
  delegation: delegationWire.optional(),
  catalogue_digest: z.string().max(128).optional(),
});

export const authoritySetWire = z.array(authorityEntryWire).max(512);

export type AuthoritySetWire = z.infer<typeof authoritySetWire>;

const known = new Set(Object.keys(commonConstraints.shape));

/** A parsed wire set in our spelling. */
export function authoritySetFromWire(wire: AuthoritySetWire): AuthoritySet {
  return wire.map(({ type: _, constraints, ...entry }): AuthorityEntry => {
    const strange = Object.entries(constraints).filter(([key]) => !known.has(key));
    const understood = Object.fromEntries(Object.entries(constraints).filter(([key]) => known.has(key)));
    return {
      resource: entry.resource,
      resourceMatch: entry.resource_match,
      actions: entry.actions,
      constraints: {
        // The schema above is the proof: every understood key has the shape `Constraints` gives it.
        ...(fromWire(understood) as Constraints),
        ...(strange.length > 0 ? { unknown: Object.fromEntries(strange) } : {}),
      },
      ...(entry.delegation ? { delegation: fromWire(entry.delegation) } : {}),
      ...(entry.catalogue_digest === undefined ? {} : { catalogueDigest: entry.catalogue_digest }),
    };
  });
}

/** Our set in wire spelling. */
export function authoritySetToWire(set: AuthoritySet): AuthoritySetWire {
  return set.map(({ constraints: { unknown, ...constraints }, ...entry }) => ({
    type: 'mission_resource_access' as const,
    ...toWire(entry),
    actions: [...entry.actions],
    constraints: { ...toWire(constraints), ...unknown },
  })) as AuthoritySetWire; // readonly arrays become the schema's mutable ones
}
