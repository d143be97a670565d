import { describe, expect, it } from 'vitest';
import type { Act } from './role.ts';
import { acts, everyProject, isAtLeast, mayAct, roleIn, roles } from './role.ts';

// Object.keys loses the key type; the keys come from the table.
const allActs = Object.keys(acts) as Act[];
const about = { project: 'p', approvers: [] };
const may = (act: Act, grants: Parameters<typeof roleIn>[0], name = 'ann', approvers: readonly string[] = []) =>
  mayAct(act, { name, grants }, { project: 'p', approvers }).may;

describe('roles', () => {
  it('grow: whoever may do more may do everything less', () => {
    for (const act of allActs)
      for (const role of roles)
        expect([act, role, may(act, { '*': role })]).toEqual([act, role, isAtLeast(role, acts[act].least)]);
  });

  it('count in their project and nowhere else; one everywhere counts in each', () => {
    expect(roleIn({ p: 'approver' }, 'p')).toBe('approver');
    expect(roleIn({ p: 'approver' }, 'q')).toBeUndefined();
    expect(roleIn({ p: 'approver', [everyProject]: 'viewer' }, 'q')).toBe('viewer');
    expect(roleIn({ p: 'viewer', [everyProject]: 'admin' }, 'p')).toBe('admin');
    expect(roleIn({ p: 'approver', [everyProject]: 'viewer' }, 'p')).toBe('approver');
    expect(roleIn({}, 'toString')).toBeUndefined();
    expect(roleIn({}, 'constructor')).toBeUndefined();
  });

  it('whoever sees a mandate may stop it, and only approvers bring it back or widen it', () => {
    expect(may('read', { p: 'viewer' }) && may('stop', { p: 'viewer' })).toBe(true);
    for (const act of ['approve', 'approve_action', 'reinstate', 'extend'] as const) {
      expect(may(act, { p: 'operator' })).toBe(false);
      expect(may(act, { p: 'approver' })).toBe(true);
      // A mandate that names its approvers is for them alone, whoever else may approve.
      expect(may(act, { p: 'admin' }, 'ann', ['bob'])).toBe(false);
      expect(may(act, { p: 'approver' }, 'bob', ['bob'])).toBe(true);
      expect(may(act, { p: 'operator' }, 'bob', ['bob'])).toBe(false);
    }
    expect(may('stop', { p: 'viewer' }, 'ann', ['bob'])).toBe(true);
    const named = { project: 'p', approvers: ['bob'] };
    expect(mayAct('approve', { name: 'ann', grants: { p: 'admin' } }, named)).toEqual({
      may: false,
      because: 'not_named',
    });
    // A stranger is told of the role first: who is named is not theirs to know.
    expect(mayAct('approve', { name: 'eve', grants: {} }, named)).toEqual({
      may: false,
      because: 'role',
      needs: 'approver',
    });
  });

  it('of one project say nothing about the installation', () => {
    const everywhere = allActs.filter((act) => acts[act].where !== 'project');
    expect(everywhere.map((act) => `${act}: ${acts[act].where}`)).toEqual([
      'create_project: everywhere',
      'administer_people: everywhere',
      'verify: everywhere',
      'administer_sources: everywhere',
      'adopt_policy: everywhere',
      'erase: everywhere',
      'administer_keys: everywhere',
    ]);
    for (const act of ['administer_people', 'create_project', 'verify'] as const) {
      expect(may(act, { p: 'admin' })).toBe(false);
      expect(may(act, { [everyProject]: 'admin' })).toBe(true);
    }
    expect(mayAct('administer_people', { name: 'ann', grants: { p: 'admin' } }, about)).toEqual({
      may: false,
      because: 'role',
      needs: 'admin',
    });
  });
});
