/**
 * What presets say to an action, judged by the one evaluator as if each had just been approved: nothing was spent, nothing was paused, and nobody was asked
 * before. It asks no store and records nothing.
 */

import type { CompiledChain, ExpandedPreset } from '@writ/authority';
import { classOf, compileChain, evaluate, noHistory, readOnlySandbox, uncontained } from '@writ/authority';

/** `asks`: a person, before it is done. */
export type PresetAnswer = 'may' | 'asks' | 'never';

/** Answers for one project: one for each of the presets it was made with, in their order. */
export type PresetAnswers = (action: string, resource: string) => readonly PresetAnswer[];

const actor = 'agent';
const nothing = { calls: 0, tokens: 0, moneyMicros: 0 } as const;
const answers = { permit: 'may', hold: 'asks', refuse: 'never', would_refuse: 'never' } as const;

/** What each of `presets`, as they are in one repository, says at `now` (milliseconds since the epoch). */
export function presetAnswers(presets: readonly ExpandedPreset[], now: number): PresetAnswers {
  const chains = presets.map((preset) => [preset.name, chainOf(preset)] as const);
  return (action, resource) => {
    const actionClass = classOf(action, uncontained);
    return chains.map(([preset, chain]) => {
      // As the launcher states it where it is so.
      const parameters = action === 'shell.run' && preset === 'read-only' ? { tool: readOnlySandbox } : {};
      const { decision } = evaluate({
        chain,
        mandate: preset,
        request: { action, resource, parameters },
        actionClass,
        parameterDigest: '',
        token: { usable: true, actor },
        policy: { permits: true, version: 'none' },
        signals: () => undefined,
        spend: () => nothing,
        approvals: [],
        history: noHistory,
        now,
      });
      return answers[decision];
    });
  };
}

function chainOf({ name, authority, history }: ExpandedPreset): CompiledChain {
  return compileChain([
    {
      id: name,
      parent: null,
      actor,
      authority,
      overlays: [],
      conditions: [],
      history,
      budgets: [],
      expiresAt: Number.MAX_SAFE_INTEGER,
      approvedAt: 0,
      state: { name: 'active', since: 0 },
      version: 1,
      epoch: 1,
    },
  ]);
}
