/**
 * Creates a child mandate: an explicit act of the parent's actor, strictly within the parent as it is now. Pure.
 *
 * It refuses a child that reaches further, lives longer, hands on more, or comes where the parent is not in force.
 * INVARIANT: child ⊑ every conjunct of the parent's chain at the moment it is created; later narrowings apply at every check.
 */

import type { AuthoritySet, Budget, Condition, DelegationBounds, Mandate, Reason } from '@writ/authority';
import { effectiveState, isSubset, mayHandOn, readingText, standing } from '@writ/authority';
import type { Actor, Caller } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Refused } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { MandateFacts } from './decide.ts';
import { illegal, malformedTerms } from './decide.ts';
import type { MandateEvent } from './events.ts';
import type { MandateRecord } from './mandate-record.ts';
import type { Terms } from './terms.ts';

export type ChildAsked = {
  readonly id: string;
  readonly purpose: string;
  readonly actor: string;
  /** The thumbprint of the key it proves for a credential. Default: none, a bearer credential. */
  readonly actorKey?: string | null;
  readonly authority: AuthoritySet;
  /** Default: the parent's. */
  readonly expiresAt: number | undefined;
  /** Slices of the parent's budgets, set aside at once. Default: none by name; it draws on what is there. */
  readonly budgets?: readonly Budget[] | undefined;
  /** Default: nothing may be handed on. */
  readonly delegation: DelegationBounds | undefined;
};

export type DelegationFacts = {
  readonly by: Caller;
  readonly now: number;
  /** Root first, the parent last. */
  readonly chain: readonly Mandate[];
  readonly liveChildren: number;
  readonly readings: MandateFacts['readings'];
  /** Why nothing is left to hand on, where a budget of the chain is spent. */
  readonly spent: Reason | undefined;
  /** The digest of the child's canonical text. */
  readonly textDigest: (terms: Terms) => string;
};

export type Delegated =
  { readonly ok: true; readonly parent: readonly MandateEvent[]; readonly child: readonly MandateEvent[] } | Refused;

const nothing: DelegationBounds = { maxDepth: 0, maxChildren: 0, actors: 'any' };

/** The events that create the child, or why it cannot be. */
export function delegate(asked: ChildAsked, parent: MandateRecord, facts: DelegationFacts): Delegated {
  const { mandate } = parent;
  const { by, now, chain } = facts;
  if (by.kind !== 'actor' || by.actor !== mandate.actor)
    return refuse({
      code: 'not_yours',
      sentence: `only \`${mandate.actor}\`, the actor of \`${mandate.id}\`, can hand on parts of it`,
    });
  const refused = illegal('delegate', parent, now) ?? notInForce(chain, facts);
  if (refused !== undefined) return refused;
  const terms: Terms = {
    project: mandate.project,
    purpose: asked.purpose,
    actor: asked.actor,
    actorKey: asked.actorKey ?? null,
    authority: asked.authority,
    conditions: [],
    history: [],
    budgets: asked.budgets ?? [],
    delegation: asked.delegation ?? nothing,
    steerers: [],
    approvers: mandate.approvers,
    stopProfile: mandate.stopProfile,
    expiresAt: asked.expiresAt ?? mandate.expiresAt,
  };
  const outside =
    malformedTerms(terms, now) ??
    outOfFanOut(terms, mandate, facts.liveChildren) ??
    whyNotWithin(terms, chain, 'effective') ??
    whyNotHandedOn(terms, chain, facts.liveChildren);
  if (outside !== undefined) return outside;
  return { ok: true, ...created(asked.id, terms, mandate, by, facts) };
}

function created(id: string, terms: Terms, mandate: Mandate, by: Actor, { now: at, textDigest }: DelegationFacts) {
  const who = nameOf(by);
  const parent: MandateEvent[] = [{ type: 'mandate.delegated', data: { at, by: who, child: id, actor: terms.actor } }];
  const child: MandateEvent[] = [
    {
      type: 'mandate.proposed',
      data: { at, by: who, id, parent: mandate.id, depth: mandate.depth + 1, predecessor: null, terms },
    },
    {
      type: 'mandate.approved',
      data: { at, by: who, how: 'delegated', revision: 1, textDigest: textDigest(terms), restedOn: [] },
    },
  ];
  return { parent, child };
}

const outOfBounds = (sentence: string, wayOut: string | null = null): Refused =>
  refuse({ code: 'out_of_bounds', sentence, wayOut });

