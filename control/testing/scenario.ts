/**
 * Tests read as scenarios: `given(events).when(command, by).then(events)`, in the notation of docs/ontology.md: `m0` a root mandate, `m0_1` its
 * child. Times are small integers.
 */

import type { AuthoritySet, Condition, SignalReading } from '@writ/authority';
import { expect } from 'vitest';
import type { Actor, Caller, Itself } from '../caller.ts';
import type { MandateCommand, Reported } from '../mandate/decide.ts';
import { decide } from '../mandate/decide.ts';
import type { MandateEvent } from '../mandate/events.ts';
import { evolve } from '../mandate/evolve.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { Terms } from '../mandate/terms.ts';
import { defaultStopProfile } from '../mandate/terms.ts';

export const owner: Caller = { kind: 'person', name: 'owner' };
export const control: Itself = { kind: 'control' };
export const builder: Actor = { kind: 'actor', mandate: 'm0', actor: 'builder', run: 'run', expiresAt: 1_000 };

export const pushTo = (prefix: string, actions: readonly string[] = ['git.push']): AuthoritySet => [
  { resource: `git://p/refs/heads/${prefix}`, resourceMatch: 'prefix', actions, constraints: {} },
];

export const notFrozen = (more: Partial<Condition> = {}): Condition => ({
  id: 'not-frozen',
  subject: 'branch:p/x',
  test: 'not_equals',
  value: 'frozen',
  onFailure: 'suspend',
  returns: 'by_reinstatement',
  holdMs: 0,
  maxAgeMs: null,
  whenUnreported: 'holds',
  ...more,
});

export const terms = (more: Partial<Terms> = {}): Terms => ({
  project: 'p',
  purpose: 'passkeys',
  actor: 'builder',
  actorKey: null,
  authority: pushTo('writ'),
  conditions: [],
  history: [],
  budgets: [],
  delegation: { maxDepth: 2, maxChildren: 2, actors: 'any' },
  steerers: [],
  approvers: [],
  stopProfile: defaultStopProfile,
  expiresAt: 1_000,
  ...more,
});

export const proposed = (id: string, more: Partial<Terms> = {}, parent: string | null = null): MandateEvent => ({
  type: 'mandate.proposed',
  data: { at: 1, by: 'owner', id, parent, depth: parent === null ? 0 : 1, predecessor: null, terms: terms(more) },
});
export const approved = (at = 2): MandateEvent => ({
  type: 'mandate.approved',
  data: { at, by: 'owner', how: 'owner_token', revision: 1, textDigest: 'text', restedOn: [] },
});
export const suspended = (at = 3): MandateEvent => ({
  type: 'mandate.suspended',
  data: { at, cause: { kind: 'person', by: 'owner', reason: '' } },
});
export const revoked = (at = 3): MandateEvent => ({ type: 'mandate.revoked', data: { at, by: 'owner', reason: '' } });

export const recordOf = (events: readonly MandateEvent[]): MandateRecord => {
  const record = events.reduce<MandateRecord | undefined>(evolve, undefined);
  if (record === undefined) throw new Error('a scenario starts with a proposal');
  return record;
};

type Readings = Readonly<Record<string, SignalReading & { readonly source?: string }>>;
type Facts = {
  readonly by?: Caller | Itself;
  readonly now?: number;
  readonly textDigest?: string;
  readonly readings?: Readings;
};

export const readingsOf =
  (readings: Readings) =>
  (subject: string): Reported | undefined => {
    const reading = readings[subject];
    return reading && { source: 'test', ...reading };
  };

/** One mandate's scenario. Unless said otherwise the owner asks at time 10, having seen the text `text`. */
export const given = (events: readonly MandateEvent[]) => ({
  when: (command: MandateCommand, { by = owner, now = 10, textDigest = 'text', readings = {} }: Facts = {}) => {
    const decision = decide(command, recordOf(events), { by, now, textDigest, readings: readingsOf(readings) });
    return {
      then: (expected: readonly MandateEvent[]): void => {
        expect(decision).toEqual({ ok: true, events: expected });
        // What was decided can be folded.
        if (expected.length > 0) recordOf([...events, ...expected]);
      },
      refused: (code: string): void => {
        expect(decision.ok ? decision.events : decision.refusal.code).toBe(code);
      },
    };
  },
});
