/** What must not vanish on the way in: a member that is dropped is a bound that is gone. */
import { describe, expect, it } from 'vitest';
import { authoritySetFromWire, authoritySetToWire, authoritySetWire } from './authority-set-wire.ts';

const entry = { type: 'mission_resource_access', resource: 'https://erp.example', actions: ['invoices.read'] };
const taken = (more: object) => authoritySetWire.safeParse([{ ...entry, ...more }]).success;

describe('an authority set on the wire', () => {
  it('means exact and unbounded where it says nothing', () => {
    expect(authoritySetFromWire(authoritySetWire.parse([entry]))).toEqual([
      { resource: entry.resource, resourceMatch: 'exact', actions: entry.actions, constraints: {} },
    ]);
  });

  it('keeps a constraint nobody understands under its wire name, both ways', () => {
    const set = authoritySetFromWire(
      authoritySetWire.parse([{ ...entry, constraints: { tenant: 'acme', phase_ofMoon: { full: true } } }]),
    );
    expect(set[0]?.constraints).toEqual({ tenant: 'acme', unknown: { phase_ofMoon: { full: true } } });
    expect(authoritySetToWire(set)[0]?.constraints).toEqual({ tenant: 'acme', phase_ofMoon: { full: true } });
  });

  it.each([
    ['of an entry', { terminal_when: { state: 'paid' } }],
    ['of an entry, misspelt', { resource_mach: 'exact' }],
    ['of a delegation', { delegation: { max_depth: 1, max_children: 1 } }],
    ['of the bounds of children', { delegation: { max_depth: 1, children: { max_siblings: 1 } } }],
    ['of an actor', { delegation: { max_depth: 1, allowed_delegates: [{ sub: 'a', iss: 'b' }] } }],
    ['of an amount', { constraints: { max_amount: { amount: '1', currency: 'EUR', per: 'day' } } }],
    ['of a window', { constraints: { time_window: { not_before: '2030-01-01T00:00:00Z', weekdays: true } } }],
  ])('refuses a member nobody understands: %s', (_, more) => {
    expect(taken({})).toBe(true);
    expect(taken(more)).toBe(false);
  });

  it('refuses a name in place of a matcher', () => {
    expect(taken({ delegation: { max_depth: 1, allowed_delegates: ['a'] } })).toBe(false);
  });

  it('speaks of delegation as the drafts do, both ways', () => {
    // draft-mcguinness-oauth-mission-child-delegation, "Fan-Out Controls": its example, with what it leaves out.
    const wire = [
      {
        ...entry,
        resource_match: 'exact' as const,
        constraints: {},
        delegation: {
          max_depth: 2,
          allowed_delegates: [{ sub_profile: 'ai_agent' }, { sub: 's6BhdRkqt3' }],
          children: {
            max_children: 5,
            max_child_depth: 2,
            allowed_child_actors: [{ sub_profile: 'ai_agent' }],
            child_creation_policy: 'two-eyes',
          },
        },
      },
    ];
    const set = authoritySetFromWire(authoritySetWire.parse(wire));
    expect(set[0]?.delegation).toEqual({
      maxDepth: 2,
      allowedDelegates: [{ actorKind: 'ai_agent' }, { actor: 's6BhdRkqt3' }],
      children: {
        maxChildren: 5,
        maxChildDepth: 2,
        allowedChildActors: [{ actorKind: 'ai_agent' }],
        childCreationPolicy: 'two-eyes',
      },
    });
    expect(authoritySetToWire(set)).toEqual(wire);
    const least = [{ ...wire[0], delegation: { max_depth: 0 } }];
    expect(authoritySetToWire(authoritySetFromWire(authoritySetWire.parse(least)))).toEqual(least);
    const some = [{ ...wire[0], delegation: { max_depth: 1, children: {} } }];
    expect(authoritySetToWire(authoritySetFromWire(authoritySetWire.parse(some)))).toEqual(some);
  });

  it('refuses a constraint named `__proto__`, which the schema library would leave out', () => {
    expect(taken({ constraints: JSON.parse('{"__proto__":{"tenant":"acme"}}') })).toBe(false);
  });
});
