/** One thing that waits for a person, as its log folds. */

import type { ItemEvent, ItemKind, ItemOption } from './events.ts';

export type ItemState =
  | { readonly name: 'open' }
  | { readonly name: 'answered'; readonly answer: string; readonly by: string }
  /** The reason to ask is gone: answering it would drive nothing. */
  | { readonly name: 'void'; readonly reason: string };

export type Item = {
  readonly id: string;
  readonly kind: ItemKind;
  readonly ask: string;
  readonly options: readonly ItemOption[];
  readonly recommendation: string | null;
  readonly project: string;
  readonly mission: string | null;
  readonly task: string | null;
  readonly session: string | null;
  readonly mandate: string | null;
  readonly approval: string | null;
  readonly state: ItemState;
  readonly version: number;
  readonly createdAt: string;
};

export type { ItemEvent };
