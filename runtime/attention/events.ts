/** What can happen to an attention item. */

export type ItemKind = 'question' | 'approval' | 'conflict' | 'budget' | 'failure' | 'notice';
export type ItemOption = { readonly key: string; readonly label: string; readonly consequence: string };

export type ItemEvent =
  | {
      readonly type: 'item.opened';
      readonly data: {
        readonly kind: ItemKind;
        readonly ask: string;
        readonly options: readonly ItemOption[];
        readonly recommendation: string | null;
        readonly project: string;
        readonly mission: string | null;
        readonly task: string | null;
        readonly session: string | null;
        readonly mandate: string | null;
        /** The question at control whose answer sets it going; null where there is none. */
        readonly approval: string | null;
      };
    }
  | { readonly type: 'item.answered'; readonly data: { readonly answer: string; readonly by: string } }
  | { readonly type: 'item.voided'; readonly data: { readonly reason: string } };

/** All of them. */
export const itemTypes: Readonly<Record<ItemEvent['type'], true>> = {
  'item.opened': true,
  'item.answered': true,
  'item.voided': true,
};
