/**
 * A mandate and its ancestors made ready for judging: linked, their sets compiled, and whatever does not depend on the request or the hour gathered once.
 * What is left for a verdict costs the same among a million mandates as among ten; and a yes reads little that is this chain's alone, because memory is what a
 * million of them are slow by: chains that are alike share their lists.
 *
 * It refuses to outlive what it was made from: it is found again only for the very same mandates, and a mandate that changes is another one.
 */

import type { Budget, Condition, HistoryRule, JudgedMandate as Mandate } from '../mandate/mandate.ts';
import type { AuthoritySet } from '../set/authority-set.ts';
import type { CompiledAuthoritySet } from '../set/compile.ts';
import { compiledSet } from '../set/compile.ts';
import { sharedList } from './shared-list.ts';

/** A budget that is used up by acting, not by time. */
export type CountingBudget = Exclude<Budget, { readonly kind: 'wall' }>;

export class CompiledChain {
  /** Root first. */
  readonly mandates: readonly Mandate[];
  readonly leaf: Mandate | undefined;
  /** Of the last mandate. */
  readonly id: string | undefined;
  readonly actor: string | undefined;
  /** Root first. */
  readonly ids: readonly string[];
  /** The mandate a chain names as a parent and leaves out; undefined where it leaves out none. */
  readonly missing: string | undefined;
  /** Whether every stored state is active. */
  readonly isActive: boolean;
  /** The first millisecond at which one of them has expired or its wall time is over. NaN where one of those is no number. */
  readonly endsAt: number;
  /** The conditions of all of them. */
  readonly conditions: readonly Condition[];
  /** INVARIANT: the authority set and every overlay of all of them; one that means nothing has no compiled form. */
  readonly sets: readonly (CompiledAuthoritySet | undefined)[];
  /** For each of `ids` the budgets that are used up by acting; those of time are in `endsAt`. */
  readonly counting: readonly (readonly CountingBudget[])[];
  /** For each of `ids` its history rules. */
  readonly histories: readonly (readonly HistoryRule[])[];
  /** How old a yes may be at most by what each mandate says, in milliseconds; infinite where none says anything. */
  readonly freshnessMs: number;
  /** The epoch an action approval is bound to. */
  readonly epoch: number;
  readonly judgedAt: readonly { readonly mandate: string; readonly version: number; readonly epoch: number }[];

  /** For `compileChain` alone. */
  constructor(chain: readonly Mandate[]) {
    this.mandates = [...chain];
    this.leaf = chain.at(-1);
    this.id = this.leaf?.id;
    this.actor = this.leaf?.actor;
    this.ids = chain.map(({ id }) => id);
    this.missing = missingAncestor(chain);
    this.isActive = chain.every(({ state }) => state.name === 'active');
    this.endsAt = Math.min(...chain.map(({ expiresAt }) => expiresAt), ...chain.map(wallEnd));
    this.conditions = sharedList(chain.flatMap(({ conditions }) => conditions));
    this.sets = sharedList([...new Set(chain.flatMap(setsOf).map(compiledSet))]);
    this.counting = sharedList(chain.map(({ budgets }) => countingIn(budgets)));
    this.histories = sharedList(chain.map(({ history }) => (history.length === 0 ? noRules : history)));
    this.freshnessMs = tightest(chain);
    this.epoch = epochSum(chain);
    this.judgedAt = chain.map(({ id, version, epoch }) => ({ mandate: id, version, epoch }));
  }
}

/** By the identity of the last mandate, for as long as it lives. */
const chains = new WeakMap<Mandate, CompiledChain>();
/** The chain, root first, ready for judging. The same mandates give the same one again; who keeps it spares looking for it. */
export function compileChain(chain: readonly Mandate[] | CompiledChain): CompiledChain {
  if (chain instanceof CompiledChain) return chain;
  const leaf = chain.at(-1);
  const known = leaf && chains.get(leaf);
  if (known !== undefined && isSame(known.mandates, chain)) return known;
  const compiled = new CompiledChain(chain);
  if (leaf !== undefined) chains.set(leaf, compiled);
  return compiled;
}

/** INVARIANT: an ancestor that has changed since is another object, so that a chain made ready before is never judged in its place. */
function isSame(known: readonly Mandate[], asked: readonly Mandate[]): boolean {
  if (known.length !== asked.length) return false;
  for (let at = 0; at < known.length; at += 1) if (known[at] !== asked[at]) return false;
  return true;
}

/** The epoch an action approval is bound to: the sum over the chain, which any non-active interval above or here raises. */
export const epochSum = (chain: readonly Mandate[]): number => chain.reduce((sum, mandate) => sum + mandate.epoch, 0);

/** How old a yes may be at most by what each mandate of the chain says; infinite where none says anything. */
export const tightest = (chain: readonly Pick<Mandate, 'freshnessMs'>[]): number =>
  Math.min(Infinity, ...chain.map(({ freshnessMs }) => freshnessMs ?? Infinity));

/** The authority set of a mandate, and every overlay. */
export const setsOf = ({ authority, overlays }: Mandate): readonly AuthoritySet[] => [
  authority,
  ...overlays.map((overlay) => overlay.authority),
];

/** INVARIANT: the conjunction is over every ancestor; a chain that leaves one out is not judged. Says which it is. */
function missingAncestor(chain: readonly Mandate[]): string | undefined {
  let above: string | null = null;
  for (const mandate of chain) {
    if (mandate.parent !== above) return mandate.parent ?? mandate.id;
    above = mandate.id;
  }
  return undefined;
}

const noRules: readonly HistoryRule[] = [];
const none: readonly CountingBudget[] = [];
/** By the identity of the budgets, so that the same ones give the same list. */
const countings = new WeakMap<readonly Budget[], readonly CountingBudget[]>();

function countingIn(budgets: readonly Budget[]): readonly CountingBudget[] {
  const known = countings.get(budgets);
  if (known !== undefined) return known;
  const counting = budgets.filter((budget): budget is CountingBudget => budget.kind !== 'wall');
  countings.set(budgets, counting.length === 0 ? none : counting);
  return counting.length === 0 ? none : counting;
}

/** A mandate nobody has approved has no wall time at all. */
function wallEnd({ approvedAt, budgets }: Mandate): number {
  let end = Infinity;
  for (const budget of budgets)
    if (budget.kind === 'wall') end = Math.min(end, approvedAt === null ? 0 : approvedAt + budget.limitMs);
  return end;
}
