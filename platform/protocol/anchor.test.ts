/** The published vectors of draft-mcguinness-oauth-mission, "Integrity Anchor Test Vectors", byte for byte; and what an anchor must tell apart. */
import { describe, expect, it } from 'vitest';
import { integrityAnchor } from './anchor.ts';
import type { AnchorType } from './anchor.ts';
import type { JsonValue } from './strict-json.ts';

const issuer = 'https://as.example.com';
const erp = 'https://erp.example.com';
const type = 'mission_resource_access';

const intent = { goal: 'Reconcile Q3 invoices', resources: [erp], expires_at: '2026-12-31T23:59:59Z' };
const readInvoices = { type, resource: erp, actions: ['invoices.read'] };
const writeEntries = (amount: string) => ({
  type,
  resource: erp,
  actions: ['journal-entries.write'],
  constraints: { max_amount: { amount, currency: 'USD' } },
});

const vectors: readonly (readonly [name: string, typ: AnchorType, value: JsonValue, digest: string])[] = [
  ['an intent', 'mission-intent', intent, '6mIFoCz79uCHNzKLfBpBwqFjoFXdpmpuc65486IqimQ'],
  [
    'an authority set',
    'mission-authority-set',
    [readInvoices, writeEntries('500.00')],
    'vUCCfjGulit9u0qJ0Z6pQSNerZtXMqRlfJNCr4PzLro',
  ],
  [
    'an intent with controls',
    'mission-intent',
    { ...intent, controls: { acr: 'urn:example:acr:mfa', max_derivations: 20 } },
    'DHUg4zS3HHnWtXlO6hu9sTN_jX4LyjZ4tOJiTDAvWAI',
  ],
  [
    'an authority set with delegation',
    'mission-authority-set',
    [
      {
        ...readInvoices,
        delegation: { max_depth: 2, allowed_delegates: [{ sub_profile: 'ai_agent' }, { sub: 's6BhdRkqt3' }] },
      },
    ],
    'notrA9wZaP3I5Gx8UzN0mfzUjHYPeX4Ri_B3ilh7BbA',
  ],
  [
    'a proposal',
    'mission-proposed-authority',
    [{ type, resource: erp, actions: ['invoices.*'] }, writeEntries('1000.00')],
    'udzftXYQy0pvYNxz4KgtmyL_EV8ry4DhIbBFfwILEBA',
  ],
  [
    'one entry',
    'mission-authority-entry',
    {
      ...readInvoices,
      constraints: { resource_issued_after: '2026-07-01T00:00:00Z', resource_issued_before: '2026-09-30T23:59:59Z' },
      delegation: { max_depth: 2, allowed_delegates: [{ sub_profile: 'ai_agent' }] },
    },
    'OUrwTnuirT29YxQmMSyiJce8W1PfGryvrVViQ1lJCqQ',
  ],
];

describe('integrityAnchor', () => {
  it.each(vectors)('reproduces the published vector of %s', (_, typ, value, digest) => {
    expect(integrityAnchor(typ, issuer, value)).toBe(`sha-256:${digest}`);
  });

  it('is the same whatever the order of the members', () => {
    const { actions, resource } = readInvoices;
    expect(integrityAnchor('mission-authority-set', issuer, [{ actions, resource, type }])).toBe(
      integrityAnchor('mission-authority-set', issuer, [readInvoices]),
    );
  });

  it('tells apart the kind, the issuer, the order of an array, and spellings that mean the same', () => {
    const set = [readInvoices, writeEntries('500.00')];
    const anchors = [
      integrityAnchor('mission-authority-set', issuer, set),
      integrityAnchor('mission-proposed-authority', issuer, set),
      integrityAnchor('mission-authority-set', `${issuer}/`, set),
      integrityAnchor('mission-authority-set', issuer, set.toReversed()),
      integrityAnchor('mission-authority-set', issuer, [readInvoices, writeEntries('500')]),
      integrityAnchor('mission-authority-set', issuer, [{ ...readInvoices, constraints: {} }]),
    ];
    expect(new Set(anchors).size).toBe(anchors.length);
  });

  it.each([
    ['a lone surrogate', '\ud800'],
    ['not a number', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
  ])('throws on %s, which no parsed text holds', (_, value) => {
    expect(() => integrityAnchor('mission-intent', issuer, { goal: value })).toThrow();
  });
});
