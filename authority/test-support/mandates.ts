/** Mandates for tests, in the notation of docs/ontology.md: `m0` a root, `m0.1` its child. */

import type { Mandate, MandateState } from '../mandate/mandate.ts';
import type { AuthoritySet } from '../set/authority-set.ts';

export const t0 = Date.UTC(2026, 0, 1);
export const hour = 3_600_000;

export const edits: AuthoritySet = [
  { resource: 'workspace://p/', resourceMatch: 'prefix', actions: ['file.*'], constraints: {} },
];
export const pushes: AuthoritySet = [
  { resource: 'git://p/refs/heads/writ/', resourceMatch: 'prefix', actions: ['git.push'], constraints: {} },
];

/** An active mandate. Its depth and parent are read off the id: `m0.1` is a child of `m0`. */
export function mandate(id: string, with_: Partial<Mandate> = {}): Mandate {
  const parent = id.includes('.') ? id.slice(0, id.lastIndexOf('.')) : null;
  return {
    id,
    project: 'p',
    purpose: 'test',
    parent,
    depth: id.split('.').length - 1,
    authority: [...edits, ...pushes],
    overlays: [],
    conditions: [],
    history: [],
    budgets: [],
    delegation: { maxDepth: 4, maxChildren: 8, actors: 'any' },
    actor: 'agent',
    actorKey: null,
    steerers: [],
    approvers: [],
    stopProfile: { deadlineMs: 2_000 },
    expiresAt: t0 + hour,
    approvedAt: t0,
    state: { name: 'active', since: t0 },
    version: 1,
    epoch: 1,
    ...with_,
  };
}

export const states: readonly MandateState[] = [
  { name: 'proposed', revision: 1, since: t0 },
  { name: 'active', since: t0 },
  { name: 'suspended', since: t0, cause: { kind: 'person', by: 'ada', reason: 'looking at it' } },
  { name: 'revoked', at: t0, by: 'ada', reason: 'enough' },
  { name: 'expired', at: t0 },
  { name: 'completed', at: t0, by: 'ada' },
  { name: 'superseded', at: t0, successor: 'm1' },
  { name: 'refused', at: t0, by: 'ada', reason: 'no' },
  { name: 'lapsed', at: t0 },
];
