/** Attack 22 on verdicts: time that lies. What a point keeps is attacked in artifacts.int.test.ts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask, beneath, hour, mandate, minute, t0 } from './support.ts';

const authority = [beneath('workspace://p/', ['file.*'])];
const write = { action: 'file.write', resource: 'workspace://p/a', parameters: {} };
const windowed = (notBefore: string, notAfter: string) => [
  beneath('workspace://p/', ['file.*'], { constraints: { timeWindow: { notBefore, notAfter } } }),
];

describe('attack 22: clocks that lie', () => {
  test('ten minutes of skew never permit at or after the expiry of any of the chain', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10 * minute, max: 10 * minute }), fc.nat({ max: 3 }), (skew, which) => {
        const chain = ['m0', 'm0.1', 'm0.1.1', 'm0.1.1.1'].map((id, index) =>
          mandate(id, authority, { expiresAt: t0 + hour + (index === which ? 0 : minute) }),
        );
        const now = t0 + hour + skew;
        expect(ask(chain, write, { now }).decision).toBe(now < t0 + hour ? 'permit' : 'refuse');
        // The bound handed to points is the same instant, whatever the clock said when it was asked.
        if (now < t0 + hour) expect(ask(chain, write, { now }).validUntil).toBe(t0 + hour);
      }),
      { seed: 22 },
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a clock that reads %s permits nothing', (now) => {
    expect(ask([mandate('m0', authority)], write, { now }).decision).toBe('refuse');
  });

  test('a reading does not live longer because the clock went back', () => {
    const condition = {
      id: 'c',
      subject: 's',
      test: 'equals',
      value: 'ok',
      onFailure: 'suspend',
      returns: 'automatically',
      holdMs: 0,
      maxAgeMs: minute,
      whenUnreported: 'unknown',
    } as const;
    const code = (now: number) =>
      ask([mandate('m0', authority, { conditions: [condition] })], write, {
        now,
        signals: () => ({ value: 'ok', at: t0, sequence: 1 }),
      }).reason.code;
    expect(code(t0 + minute)).toBe('permitted');
    expect(code(t0 + minute + 1)).toBe('condition_unknown');
    expect(code(t0 - 10 * minute)).toBe('condition_unknown');
  });

  test('a night when clocks are put back is one window: both of its half past ones are the instants they denote', () => {
    // Berlin, 27 October 2030: 02:30 comes twice, at +02:00 and an hour later at +01:00.
    const [m0] = [
      mandate('m0', windowed('2030-10-27T02:15:00+02:00', '2030-10-27T02:45:00+02:00'), {
        expiresAt: Date.UTC(2031, 0, 1),
      }),
    ];
    const at = (text: string) => ask([m0], write, { now: Date.parse(text) }).decision;
    expect([at('2030-10-27T02:30:00+02:00'), at('2030-10-27T02:30:00+01:00')]).toEqual(['permit', 'refuse']);
  });

  test('a leap second, a day that is not, and an hour without its offset bound nothing, so they permit nothing', () => {
    const ends = [
      '2030-12-31T23:59:60Z',
      '2030-02-29T00:00:00Z',
      '2030-12-31T24:00:00Z',
      '2030-12-31T23:59:59',
      '2030-12-31 23:59:59Z',
      '23:59',
    ];
    for (const end of ends)
      expect(ask([mandate('m0', windowed('2030-01-01T00:00:00Z', end))], write, { now: t0 + 1 }).reason.code).toBe(
        'out_of_authority',
      );
  });
});
