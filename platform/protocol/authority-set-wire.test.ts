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
    ['of a delegation', { delegation: { max_depth: 1, children: { max_children: 1 } } }],
    ['of an amount', { constraints: { max_amount: { amount: '1', currency: 'EUR', per: 'day' } } }],
    ['of a window', { constraints: { time_window: { not_before: '2030-01-01T00:00:00Z', weekdays: true } } }],
  ])('refuses a member nobody understands: %s', (_, more) => {
    expect(taken({})).toBe(true);
    expect(taken(more)).toBe(false);
  });

  it('refuses a constraint named `__proto__`, which the schema library would leave out', () => {
    expect(taken({ constraints: JSON.parse('{"__proto__":{"tenant":"acme"}}') })).toBe(false);
  });
});
