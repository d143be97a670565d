/** What is proposed under a preset, in wire spelling: all that it covers, asks and hands on, so that no proposal asks less than its preset. */

import type { ExpandedPreset } from '@writ/authority';
import { presets } from '@writ/authority';
import { authoritySetToWire, historyRuleToWire } from '@writ/protocol';

export function presetTerms({ name, authority, history }: ExpandedPreset) {
  const { delegation } = presets[name];
  return {
    authorization_details: authoritySetToWire(authority),
    delegation: {
      max_depth: delegation.maxDepth,
      max_children: delegation.children?.maxChildren ?? 0,
      actors: 'any' as const,
    },
    history: history.map(historyRuleToWire),
  };
}
