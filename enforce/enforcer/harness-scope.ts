/** For each harness Writ has a door for: how strongly it was seen to be held here, and what cannot be guaranteed of it. Data of the adapters, and what the canary showed. */

import type { HarnessAdapter } from '../gateway/adapters/adapter.ts';
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

/** A line for each. */
export const harnessScope = (shown: Readonly<Record<string, ShownAdapter>>): readonly HarnessLine[] =>
  Object.values<HarnessAdapter>(harnessAdapters).map(({ name, title, escapes }) => {
    const one = shown[name];
    return {
      name,
      title,
      version: one?.version ?? null,
      strength: one?.strength ?? 'unproven',
      shown_at: one?.at ?? null,
      not_guaranteed: escapes.map(({ actionClass, what }) => ({ action_class: actionClass, what })),
    };
  });
