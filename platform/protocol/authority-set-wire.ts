/**
 * Authority sets on the wire: RFC 9396 `authorization_details` of type `mission_resource_access`
 * (draft-mcguinness-oauth-mission, "Mission Authority" and "Common Constraints").
 *
 * A constraint key we do not understand is kept under `unknown`, never dropped: the evaluator refuses what it cannot judge. Any other member we do not
 * understand is refused, as RFC 9396 §5 asks: it may have been meant to narrow.
 */

import type { ActorMatcher, AuthorityEntry, AuthoritySet, Constraints, EntryDelegation } from '@writ/authority';
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
  /** Ours, beside the Common Constraints of the drafts: how old a yes may be when it is used. */
  freshness_ms: z.int().min(0).max(86_400_000).optional(),
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

/** Who may take what is handed on, "Delegation Constraints": one by its client identifier, or every actor of a type. */
const matcherWire = z.union([z.strictObject({ sub: word }), z.strictObject({ sub_profile: word })]);

/** The fan-out controls of draft-mcguinness-oauth-mission-child-delegation, "Fan-Out Controls". */
const childrenWire = z.strictObject({
  max_children: z.int().min(1).max(10_000).optional(),
  allowed_child_actors: z.array(matcherWire).max(64).optional(),
  max_child_depth: z.int().min(1).max(16).optional(),
  child_creation_policy: word.optional(),
});

const delegationWire = z.strictObject({
  max_depth: z.int().min(0).max(16),
  allowed_delegates: z.array(matcherWire).max(64).optional(),
  children: childrenWire.optional(),
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
      ...(entry.delegation ? { delegation: delegationFromWire(entry.delegation) } : {}),
      ...(entry.catalogue_digest === undefined ? {} : { catalogueDigest: entry.catalogue_digest }),
    };
  });
}

function delegationFromWire({ allowed_delegates, children, ...own }: z.infer<typeof delegationWire>): EntryDelegation {
  const { allowed_child_actors, ...bounds } = children ?? {};
  return {
    ...fromWire(own),
    ...(allowed_delegates && { allowedDelegates: allowed_delegates.map(matcherFromWire) }),
    ...(children && {
      children: {
        ...fromWire(bounds),
        ...(allowed_child_actors && { allowedChildActors: allowed_child_actors.map(matcherFromWire) }),
      },
    }),
  };
}

function delegationToWire({ allowedDelegates, children, ...own }: EntryDelegation): z.infer<typeof delegationWire> {
  const { allowedChildActors, ...bounds } = children ?? {};
  return {
    ...toWire(own),
    ...(allowedDelegates && { allowed_delegates: allowedDelegates.map(matcherToWire) }),
    ...(children && {
      children: {
        ...toWire(bounds),
        ...(allowedChildActors && { allowed_child_actors: allowedChildActors.map(matcherToWire) }),
      },
    }),
  };
}

const matcherFromWire = (wire: z.infer<typeof matcherWire>): ActorMatcher =>
  'sub' in wire ? { actor: wire.sub } : { actorKind: wire.sub_profile };

const matcherToWire = (matcher: ActorMatcher): z.infer<typeof matcherWire> =>
  'actor' in matcher ? { sub: matcher.actor } : { sub_profile: matcher.actorKind };

/** Our set in wire spelling. */
export function authoritySetToWire(set: AuthoritySet): AuthoritySetWire {
  return set.map(({ constraints: { unknown, ...constraints }, delegation, ...entry }) => ({
    type: 'mission_resource_access' as const,
    ...toWire(entry),
    actions: [...entry.actions],
    constraints: { ...toWire(constraints), ...unknown },
    ...(delegation && { delegation: delegationToWire(delegation) }),
  })) as AuthoritySetWire; // readonly arrays become the schema's mutable ones
}
