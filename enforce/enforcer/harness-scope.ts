/** For each harness Writ has a door for: how strongly it was seen to be held here, and what cannot be guaranteed of it. Data of the adapters, and what the canary showed. */

import type { AcpAgent } from '../gateway/acp/acp-agent.ts';
import { acpAgents, acpEscapes, shownName } from '../gateway/acp/acp-agent.ts';
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

/** Of an agent behind an editor: that its harness was tried says nothing of how it speaks with one. */
const behindEditor = (
  name: string,
  title: string,
  agent: Pick<AcpAgent, 'hooks'>,
  one: ShownAdapter | undefined,
): HarnessLine => ({
  ...{ name, title, version: one?.version ?? null },
  ...{ strength: one?.strength ?? 'unproven', shown_at: one?.at ?? null },
  not_guaranteed: acpEscapes(agent).map(({ actionClass, what }) => ({ action_class: actionClass, what })),
});

/** A line for each, and one for agents that no canary tries. */
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
  ...acpAgents.map(({ agent }) =>
    behindEditor(shownName(agent), `${agent.title} behind an editor (${agent.name})`, agent, shown[shownName(agent)]),
  ),
  behindEditor('acp', 'Another agent behind an editor', { hooks: null }, undefined),
];
