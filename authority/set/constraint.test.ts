// The rules of the table on their own: what each says, and where sets in normal form do not reach. The rest is in subset.test.ts, intersect.test.ts,
// permits.test.ts and laws.test.ts.

import { describe, expect, test } from 'vitest';
import type { Constraints, TimeWindow } from './authority-set.ts';
import { constraintKeys, constraintRules } from './constraint.ts';
import { permits, type RequestParameters } from './permits.ts';
import { readFacts } from './request.ts';

test('the list of keys is the table', () => {
  expect([...constraintKeys].sort()).toEqual(Object.keys(constraintRules).sort());
});

describe('requiresActionApproval', () => {
  const { noBroader, meet } = constraintRules.requiresActionApproval;

  test.each([
    [true, true, true],
    [true, false, true],
    [false, false, true],
    [false, true, false],
  ])('%s is no broader than %s: %s', (inner, outer, expected) => {
    expect(noBroader(inner, outer)).toBe(expected);
    expect(meet(inner, outer)).toBe(inner || outer);
  });
});

describe('timeWindow', () => {
  const { compile, meet } = constraintRules.timeWindow;
  const ms = Date.UTC(2026, 6, 1);
  const isOpen = (window: TimeWindow, now: number) => compile(window)?.(readFacts({}), now) === undefined;

  test('bounds finer than a millisecond are never rounded outwards', () => {
    expect(isOpen({ notBefore: '2026-07-01T00:00:00.0001Z' }, ms)).toBe(false);
    expect(isOpen({ notBefore: '2026-07-01T00:00:00.0001Z' }, ms + 1)).toBe(true);
    expect(isOpen({ notAfter: '2026-07-01T00:00:00.0009Z' }, ms)).toBe(true);
    expect(isOpen({ notAfter: '2026-07-01T00:00:00.0009Z' }, ms + 1)).toBe(false);
  });

  test('one shared instant is still a window', () => {
    expect(meet({ notAfter: '2026-07-01T00:00:00Z' }, { notBefore: '2026-07-01T02:00:00+02:00' })).toEqual({
      notBefore: '2026-07-01T02:00:00+02:00',
      notAfter: '2026-07-01T00:00:00Z',
    });
  });
});

test('a malformed value is no broader than anything, meets nothing and is never satisfied', () => {
  const bad = { amount: '1e3', currency: 'EUR' };
  const good = { amount: '1', currency: 'EUR' };
  const { noBroader, meet, compile } = constraintRules.maxAmount;
  expect(noBroader(bad, good)).toBe(false);
  expect(noBroader(good, bad)).toBe(false);
  expect(meet(bad, good)).toBeUndefined();
  expect(compile(bad)).toBeUndefined();
  expect(compile(good)?.(readFacts({ amount: good }), 0)).toBeUndefined();
  expect(compile(good)?.(readFacts({ amount: bad }), 0)).toMatchObject({
    why: 'the request does not say an exact amount and its currency, and the approval depends on it',
  });
});

