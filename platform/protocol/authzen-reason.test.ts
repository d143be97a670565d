/** The runtime denial classification of draft-mcguinness-mission-authzen: each of our reasons under the name it has there. */
import type { Reason } from '@writ/authority';
import { describe, expect, test } from 'vitest';
import { denialOf } from './authzen-reason.ts';

type No = Exclude<Reason, { code: 'permitted' }>;
type Gap = Extract<Reason, { code: 'out_of_authority' }>['gap'];
const outside = (kind: Gap['kind'], more: object = {}): No => ({
  code: 'out_of_authority',
  mandate: 'm0',
  gap: { kind, why: 'x' },
  ...more,
});
const rows: readonly (readonly [No, string])[] = [
  [{ code: 'mandate_inactive', mandate: 'm0', state: 'suspended', detail: '' }, 'mission_inactive'],
  [{ code: 'ancestor_inactive', mandate: 'm0.1', ancestor: 'm0', state: 'cascaded' }, 'mission_inactive'],
  [{ code: 'condition_failed', mandate: 'm0', subject: 's', reading: 'x' }, 'mission_inactive'],
  [{ code: 'condition_unknown', mandate: 'm0', subject: 's' }, 'mission_inactive'],
  [{ code: 'unknown_mandate', mandate: 'm0' }, 'mission_binding_failed'],
  [{ code: 'actor_mismatch', actor: 'a', mandate: 'm0' }, 'mission_binding_failed'],
  [outside('action'), 'out_of_authority'],
  [outside('resource'), 'out_of_authority'],
  [outside('malformed'), 'out_of_authority'],
  [outside('action', { contained: true }), 'authority_contained'],
  [outside('resource', { contained: true }), 'authority_contained'],
  [outside('constraint'), 'parameter_violation'],
  [outside('constraint', { contained: true }), 'parameter_violation'],
  [outside('drift'), 'capability_drift'],
  [outside('unknown_constraint'), 'constraint_unsupported'],
  [{ code: 'approval_required', mandate: 'm0', action: 'a', resource: 'r', because: 'each_time' }, 'approval_required'],
  [{ code: 'history_required', mandate: 'm0', action: 'a', first: ['b'], why: 'never' }, 'history_not_satisfied'],
  [{ code: 'budget_spent', mandate: 'm0', budget: 'calls', limit: 1 }, 'quota_exceeded'],
  [{ code: 'credential_unusable', detail: '' }, 'credential_invalid'],
  [{ code: 'policy_refused', detail: '' }, 'resource_policy'],
  [{ code: 'stale_state', boundMs: 1 }, 'stale_state'],
  [{ code: 'control_unreachable', actionClass: 'consequential_write' }, 'urn:writ:reason:control_unreachable'],
  [{ code: 'not_an_approver', attempted: 'x' }, 'urn:writ:reason:not_an_approver'],
  [{ code: 'malformed_request', detail: 'x' }, 'urn:writ:reason:malformed_request'],
];

describe('a denial', () => {
  test.each(rows)('%j is `%s`', (reason, name) => {
    expect(denialOf(reason).reason).toBe(name);
  });

  test('says to try again only where time alone helps, and `none` only where nothing does', () => {
    const said = Object.groupBy(rows, ([reason]) => denialOf(reason).next_action ?? 'absent');
    const codes = (of: typeof rows | undefined) => [...new Set(of?.map(([{ code }]) => code))];
    expect(codes(said.retry)).toEqual(['stale_state']);
    expect(codes(said.none)).toEqual([
      'ancestor_inactive',
      'actor_mismatch',
      'credential_unusable',
      'malformed_request',
    ]);
  });
});
