/** Control's records in wire spelling: mandates. Translates, never decides; times are ISO 8601. */

import type { Condition, Mandate } from '@writ/authority';
import { effectiveAuthority, effectiveState, explain, legalActions, renderAuthority } from '@writ/authority';
import type { Control, MandateRecord } from '@writ/control';
import { shown } from '@writ/control';
import type { budgetWire, conditionWire, mandateWire } from '@writ/protocol';
import { authoritySetToWire, historyRuleToWire } from '@writ/protocol';
import type { z } from 'zod';

export type MandateWire = z.output<typeof mandateWire>;

/** What was written out last: answers in a row say the same time, as the end of their mandate. */
let written = { ms: Number.NaN, text: '' };

export function iso(ms: number): string {
  if (ms !== written.ms) written = { ms, text: new Date(ms).toISOString() };
  return written.text;
}

/** The mandate as it stands now: expiry and ancestors included. */
export function mandateToWire(control: Control, record: MandateRecord): MandateWire {
  const { mandate, approval, revision } = record;
  const { text, digest } = shown(record);
  const state = stateOf(control, mandate);
  return {
    id: mandate.id,
    project: mandate.project,
    purpose: mandate.purpose,
    parent: mandate.parent,
    depth: mandate.depth,
    actor: mandate.actor,
    actor_key: mandate.actorKey,
    state: state.name,
    state_detail: state.detail,
    spent: control.nothingLeft(mandate.id),
    authorization_details: authoritySetToWire(mandate.authority),
    overlays: mandate.overlays.map(({ authority, at, by, reason }) => ({
      authorization_details: authoritySetToWire(authority),
      at: iso(at),
      by,
      reason,
    })),
    words: [...renderAuthority(effectiveAuthority(mandate))],
    conditions: mandate.conditions.map(conditionToWire),
    history: mandate.history.map(historyRuleToWire),
    budgets: mandate.budgets.map(budgetToWire),
    delegation: {
      max_depth: mandate.delegation.maxDepth,
      max_children: mandate.delegation.maxChildren,
      actors: mandate.delegation.actors === 'any' ? 'any' : [...mandate.delegation.actors],
    },
    steerers: [...mandate.steerers],
    approvers: [...mandate.approvers],
    freshness_ms: mandate.freshnessMs ?? null,
    watch: mandate.watch === true,
    expires_at: iso(mandate.expiresAt),
    approved_at: mandate.approvedAt === null ? null : iso(mandate.approvedAt),
    approval:
      approval === null
        ? null
        : {
            by: approval.by,
            at: iso(approval.at),
            text_digest: approval.textDigest,
            revision: approval.revision,
            how: approval.how,
          },
    revision,
    approval_text: text,
    text_digest: digest,
    successor: mandate.state.name === 'superseded' ? mandate.state.successor : null,
    version: mandate.version,
    epoch: mandate.epoch,
    leaves_behind: [...control.leftBehind(record)],
    legal_actions: [...state.legal],
  };
}

type Standing = { readonly name: MandateWire['state']; readonly detail: string; readonly legal: readonly string[] };

function stateOf(control: Control, mandate: Mandate): Standing {
  const state = effectiveState(control.mandateChain(mandate.id), control.now());
  if (state === undefined) return { name: 'cascaded', detail: 'a mandate above it is not known', legal: [] };
  const offered = legalActions(mandate.state.name).filter((action) => action !== 'expire' && action !== 'lapse');
  if (state.name === 'held')
    return { name: 'held', detail: ancestorDetail(mandate.id, state.because, 'held'), legal: offered };
  if (state.name === 'cascaded')
    return { name: 'cascaded', detail: ancestorDetail(mandate.id, state.because, 'cascaded'), legal: [] };
  if (state.name !== mandate.state.name)
    return { name: state.name, detail: `its time was over ${iso(mandate.expiresAt)}`, legal: [] };
  return { name: state.name, detail: ownDetail(mandate), legal: offered };
}

const ancestorDetail = (mandate: string, ancestor: string, state: 'held' | 'cascaded'): string =>
  explain({ code: 'ancestor_inactive', mandate, ancestor, state }).sentence;

function ownDetail({ state, expiresAt }: Mandate): string {
  switch (state.name) {
    case 'proposed':
      return 'nobody has approved it yet';
    case 'active':
      return `in force until ${iso(expiresAt)}`;
    case 'suspended':
      return state.cause.kind === 'condition'
        ? `\`${state.cause.subject}\` became ${state.cause.reading}`
        : state.cause.kind === 'person'
          ? `suspended by ${state.cause.by}${because(state.cause.reason)}`
          : state.cause.reason;
    case 'revoked':
      return `revoked by ${state.by}${because(state.reason)}`;
    case 'refused':
      return `refused by ${state.by}${because(state.reason)}`;
    case 'completed':
      return state.by.startsWith('agent:')
        ? `given up by ${state.by}, its work being done`
        : `its work was accepted by ${state.by}`;
    case 'superseded':
      return `\`${state.successor}\` took its place`;
    case 'expired':
    case 'lapsed':
      return `its time was over ${iso(expiresAt)}`;
  }
}

const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);

const conditionToWire = ({
  id,
  subject,
  test,
  value,
  onFailure,
  returns,
  holdMs,
  maxAgeMs,
  whenUnreported,
}: Condition): z.output<typeof conditionWire> => ({
  id,
  subject,
  test,
  value,
  on_failure: onFailure,
  returns,
  hold_ms: holdMs,
  max_age_ms: maxAgeMs,
  when_unreported: whenUnreported,
});

function budgetToWire(budget: Mandate['budgets'][number]): z.output<typeof budgetWire> {
  switch (budget.kind) {
    case 'calls':
    case 'tokens':
      return { kind: budget.kind, limit: budget.limit, ...whenSpent(budget) };
    case 'wall':
      return { kind: 'wall', limit_ms: budget.limitMs };
    case 'money':
      return {
        kind: 'money',
        limit_micros: budget.limitMicros,
        currency: budget.currency,
        ...whenSpent(budget),
      };
  }
}

const whenSpent = ({ whenSpent: what }: { readonly whenSpent?: 'finish' | 'interrupt' }) =>
  what === undefined ? {} : { when_spent: what };
