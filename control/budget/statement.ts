/** The account of a mandate for a person: what it may use, what it used, what is held, what it promised, and the same below it. Reads, never decides. */

import type { Mandate } from '@writ/authority';
import { effectiveState } from '@writ/authority';
import type { Core } from '../core.ts';
import { chainOf } from '../mandate/lineage.ts';
import type { Account } from './account.ts';
import { newAccount } from './account.ts';
import type { Amounts, Kind } from './amounts.ts';
import { currencyOf, isBounded, kinds, limitOf, minus, nothing, plus } from './amounts.ts';
import { leftFor } from './spend-facts.ts';

export type StatementLine = {
  readonly kind: Kind;
  /** Its own bound; null where it has none and draws on what is above. */
  readonly limit: number | null;
  /** Really used, by it and all below. */
  readonly spent: number;
  /** Held for operations under way, or whose end or use nobody has said. */
  readonly reserved: number;
  /** Promised to live children by name and not drawn yet. */
  readonly promised: number;
  /** What it could still draw; null where nobody bounds it. */
  readonly left: number | null;
};

export type Statement = {
  readonly mandate: string;
  readonly parent: string | null;
  readonly actor: string;
  readonly state: string;
  readonly currency: string | null;
  readonly lines: readonly StatementLine[];
  /** When its wall time ends; null where none is bounded. */
  readonly wallUntil: number | null;
};

/** The most mandates one statement is about. */
const most = 500;

/** The statements of `mandate` and all below it, parents before children; empty where there is no such mandate. */
export function statementsOf(core: Pick<Core, 'projection' | 'find' | 'now'>, mandate: string): readonly Statement[] {
  const found: Statement[] = [];
  const visit = (id: string): void => {
    const one = found.length < most ? statementOf(core, id) : undefined;
    if (one === undefined) return;
    found.push(one);
    for (const child of core.projection.children.get(id) ?? []) visit(child);
  };
  visit(mandate);
  return found;
}

function statementOf(
  { projection, find, now }: Pick<Core, 'projection' | 'find' | 'now'>,
  id: string,
): Statement | undefined {
  const mandate = find(id)?.mandate;
  if (mandate === undefined) return undefined;
  const chain = chainOf(find, id);
  const account = projection.accounts.get(id) ?? newAccount(id, null);
  const left = leftFor(projection, chain);
  const spent = spentUnder(projection.accounts, account);
  const reserved = minus(account.shown.total, spent);
  const promised = minus(account.firmBelow, account.totalBelow);
  return {
    mandate: id,
    parent: mandate.parent,
    actor: mandate.actor,
    state: effectiveState(chain, now())?.name ?? 'unknown',
    currency: currencyOf(chain),
    lines: kinds
      .filter((kind) => isBounded(chain, kind) || account.shown.total[kind] > 0)
      .map((kind) => ({
        kind,
        limit: limitOf(mandate, kind) ?? null,
        spent: spent[kind],
        reserved: reserved[kind],
        promised: promised[kind],
        left: Number.isFinite(left[kind]) ? Math.max(0, left[kind]) : null,
      })),
    wallUntil: wallUntil(mandate),
  };
}

const spentUnder = (accounts: ReadonlyMap<string, Account>, { spent, below }: Account): Amounts =>
  below.reduce<Amounts>((sum, id) => {
    const account = accounts.get(id);
    return plus(sum, account === undefined ? nothing : spentUnder(accounts, account));
  }, spent);

function wallUntil({ budgets, approvedAt }: Mandate): number | null {
  const limits = budgets.flatMap((budget) => (budget.kind === 'wall' ? [budget.limitMs] : []));
  return limits.length === 0 || approvedAt === null ? null : approvedAt + Math.min(...limits);
}
