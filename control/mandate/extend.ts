/**
 * Puts a successor in a mandate's place: more time, budget or authority, approved on its own. Pure.
 *
 * Live children that still fit, and that the successor would hand its entries on to, are re-created under it in the same append; what no longer is so is
 * left behind and ends with the predecessor. Narrowings stay unless new authority was named; budgets that were not named carry over what is left of them.
 */

import type { AuthoritySet, Budget, Mandate, Spend } from '@writ/authority';
import { ownState } from '@writ/authority';
import type { Consent } from '../approval/consent.ts';
import type { Caller, Itself } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse, wordsOf } from '../refusal.ts';
import type { MandateFacts } from './decide.ts';
import { failingCondition, illegal, malformedTerms, restsOn } from './decide.ts';
import { whyNotHandedOn, whyNotWithin } from './delegate.ts';
import type { ApprovalHow, MandateEvent } from './events.ts';
import { evolve, withBudgets } from './evolve.ts';
import type { MandateRecord } from './mandate-record.ts';
import type { Terms } from './terms.ts';
import { termsOf } from './terms.ts';

/** Undefined: as it was. */
export type Extension = {
  readonly expiresAt: number | undefined;
  readonly authority: AuthoritySet | undefined;
  readonly budgets: readonly Budget[] | undefined;
  readonly reason: string;
};

export type ExtensionFacts = {
  readonly by: Caller | Itself;
  readonly now: number;
  /** Ancestors, root first, the mandate itself left out. */
  readonly ancestors: readonly Mandate[];
  /** Descendants that are alive, parents before children. */
  readonly liveDescendants: readonly MandateRecord[];
  readonly spend: (mandate: string) => Spend;
  readonly readings: MandateFacts['readings'];
  /** The id of the successor of `mandate`. */
  readonly successorOf: (mandate: string) => string;
  readonly textDigest: (id: string, parent: string | null, terms: Terms) => string;
  /** How the person came to the yes. */
  readonly how: ApprovalHow;
  /** What is kept of the yes to the successor of the mandate itself. */
  readonly consent: (id: string, parent: string | null, terms: Terms) => Consent | undefined;
};

/** A live descendant that is not carried over, and why in one sentence: of one whose parent is left, that. */
export type Left = { readonly mandate: string; readonly purpose: string; readonly why: string };

export type Extended =
  | {
      readonly ok: true;
      readonly successor: string;
      readonly writes: readonly { readonly mandate: string; readonly events: readonly MandateEvent[] }[];
      /** The chain of each mandate that was put in place, root first; parents before children. */
      readonly placed: readonly (readonly Mandate[])[];
      readonly left: readonly Left[];
    }
  | Refused;

/** The most children one extension carries over. */
export const maxCarried = 2_000;

/** The terms of the successor, or why there cannot be one. */
export function extensionTerms(
  asked: Extension,
  record: MandateRecord,
  facts: Pick<ExtensionFacts, 'now' | 'ancestors' | 'spend'>,
): Outcome<Terms> {
  const inherited = inherit(record, facts);
  const { narrowings, ...without } = inherited;
  const terms: Terms = {
    ...without,
    ...(asked.expiresAt !== undefined && { expiresAt: asked.expiresAt }),
    ...(asked.authority !== undefined ? { authority: asked.authority } : narrowings !== undefined && { narrowings }),
    ...(asked.budgets !== undefined && { budgets: withBudgets(inherited.budgets, asked.budgets) }),
  };
  return refusedTerms(terms, asked.authority !== undefined, record, facts) ?? done(terms);
}

const refusedTerms = (
  terms: Terms,
  namesAuthority: boolean,
  record: MandateRecord,
  { now, ancestors }: Pick<ExtensionFacts, 'now' | 'ancestors'>,
): Refused | undefined =>
  illegal('extend', record, now) ??
  malformedTerms(terms, now) ??
  (record.mandate.parent === null
    ? undefined
    : whyNotWithin(terms, ancestors, namesAuthority ? 'effective' : 'approved'));

