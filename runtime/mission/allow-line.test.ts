import { describe, expect, test } from 'vitest';
import { parseAllow } from './allow-line.ts';

const entryOf = (line: string) => {
  const read = parseAllow(line, 'p');
  return read.ok ? read.entry : read.message;
};

describe('a line of `allow`', () => {
  test('says how far, in any order, each behind a comma', () => {
    expect(entryOf('mcp.commit on mcp://ledger/post_entry, up to 500.00 EUR, for tenant acme')).toEqual({
      resource: 'mcp://ledger/post_entry',
      resourceMatch: 'exact',
      actions: ['mcp.commit'],
      constraints: { maxAmount: { amount: '500.00', currency: 'EUR' }, tenant: 'acme' },
    });
    expect(entryOf('mcp.read on mcp://ledger/*, for tenant acme, as listed abc, ask each time')).toMatchObject({
      resourceMatch: 'prefix',
      catalogueDigest: 'abc',
      constraints: { tenant: 'acme', requiresActionApproval: true },
    });
    expect(entryOf('secret.read on secret://p/*, fresh within 0s, ask each time')).toMatchObject({
      constraints: { freshnessMs: 0, requiresActionApproval: true },
    });
    expect(entryOf('http.get on https://a.example/*, fresh within 1500 ms')).toMatchObject({
      constraints: { freshnessMs: 1_500 },
    });
    expect(entryOf('http.post on https://mail.example/send, to example.com')).toMatchObject({
      constraints: { recipientDomain: 'example.com' },
    });
  });

  test.each([
    ['mcp.commit on mcp://ledger/post_entry, up to lots', /does not say an action and a resource/],
    ['mcp.commit on mcp://ledger/post_entry, for tenant', /does not say an action and a resource/],
    ['mcp.read on mcp://ledger/*', /covers whatever its server may offer/],
    ['file.read on src/*, fresh within 2 days', /`fresh within` is followed by a time such as `500ms`/],
    ['file.read on src/*, fresh within 6s', /at most 5s/],
    ['mcp.commit on mcp://ledger/post_entry, up to 5.0.0 EUR', /cannot be allowed/],
  ])('`%s` is refused with the reason', (line, why) => {
    expect(entryOf(line)).toMatch(why);
  });
});
