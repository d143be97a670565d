/**
 * The accounts of mandates: what each was given, has drawn, and has handed on. A part of the fold.
 *
 * An account holds escrow: what it was allocated from above is set aside there, so that a draw on it touches no other. What an ended account did
 * not use goes back to the one above by that alone: nothing has to be written for it. It decides nothing.
 */

import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { Amounts, Kind } from './amounts.ts';
import { amounts, limitOf, minus, nothing, plus } from './amounts.ts';
import type { SpendEvent, UsageSource } from './events.ts';

export type Account = {
  readonly mandate: string;
  readonly above: string | null;
  readonly below: string[];
  /** Set aside for it by the account above. */
  got: Amounts;
  /** Held for operations begun under this very mandate: reserved, or used. */
  own: Amounts;
  /** The part of `own` that was really used. */
  spent: Amounts;
  /** Drawn by everything below. */
  totalBelow: Amounts;
  /** What accounts below have that no other can have: what they drew, and slices that were promised by name. */
  firmBelow: Amounts;
  /** What accounts below have, idle refills included. */
  out: Amounts;
  /** As the account above last saw it. */
  shown: { readonly total: Amounts; readonly firm: Amounts; readonly held: Amounts };
  /** Its mandate has ended: only what was drawn counts above. */
  isOver: boolean;
  /** It was said that nothing is left, and nothing has been since. */
  isAnnounced: Readonly<Record<Kind, boolean>>;
};

/** What one operation holds on one account. */
export type Draw = {
  readonly mandate: string;
  readonly held: Amounts;
  readonly used: Amounts;
  readonly currency: string | null;
  readonly source: UsageSource | null;
  readonly isFinal: boolean;
};

/** The part of the fold that accounts are. */
export type Books = {
  readonly mandates: Pick<ReadonlyMap<string, MandateRecord>, 'get'>;
  readonly accounts: Map<string, Account>;
  /** By operation: its draws, one for each mandate it drew on; a second one only after an extension. */
  readonly draws: Map<string, readonly Draw[]>;
};

/** Folds an event in. */
export function foldSpend(books: Books, event: SpendEvent): void {
  switch (event.type) {
    case 'spend.reserved': {
      const { mandate, operation, reserved, currency } = event.data;
      const used: Amounts = { ...nothing, calls: reserved.calls };
      return redraw(books, operation, { mandate, held: reserved, used, currency, source: null, isFinal: false });
    }
    case 'spend.used': {
      const { mandate, operation, held, used, currency, source, isFinal } = event.data;
      return redraw(books, operation, { mandate, held, used, currency, source, isFinal });
    }
    case 'spend.allocated':
      return give(books, event.data.to, event.data.kind, event.data.amount);
    case 'spend.returned':
      return give(books, event.data.from, event.data.kind, -event.data.amount);
    case 'budget.spent': {
      const account = accountOf(books, event.data.mandate);
      account.isAnnounced = { ...account.isAnnounced, [event.data.kind]: true };
    }
  }
}

/** What a mandate's own events mean for its account, where it has one. */
export function foldAccountOf(books: Books, mandate: string, isOver: boolean): void {
  const account = books.accounts.get(mandate);
  if (account === undefined) return;
  account.isOver ||= isOver;
  refresh(books, account);
}

function redraw(books: Books, operation: string, draw: Draw): void {
  const known = books.draws.get(operation) ?? [];
  const before = known.find(({ mandate }) => mandate === draw.mandate);
  books.draws.set(operation, [...known.filter((other) => other !== before), draw]);
  const account = accountOf(books, draw.mandate);
  account.own = plus(minus(account.own, before?.held ?? nothing), draw.held);
  account.spent = plus(minus(account.spent, before?.used ?? nothing), draw.used);
  refresh(books, account);
}

function give(books: Books, mandate: string, kind: Kind, amount: number): void {
  const account = accountOf(books, mandate);
  account.got = { ...account.got, [kind]: account.got[kind] + amount };
  refresh(books, account);
}

/** The account of a mandate; those above it come to be with it. */
function accountOf(books: Books, mandate: string): Account {
  const known = books.accounts.get(mandate);
  if (known !== undefined) return known;
  const record = books.mandates.get(mandate);
  if (record === undefined) throw new Error(`corrupt log: an account for \`${mandate}\`, which nobody proposed`);
  const above = record.mandate.parent;
  if (above !== null) accountOf(books, above).below.push(mandate);
  const account = newAccount(mandate, above);
  books.accounts.set(mandate, account);
  return account;
}

/** An account nothing has happened to. */
export const newAccount = (mandate: string, above: string | null): Account => ({
  mandate,
  above,
  below: [],
  got: nothing,
  own: nothing,
  spent: nothing,
  totalBelow: nothing,
  firmBelow: nothing,
  out: nothing,
  shown: { total: nothing, firm: nothing, held: nothing },
  isOver: false,
  isAnnounced: unannounced,
});

const unannounced = { calls: false, tokens: false, moneyMicros: false };

/** Accounts that were frozen, as the fold goes on with them. */
export function thawAccounts(accounts: Map<string, Account>): Map<string, Account> {
  for (const account of accounts.values())
    if (!Object.values(account.isAnnounced).includes(true)) account.isAnnounced = unannounced;
  return accounts;
}

/** Carries a change of one account to those above it: in memory, and never in the journal. */
function refresh(books: Books, changed: Account): void {
  for (let account: Account | undefined = changed; account !== undefined;) {
    const { shown } = account;
    account.shown = shownOf(books, account);
    if (account.isAnnounced !== unannounced) forgetSaid(books, account);
    const above: Account | undefined = account.above === null ? undefined : books.accounts.get(account.above);
    if (above !== undefined) {
      above.totalBelow = plus(above.totalBelow, minus(account.shown.total, shown.total));
      above.firmBelow = plus(above.firmBelow, minus(account.shown.firm, shown.firm));
      above.out = plus(above.out, minus(account.shown.held, shown.held));
    }
    account = above;
  }
}

/** Where something is left again, that nothing is will be news again. */
function forgetSaid({ mandates }: Books, account: Account): void {
  const mandate = mandates.get(account.mandate)?.mandate;
  if (mandate === undefined) return;
  const isGone = (kind: Kind): boolean =>
    account.isAnnounced[kind] && account.own[kind] + account.firmBelow[kind] >= (limitOf(mandate, kind) ?? Infinity);
  account.isAnnounced = { calls: isGone('calls'), tokens: isGone('tokens'), moneyMicros: isGone('moneyMicros') };
}

function shownOf({ mandates }: Books, account: Account): Account['shown'] {
  const total = plus(account.own, account.totalBelow);
  if (account.isOver) return { total, firm: total, held: total };
  const mandate = mandates.get(account.mandate)?.mandate;
  const promised = (kind: Kind): number | undefined => mandate && limitOf(mandate, kind);
  const held = amounts((kind) => Math.max(total[kind], Math.min(account.got[kind], promised(kind) ?? Infinity)));
  const firm = amounts((kind) =>
    promised(kind) === undefined ? account.own[kind] + account.firmBelow[kind] : held[kind],
  );
  return { total, firm, held };
}