/**
 * The refusal of terms that reach further than the last of `chain`, if they do. New terms are held against the `effective` authority, narrowings
 * included; terms that were within before are held against what was `approved`, as narrowings go on to apply at every check.
 */
export function whyNotWithin(
  terms: Terms,
  chain: readonly Mandate[],
  against: 'effective' | 'approved',
): Refused | undefined {
  const parent = chain.at(-1);
  if (parent === undefined) return undefined;
  if (terms.expiresAt > parent.expiresAt)
    return outOfBounds(
      `it would outlive \`${parent.id}\`, which ends ${new Date(parent.expiresAt).toISOString()}`,
      'ask for an earlier expiry',
    );
  for (const mandate of chain) {
    const narrowings = against === 'effective' ? mandate.overlays.map((overlay) => overlay.authority) : [];
    for (const set of [mandate.authority, ...narrowings]) {
      const answer = isSubset(terms.authority, set);
      if (!answer.subset)
        return outOfBounds(
          `entry ${String(answer.entry + 1)} is not within \`${mandate.id}\`: ${answer.why}`,
          'ask for less, or have a person extend the mandate',
        );
    }
  }
  return handsOnMore(terms.delegation, parent);
}

/** The refusal of terms that rest on an entry which says itself that it does not go there: to that actor, so far down, or to one more than the live children of the last of `chain`. */
export function whyNotHandedOn(
  { authority, actor }: Terms,
  chain: readonly Mandate[],
  liveChildren: number,
): Refused | undefined {
  for (const [index, { id, authority: own }] of chain.entries()) {
    const generations = chain.length - index;
    const to = { actor, generations, liveChildren: generations === 1 ? liveChildren : 0 };
    const answer = isSubset(
      authority,
      own.filter(({ delegation }) => mayHandOn(delegation, to)),
    );
    if (!answer.subset)
      return outOfBounds(
        `entry ${String(answer.entry + 1)} is not handed on to \`${actor}\` by \`${id}\`: what covers it there names other agents, fewer children or fewer generations`,
        'ask for less, or have a person extend the mandate',
      );
  }
  return undefined;
}

function outOfFanOut({ actor }: Terms, parent: Mandate, liveChildren: number): Refused | undefined {
  const { maxDepth, maxChildren, actors } = parent.delegation;
  if (maxDepth < 1) return outOfBounds(`\`${parent.id}\` may not be handed on`);
  if (liveChildren >= maxChildren)
    return outOfBounds(
      `\`${parent.id}\` has ${String(liveChildren)} live children, and ${String(maxChildren)} is the most`,
      'end one first',
    );
  if (actors !== 'any' && !actors.includes(actor))
    return outOfBounds(`\`${parent.id}\` may not be handed on to \`${actor}\``, `it may go to ${actors.join(', ')}`);
  return undefined;
}

function handsOnMore(asked: DelegationBounds, { id, delegation }: Mandate): Refused | undefined {
  if (asked.maxDepth > Math.max(0, delegation.maxDepth - 1))
    return outOfBounds(
      `it would hand on deeper than \`${id}\` allows`,
      `ask for a depth of at most ${String(Math.max(0, delegation.maxDepth - 1))}`,
    );
  if (asked.maxChildren > delegation.maxChildren)
    return outOfBounds(
      `it would hand on to more children than \`${id}\` may have`,
      `ask for at most ${String(delegation.maxChildren)}`,
    );
  const wider =
    asked.maxDepth > 0 &&
    delegation.actors !== 'any' &&
    (asked.actors === 'any' || asked.actors.some((actor) => !delegation.actors.includes(actor)));
  return wider ? outOfBounds(`it would hand on to agents that \`${id}\` may not name`) : undefined;
}

function notInForce(chain: readonly Mandate[], { now, readings, spent }: DelegationFacts): Refused | undefined {
  const leaf = chain.at(-1);
  const state = effectiveState(chain, now);
  if (leaf === undefined || state === undefined) return refuse({ code: 'not_found', what: 'mandate', id: 'unknown' });
  if (state.name !== 'active')
    return refuse({ code: 'wrong_state', mandate: leaf.id, action: 'delegate', state: state.name, legal: [] });
  for (const mandate of chain) {
    const failing = mandate.conditions.find(
      (condition: Condition) => standing(condition, readings(condition.subject), now) !== 'holds',
    );
    if (failing !== undefined)
      return refuse({
        code: 'condition_failed',
        mandate: mandate.id,
        subject: failing.subject,
        reading: readingText(failing, readings(failing.subject)),
      });
  }
  return spent === undefined ? undefined : refuse({ code: 'spent', reason: spent });
}