describe('what a refusal says to a person, and to a machine', () => {
  const now = Date.UTC(2026, 6, 15);
  const ask = (constraints: Constraints, parameters: RequestParameters, time = now) =>
    permits(
      [{ resource: 'https://erp.example', resourceMatch: 'prefix', actions: ['payment.*'], constraints }],
      { action: 'payment.send', resource: 'https://erp.example/payments/7', parameters },
      time,
    );
  const after = '2026-07-01T00:00:00Z';
  const eur = { amount: '500.00', currency: 'EUR' };
  const unstated = (what: string) => `the request does not say ${what}, and the approval depends on it`;
  test.each<[Constraints, RequestParameters, why: string, wouldPermit: string, facts: RequestParameters]>([
    [
      { maxAmount: eur },
      {},
      unstated('an exact amount and its currency'),
      'an amount of at most 500.00 EUR',
      { amount: eur },
    ],
    [
      { maxAmount: eur },
      { amount: { amount: '600', currency: 'EUR' } },
      '600 EUR is not within the approved 500.00 EUR',
      'an amount of at most 500.00 EUR',
      { amount: eur },
    ],
    [
      { resourceIssuedAfter: after },
      {},
      unstated('when the resource was issued'),
      `a resource issued at or after ${after}`,
      { resourceIssuedAt: after },
    ],
    [
      { resourceIssuedAfter: after },
      { resourceIssuedAt: '2026-06-30T00:00:00Z' },
      `the resource was issued before ${after}`,
      `a resource issued at or after ${after}`,
      { resourceIssuedAt: after },
    ],
    [
      { resourceIssuedBefore: after },
      {},
      unstated('when the resource was issued'),
      `a resource issued at or before ${after}`,
      { resourceIssuedAt: after },
    ],
    [
      { resourceIssuedBefore: after },
      { resourceIssuedAt: '2026-07-02T00:00:00Z' },
      `the resource was issued after ${after}`,
      `a resource issued at or before ${after}`,
      { resourceIssuedAt: after },
    ],
    [{ tenant: 'acme' }, {}, unstated('which tenant it concerns'), 'a resource of tenant `acme`', { tenant: 'acme' }],
    [
      { tenant: 'acme' },
      { tenant: 'globex' },
      'tenant `globex` is not the approved `acme`',
      'a resource of tenant `acme`',
      { tenant: 'acme' },
    ],
    [
      { recipientDomain: 'Example.com' },
      {},
      unstated("the recipient's domain"),
      'a recipient in `example.com`',
      { recipientDomain: 'example.com' },
    ],
    [
      { recipientDomain: 'Example.com' },
      { recipientDomain: 'Example.net' },
      'recipients in `example.net` are outside the approved `example.com`',
      'a recipient in `example.com`',
      { recipientDomain: 'example.com' },
    ],
    [
      { dataClassification: ['public', 'internal'] },
      {},
      unstated('how the data is classified'),
      'data classified `public` or `internal`',
      { dataClassification: ['public', 'internal'] },
    ],
    [
      { dataClassification: ['public', 'internal'] },
      { dataClassification: ['public', 'secret'] },
      'data classified `secret` is not approved',
      'data classified `public` or `internal`',
      { dataClassification: ['public', 'internal'] },
    ],
    [
      { allowedTools: ['erp', 'bank'] },
      {},
      unstated('through which tool it goes'),
      'going through `erp` or `bank`',
      { tool: 'erp' },
    ],
    [
      { allowedTools: ['erp', 'bank'] },
      { tool: 'shell' },
      'the tool `shell` is not approved for it',
      'going through `erp` or `bank`',
      { tool: 'erp' },
    ],
  ])(
    '%j, asked with %j, says why, what would permit it, and with what to ask again',
    (bound, asked, why, way, facts) => {
      expect(ask(bound, asked)).toEqual({
        permitted: false,
        gap: { kind: 'constraint', why, wouldPermit: way, remedy: { kind: 'ask_again', facts, notBefore: null } },
      });
    },
  );

  test.each<[Constraints, RequestParameters, number, why: string, wouldPermit: string]>([
    [
      { timeWindow: { notAfter: after } },
      {},
      now,
      `the approved time ended at ${after}`,
      'an entry whose time window is still open',
    ],
    [{ timeWindow: { notAfter: after } }, {}, Number.NaN, 'the time is not known', 'asking when the time is known'],
    [{ dataClassification: [] }, {}, now, unstated('how the data is classified'), 'data classified nothing'],
    [
      { dataClassification: [] },
      { dataClassification: ['public'] },
      now,
      'data classified `public` is not approved',
      'data classified nothing',
    ],
    [{ allowedTools: [] }, {}, now, unstated('through which tool it goes'), 'going through nothing'],
    [{ allowedTools: [] }, { tool: 'erp' }, now, 'the tool `erp` is not approved for it', 'going through nothing'],
  ])('%j, asked with %j at %d, can be met no more: only another entry helps', (bound, asked, time, why, way) => {
    expect(ask(bound, asked, time)).toEqual({
      permitted: false,
      gap: { kind: 'constraint', why, wouldPermit: way, remedy: { kind: 'add_entry' } },
    });
  });
});
