// What a set is made ready from, and why it cannot be. That a malformed set permits nothing is in permits.test.ts.

import { describe, expect, test } from 'vitest';
import type { AuthorityEntry, AuthoritySet, Constraints } from './authority-set.ts';
import { compileAuthoritySet } from './compile.ts';

const payments = (constraints: Constraints, more: Partial<AuthorityEntry> = {}): AuthoritySet => [
  { resource: 'https://erp.example/payments', resourceMatch: 'prefix', actions: ['payment.*'], constraints, ...more },
];

describe('a set that is made ready', () => {
  test.each<[unknown, string]>([
    [null, 'it is not an object'],
    [[], 'it is not an object'],
    ['entry', 'it is not an object'],
    [{ terminalWhen: 'paid' }, 'it has a member we do not understand, `terminalWhen`'],
    [{ actions: [] }, 'it names no action'],
    [{ actions: 'payment.send' }, 'it names no action'],
    [{ actions: ['*'] }, 'action `*` is neither an identifier nor a family such as `git.*`'],
    [{ actions: [7] }, 'action (number) is neither an identifier nor a family such as `git.*`'],
    [{ actions: [undefined] }, 'action (undefined) is neither an identifier nor a family such as `git.*`'],
    [
      { actions: ['payment.send', undefined, '*'] },
      'action (undefined) is neither an identifier nor a family such as `git.*`',
    ],
    [{ constraints: null }, 'its constraints are not an object'],
    [{ constraints: [] }, 'its constraints are not an object'],
    [{ constraints: 'none' }, 'its constraints are not an object'],
    [{ constraints: { unknown: [] } }, 'its constraints we do not understand are not an object'],
    [{ catalogueDigest: '' }, 'its catalogue digest is not text'],
    [{ catalogueDigest: 7 }, 'its catalogue digest is not text'],
    [
      { constraints: { maxAmount: '5 EUR' } },
      'its constraint `maxAmount` is not a decimal amount such as `500.00` and a three-letter currency',
    ],
    [
      { constraints: { resourceIssuedAfter: 'monday' } },
      'its constraint `resourceIssuedAfter` is not an RFC 3339 date-time',
    ],
    [
      { constraints: { resourceIssuedBefore: 7 } },
      'its constraint `resourceIssuedBefore` is not an RFC 3339 date-time',
    ],
    [{ constraints: { tenant: '' } }, 'its constraint `tenant` is not a tenant name'],
    [
      { constraints: { recipientDomain: 'a.' } },
      'its constraint `recipientDomain` is not a DNS name without a trailing dot, in its ASCII form',
    ],
    [
      { constraints: { timeWindow: {} } },
      'its constraint `timeWindow` is not a window with `notBefore`, `notAfter` or both, each an RFC 3339 date-time',
    ],
    [
      { constraints: { dataClassification: [''] } },
      'its constraint `dataClassification` is not a list of classification labels',
    ],
    [{ constraints: { allowedTools: 'erp' } }, 'its constraint `allowedTools` is not a list of tool names'],
    [
      { constraints: { requiresActionApproval: 1 } },
      'its constraint `requiresActionApproval` is not `true` or `false`',
    ],
    [
      { resource: 'mcp://ledger' },
      'it covers whatever its server may offer; name one tool, or pin the catalogue by its digest',
    ],
  ])('says what is wrong with an entry: %j', (more, why) => {
    const [good = {}] = payments({});
    const bad: unknown =
      typeof more === 'object' && !Array.isArray(more) && more !== null ? { ...good, ...more } : more;
    // @ts-expect-error parsed JSON that skipped the edge
    expect(compileAuthoritySet([good, bad])).toEqual({ ok: false, why: `entry 1 cannot be used: ${why}`, at: 1 });
  });

  test('a set that is no list is no set', () => {
    // @ts-expect-error parsed JSON that skipped the edge
    expect(compileAuthoritySet({ 0: payments({})[0], length: 1 })).toEqual({
      ok: false,
      why: 'an authority set is a list of entries',
      at: 0,
    });
  });

  test('a tool of a server, named alone or under a pinned catalogue, is an entry; the whole server is not', () => {
    const tool = { resource: 'mcp://ledger/post', resourceMatch: 'exact', actions: ['mcp.call'] } as const;
    const set = (more: Partial<AuthorityEntry>) => compileAuthoritySet(payments({}, { ...tool, ...more })).ok;
    expect(set({})).toBe(true);
    expect(set({ resourceMatch: 'prefix' })).toBe(false);
    expect(set({ resourceMatch: 'prefix', catalogueDigest: 'sha-256:a' })).toBe(true);
    expect(set({ resource: 'https://ledger.example', resourceMatch: 'prefix' })).toBe(true);
  });

  test('what is undefined is absent', () => {
    const absent = { delegation: undefined, catalogueDigest: undefined, terminalWhen: undefined };
    const bounds = { tenant: undefined, surprise: undefined } as Constraints; // cast: a key nobody knows
    const compiled = compileAuthoritySet(payments(bounds, absent));
    expect(compiled.ok && compiled.set.authority).toEqual(payments({}));
    expect(compiled.ok && Object.keys(compiled.set.authority[0] ?? {})).toEqual([
      'resource',
      'resourceMatch',
      'actions',
      'constraints',
    ]);
  });

  test('a bound inherited from a prototype is none', () => {
    const inherited = Object.create({ tenant: 'acme' }) as Constraints; // cast: exactly the object a polluted prototype gives
    const compiled = compileAuthoritySet(payments(inherited));
    expect(compiled.ok && compiled.set.authority).toEqual(payments({}));
  });
});