/** The events that put the successor in place, or why it cannot be. */
export function extend(asked: Extension, record: MandateRecord, facts: ExtensionFacts): Extended {
  const { by } = facts;
  if (by.kind !== 'person')
    return refuse({ code: 'not_an_approver', attempted: `extend mandate \`${record.mandate.id}\`` });
  const terms = extensionTerms(asked, record, facts);
  if (!terms.ok) return terms;
  return carried(record, { terms: terms.value, reason: asked.reason, proposal: null }, facts);
}

/**
 * The events that put a proposed successor in place. INVARIANT: it gets what was shown, and of budgets that were not named no more than is left now.
 */
export function succeed(proposal: MandateRecord, record: MandateRecord, facts: ExtensionFacts): Extended {
  const { id } = proposal.mandate;
  const asked = proposal.extends;
  if (asked === null || asked.version !== record.mandate.version)
    return refuse({
      code: 'out_of_bounds',
      sentence: `\`${record.mandate.id}\` has changed since \`${id}\` was proposed in its place`,
      wayOut: 'propose it again, from what it is now',
    });
  const terms = termsOf(proposal.mandate);
  const refused = refusedTerms(terms, asked.namesAuthority, record, facts);
  if (refused !== undefined) return refused;
  return carried(record, { terms, reason: asked.reason, proposal }, facts);
}

function carried(record: MandateRecord, asked: Carried, facts: ExtensionFacts): Extended {
  const { liveDescendants } = facts;
  const failing = failingCondition(record, facts);
  if (failing !== undefined) return failing;
  if (liveDescendants.length > maxCarried)
    return refuse({
      code: 'out_of_bounds',
      sentence: `it has ${String(liveDescendants.length)} live descendants, and ${String(maxCarried)} is the most that one extension carries over`,
      wayOut: 'end some of them first',
    });
  return carryOver(record, asked, facts);
}

type Placed = { readonly mandate: string; readonly events: readonly MandateEvent[] };
type Carried = {
  readonly terms: Terms;
  readonly reason: string;
  /** What was proposed and shown; null where the successor is made by the act itself. */
  readonly proposal: MandateRecord | null;
};

function carryOver(record: MandateRecord, asked: Carried, facts: ExtensionFacts): Extended {
  const writes: Placed[] = [];
  const left: Left[] = [];
  /** Old id to the chain of the mandate in its place. */
  const chains = new Map<string, readonly Mandate[]>();
  const place = (old: MandateRecord, carried: Carried, above: readonly Mandate[]): void => {
    const successor = successorEvents(old, carried, above.at(-1)?.id ?? null, facts);
    const id = facts.successorOf(old.mandate.id);
    writes.push(
      { mandate: old.mandate.id, events: [superseded(id, carried.reason, facts)] },
      { mandate: id, events: successor },
    );
    const folded = successor.reduce<MandateRecord | undefined>(evolve, carried.proposal ?? undefined);
    if (folded !== undefined) chains.set(old.mandate.id, [...above, folded.mandate]);
  };
  place(record, asked, facts.ancestors);
  const carriedBy = new Map<string, number>();
  for (const child of facts.liveDescendants) {
    const { id, purpose, parent } = child.mandate;
    const above = chains.get(parent ?? '');
    const siblings = carriedBy.get(parent ?? '') ?? 0;
    const terms = inherit(child, facts);
    // INVARIANT: what is carried over is handed on anew, to as many and as far as the successors say.
    const refused = above && (whyNotWithin(terms, above, 'approved') ?? whyNotHandedOn(terms, above, siblings));
    if (above === undefined || refused !== undefined) {
      const why =
        refused === undefined ? `its parent \`${parent ?? ''}\` is left behind` : wordsOf(refused.refusal).sentence;
      left.push({ mandate: id, purpose, why });
      continue;
    }
    carriedBy.set(parent ?? '', siblings + 1);
    const reason = `its parent \`${record.mandate.id}\` was extended`;
    place(child, { terms, reason, proposal: null }, above);
  }
  return { ok: true, successor: facts.successorOf(record.mandate.id), writes, placed: [...chains.values()], left };
}

const superseded = (successor: string, reason: string, { now: at, by }: ExtensionFacts): MandateEvent => ({
  type: 'mandate.superseded',
  data: { at, by: nameOf(by), successor, reason },
});

