/**
 * What was drawn by those decided before, while several draws are decided one after another for one append: none of them is in the fold yet.
 *
 * It holds nothing between turns: whatever is decided by it is handed to the journal, or dropped, in the turn it was decided in.
 */

import type { Mandate } from '@writ/authority';
import type { Books } from './account.ts';
import type { Amounts } from './amounts.ts';
import { nothing, plus } from './amounts.ts';
import type { Till, Transfer } from './escrow.ts';
import { openTill } from './escrow.ts';

type Accounts = Pick<Books, 'accounts' | 'mandates'>;

export class UnderWay {
  readonly #books: Accounts;
  readonly #held = new Map<string, Amounts>();
  #till: Till | undefined;

  constructor(books: Accounts) {
    this.#books = books;
  }

  /** Does `decide`, in which each draw stands before the next. */
  during<T>(decide: () => T): T {
    this.#till = openTill(this.#books);
    try {
      return decide();
    } finally {
      this.#till = undefined;
      this.#held.clear();
    }
  }

  /** Held on an account by those decided before. */
  held(account: string): Amounts {
    return this.#held.get(account) ?? nothing;
  }

  /** What has to move so that the last of `chain` can hold `draws` more, which it does then; undefined where there is not so much. */
  draw(chain: readonly Mandate[], draws: Amounts): readonly Transfer[] | undefined {
    const transfers = (this.#till ?? openTill(this.#books)).fund(chain, draws);
    const account = chain.at(-1)?.id;
    if (this.#till === undefined || account === undefined || transfers === undefined) return transfers;
    this.#till.hold(account, draws);
    this.#held.set(account, plus(this.held(account), draws));
    return transfers;
  }
}
