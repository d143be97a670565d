/**
 * A person at a terminal who starts an agent under a preset approves by that act: who, when, the words shown and their digest are
 * recorded. Unattended starts never mint a mandate.
 */

import type { ExpandedPreset, HistoryRule } from '@writ/authority';
import { presets } from '@writ/authority';
import { controlApi, historyRuleToWire } from '@writ/protocol';
import type { Api } from '../connect/api.ts';
import { presetTerms } from '../connect/preset-terms.ts';

export type StartedMandate = { readonly mandate: string; readonly expiresAt: string };

const hour = 3_600_000;
/** An attended approval does not outlive a long working day. */
const lifeMs = 12 * hour;

/** Proposes and approves the mandate of one attended session. */
export async function approveStart(
  control: Api,
  start: {
    readonly project: string;
    readonly actor: string;
    readonly purpose: string;
    readonly preset: ExpandedPreset;
    /** What the person says has to come before what. */
    readonly history: readonly HistoryRule[];
    readonly now: number;
  },
): Promise<StartedMandate> {
  const { watch } = presets[start.preset.name];
  const terms = presetTerms(start.preset);
  await control.call(controlApi.createProject, { body: { id: start.project, title: '' } });
  const proposed = await control.call(controlApi.propose, {
    body: {
      project: start.project,
      purpose: start.purpose,
      actor: start.actor,
      ...terms,
      history: [...terms.history, ...start.history.map(historyRuleToWire)],
      watch: watch === true,
      expires_at: new Date(start.now + lifeMs).toISOString(),
    },
  });
  const approved = await control.call(controlApi.approve, {
    params: { id: proposed.id },
    body: { revision: proposed.revision, text_digest: proposed.text_digest, how: 'attended_start' },
  });
  return { mandate: approved.id, expiresAt: approved.expires_at };
}