function successorEvents(
  old: MandateRecord,
  { terms, proposal }: Carried,
  parent: string | null,
  facts: ExtensionFacts,
): readonly MandateEvent[] {
  const { now: at, successorOf, textDigest, readings } = facts;
  const by = nameOf(facts.by);
  const id = successorOf(old.mandate.id);
  const { state, depth } = old.mandate;
  // Each successor rests on the act of the person who extends; a carried child stays delegated.
  const how = old.approval?.how === 'delegated' && !isRootOf(old, facts) ? 'delegated' : facts.how;
  const consent = isRootOf(old, facts) ? facts.consent(id, parent, terms) : undefined;
  return [
    ...(proposal === null
      ? [
          {
            type: 'mandate.proposed',
            data: { at, by, id, parent, depth, predecessor: old.mandate.id, terms },
          } satisfies MandateEvent,
        ]
      : []),
    {
      type: 'mandate.approved',
      data: {
        at,
        by,
        how,
        revision: proposal?.revision ?? 1,
        textDigest: textDigest(id, parent, terms),
        restedOn: restsOn(old, readings),
        ...(consent !== undefined && { consent }),
      },
    },
    ...(proposal === null ? [] : leftOf(proposal, old, facts)),
    ...(state.name === 'suspended'
      ? [{ type: 'mandate.suspended', data: { at, cause: state.cause } } satisfies MandateEvent]
      : []),
  ];
}

/** What was used since it was proposed is not given again: budgets nobody named are lowered to what is left of them. What it was narrowed to stays, also where the proposal is from before proposals said so. */
function leftOf(proposal: MandateRecord, old: MandateRecord, facts: ExtensionFacts): readonly MandateEvent[] {
  const unsaid = proposal.narrowings === null && proposal.extends?.namesAuthority === false ? old.mandate.overlays : [];
  const named = proposal.extends?.budgets ?? [];
  const shown = new Map(proposal.mandate.budgets.map((budget) => [budget.kind, budget]));
  const budgets = inherit(old, facts).budgets.filter(
    (budget) => !named.includes(budget.kind) && !sameBudget(budget, shown.get(budget.kind)),
  );
  const data = { at: facts.now, by: nameOf(facts.by), budgets, reason: 'what was left when it was approved' };
  return [
    ...(budgets.length === 0 ? [] : [{ type: 'mandate.lowered', data } satisfies MandateEvent]),
    ...unsaid.map(({ authority, reason, by }): MandateEvent => ({
      type: 'mandate.narrowed',
      data: { at: facts.now, by, authority, reason },
    })),
  ];
}

const limitOf = (budget: Budget): number =>
  budget.kind === 'wall' ? budget.limitMs : budget.kind === 'money' ? budget.limitMicros : budget.limit;

const sameBudget = (left: Budget, shown: Budget | undefined): boolean =>
  shown !== undefined && limitOf(left) >= limitOf(shown);

const isRootOf = (old: MandateRecord, { liveDescendants }: ExtensionFacts): boolean => !liveDescendants.includes(old);

/** Terms with what is left of the budgets, and narrowed as it is. */
const inherit = ({ mandate }: MandateRecord, { spend, now }: Pick<ExtensionFacts, 'spend' | 'now'>): Terms => ({
  ...termsOf(mandate),
  ...(mandate.overlays.length > 0 && { narrowings: mandate.overlays }),
  budgets: mandate.budgets.map((budget) => remaining(budget, spend(mandate.id), now - (mandate.approvedAt ?? now))),
});

function remaining(budget: Budget, spent: Spend, elapsedMs: number): Budget {
  switch (budget.kind) {
    case 'calls':
      return { ...budget, limit: Math.max(0, budget.limit - spent.calls) };
    case 'tokens':
      return { ...budget, limit: Math.max(0, budget.limit - spent.tokens) };
    case 'money':
      return { ...budget, limitMicros: Math.max(0, budget.limitMicros - spent.moneyMicros) };
    case 'wall':
      return { ...budget, limitMs: Math.max(0, budget.limitMs - elapsedMs) };
  }
}

/** Whether a mandate can still be carried over at `now`. */
export const isAlive = ({ mandate }: MandateRecord, now: number): boolean => {
  const { name } = ownState(mandate, now);
  return name === 'active' || name === 'suspended';
};
