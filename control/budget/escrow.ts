/**
 * Funds draws: finds what has to move between accounts before one of them can hold so much more. Pure.
 *
 * The account's own escrow comes first, and then nothing above it is touched. When it runs short it is refilled from above, with some to spare
 * so that this stays rare; what others have idle comes back before anybody is refused. It never takes a slice that was promised by name.
 */

import type { Mandate } from '@writ/authority';
import type { Account, Books } from './account.ts';
import { newAccount } from './account.ts';
import type { Amounts, Kind } from './amounts.ts';
import { kinds, limitOf, minus, nothing, plus } from './amounts.ts';
import type { SpendEvent } from './events.ts';

type Moved<Type extends SpendEvent['type']> = { readonly type: Type } & Omit<
  Extract<SpendEvent, { type: Type }>['data'],
  'at'
>;
export type Transfer = Moved<'spend.allocated'> | Moved<'spend.returned'>;

export interface Till {
  /**
   * What has to move so that the last mandate of `chain` (root first) can hold `need` more; undefined where there is not so much. What it found
   * counts as moved for the next question.
   */
  fund(chain: readonly Mandate[], need: Amounts): readonly Transfer[] | undefined;
  /** `held` more is on the account of `mandate`, or less. */
  hold(mandate: string, held: Amounts): void;
}

/** A refill brings at most this many times what was asked for, and never more than this part of what is there. */
const spareTimes = 64;
const sparePart = 8;

/** A till over the accounts as they are. */
export function openTill(books: Pick<Books, 'accounts' | 'mandates'>): Till {
  /** What moved since, by account. */
  const moved = new Map<string, Amounts>();
  const shift = (id: string, by: Amounts): void => void moved.set(id, plus(moved.get(id) ?? nothing, by));
  return {
    fund(chain, need) {
      const transfers: Transfer[] = [];
      for (const kind of kinds) {
        const desk = openDesk(books, chain, kind, moved);
        if (desk === undefined) continue;
        if (!desk.provide(chain.length - 1, need[kind])) return undefined;
        transfers.push(...desk.transfers);
      }
      return transfers;
    },
    hold: (mandate, held) => {
      shift(mandate, minus(nothing, held));
    },
  };
}

/** What moves so that each account of `chain` holds `grown` more, whether it is there or not: use that is known after the fact. */
export function coverOverrun(books: Books, chain: readonly Mandate[], grown: Amounts): readonly Transfer[] {
  return kinds.flatMap((kind) => {
    const desk = openDesk(books, chain, kind, new Map());
    const transfers: Transfer[] = [];
    let short = grown[kind];
    for (let level = chain.length - 1; desk !== undefined && level > desk.top; level--) {
      const [from, to] = [chain[level - 1]!.id, chain[level]!.id]; // both levels are within the chain
      // What an ended account had left went back when it ended, and may be in use elsewhere.
      const isOver = books.accounts.get(to)?.isOver === true;
      short -= isOver ? 0 : Math.max(0, desk.free(level));
      if (short <= 0) break;
      transfers.push({ type: 'spend.allocated', from, to, kind, amount: short, why: 'overrun' });
    }
    return transfers;
  });
}

/** The accounts of one chain, as far as one kind goes. Levels count from the root; `top` is the highest that bounds the kind. */
type Desk = {
  readonly top: number;
  readonly transfers: Transfer[];
  free(level: number): number;
  provide(level: number, amount: number): boolean;
};

/** Undefined where nobody bounds the kind. */
function openDesk(
  { accounts, mandates }: Pick<Books, 'accounts' | 'mandates'>,
  chain: readonly Mandate[],
  kind: Kind,
  moved: Map<string, Amounts>,
): Desk | undefined {
  const top = chain.findIndex((mandate) => limitOf(mandate, kind) !== undefined);
  if (top < 0) return undefined;
  const transfers: Transfer[] = [];
  const path = new Set(chain.map(({ id }) => id));
  const account = (id: string): Account => accounts.get(id) ?? newAccount(id, null);

  /** What an account has that it has neither drawn nor handed on. */
  const freeOf = (id: string, base: number): number => {
    const { own, out } = account(id);
    return base - own[kind] - out[kind] + (moved.get(id) ?? nothing)[kind];
  };
  /** What was set aside for an account, as far as its own bound lets it use that. */
  const base = (level: number): number => {
    const mandate = chain[level]!; // a level of the chain
    const limit = limitOf(mandate, kind) ?? Infinity;
    return level === top ? limit : Math.min(limit, account(mandate.id).got[kind]);
  };
  const free = (level: number): number => freeOf(chain[level]!.id, base(level)); // as above
  const move = (from: string, to: string, amount: number): void => {
    const before = moved.get(from) ?? nothing;
    moved.set(from, { ...before, [kind]: before[kind] - amount });
    const after = moved.get(to) ?? nothing;
    moved.set(to, { ...after, [kind]: after[kind] + amount });
  };

  /** Brings up to `amount` that lies idle below `id` to it; what it brought. */
  function reclaim(id: string, amount: number): number {
    let brought = 0;
    for (const below of account(id).below) {
      if (brought >= amount) break;
      const mandate = mandates.get(below)?.mandate;
      const isPromised = mandate === undefined || limitOf(mandate, kind) !== undefined;
      if (path.has(below) || isPromised || account(below).isOver) continue;
      const wanted = amount - brought;
      const idle = Math.max(0, freeOf(below, account(below).got[kind]));
      const take = Math.min(wanted, idle < wanted ? idle + reclaim(below, wanted - idle) : idle);
      if (take <= 0) continue;
      transfers.push({ type: 'spend.returned', from: below, to: id, kind, amount: take });
      move(below, id, take);
      brought += take;
    }
    return brought;
  }

  /** How much more an account may be given from above by its own bound. */
  const room = (level: number): number => (limitOf(chain[level]!, kind) ?? Infinity) - base(level); // as above
  /** What an account has, with what those above it could give it as they are. */
  const reach = (level: number): number =>
    Math.max(0, free(level)) + (level === top ? 0 : Math.min(room(level), reach(level - 1)));
  const spareFor = (level: number, short: number): number =>
    Math.max(
      0,
      Math.min(short * (spareTimes - 1), room(level) - short, Math.floor((reach(level - 1) - short) / sparePart)),
    );

  function provide(level: number, amount: number, mayHaveSpare = true): boolean {
    let short = amount - free(level);
    if (short <= 0) return true;
    const [above, { id }] = [chain[level - 1]?.id, chain[level]!]; // as above
    if (level === top || above === undefined) return reclaim(id, short) >= short;
    if (reach(level - 1) < short || room(level) < short) short -= reclaim(id, short);
    if (short <= 0) return true;
    const given = short + (mayHaveSpare ? spareFor(level, short) : 0);
    if (room(level) < short || !provide(level - 1, given, false)) return false;
    transfers.push({ type: 'spend.allocated', from: above, to: id, kind, amount: given, why: 'refill' });
    move(above, id, given);
    return true;
  }

  return { top, transfers, free, provide };
}
