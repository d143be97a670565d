/** For each harness Writ has a door for: how strongly it was seen to be held here, and what cannot be guaranteed of it. Data of the adapters, and what the canary showed. */

import { acpEscapes } from '../gateway/acp/acp-agent.ts';
import type { HarnessAdapter, ToldOf } from '../gateway/adapters/adapter.ts';
import { harnessAdapters } from '../gateway/adapters/adapters.ts';
import type { ShownAdapter } from '../gateway/adapters/shown-adapters.ts';

export type HarnessLine = {
  readonly name: string;
  readonly title: string;
  /** Of the one that was tried; null where none was. */
  readonly version: string | null;
  readonly strength: 'unproven' | 'guard' | 'contain';
  readonly shown_at: string | null;
  readonly not_guaranteed: readonly { readonly action_class: string; readonly what: string }[];
};

const toldOf = ['question', 'permission', 'spawn', 'stop', 'compaction', 'wake_up'] as const satisfies ToldOf[];
/** What is lost where a harness does not tell of it. */
const untold = {
  question: 'a question of its model is answered at its own prompt alone',
  permission: 'a permission prompt of its own is answered there alone',
  spawn: 'the start of a sub-agent is not on record',
  stop: 'the end of a turn is not on record',
  compaction: 'that it left something out of its context is not on record',
  wake_up: 'a turn that nobody typed is not told from one that a person began',
} as const satisfies Record<ToldOf, string>;

/** Of agents behind an editor: that their harness was tried says nothing of how they speak with one. */
const behindEditor: HarnessLine = {
  ...{ name: 'acp', title: 'An agent behind an editor', version: null, strength: 'unproven', shown_at: null },
  not_guaranteed: acpEscapes.map(({ actionClass, what }) => ({ action_class: actionClass, what })),
};

/** A line for each, and one for what the canary does not try. */
export const harnessScope = (shown: Readonly<Record<string, ShownAdapter>>): readonly HarnessLine[] => [
  ...Object.values<HarnessAdapter>(harnessAdapters).map(({ name, title, escapes, tells }): HarnessLine => {
    const one = shown[name];
    return {
      name,
      title,
      version: one?.version ?? null,
      strength: one?.strength ?? 'unproven',
      shown_at: one?.at ?? null,
      not_guaranteed: [
        ...escapes.map(({ actionClass, what }) => ({ action_class: actionClass, what })),
        ...toldOf.flatMap((of) => {
          const how = tells[of];
          return 'by' in how ? [] : [{ action_class: 'non_consequential', what: `${untold[of]}: ${how.not}` }];
        }),
      ],
    };
  }),
  behindEditor,
];
