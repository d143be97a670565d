import fc from 'fast-check';
import type { Budget } from '@writ/authority';
import { describe, expect, it } from 'vitest';
import { approved, given, proposed, pushTo, recordOf } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import type { Tightening } from './decide.ts';
import { decide } from './decide.ts';
import type { MandateRecord } from './mandate-record.ts';
import { evolve } from './evolve.ts';
import { shown } from './shown.ts';

const eur = (limitMicros: number): Budget => ({ kind: 'money', limitMicros, currency: 'EUR' });
const m0 = proposed('m0', { budgets: [{ kind: 'calls', limit: 9 }, eur(5_000)] });
const by = { at: 10, by: 'owner', reason: 'less' };

describe('an amendment', () => {
  it('shortens, lowers and narrows, each by an event of its own', () => {
    given([m0, approved()])
      .when({
        type: 'narrow',
        authority: pushTo('writ/x'),
        expiresAt: 500,
        budgets: [{ kind: 'calls', limit: 3 }],
        reason: 'less',
      })
      .then([
        { type: 'mandate.narrowed', data: { ...by, authority: pushTo('writ/x') } },
        { type: 'mandate.shortened', data: { ...by, expiresAt: 500 } },
        { type: 'mandate.lowered', data: { ...by, budgets: [{ kind: 'calls', limit: 3 }] } },
      ]);
  });

  it('never gives more: a later end, a larger budget, another currency, or nothing at all (attack 17)', () => {
    const refused = (tightening: Tightening, code: string) =>
      given([m0, approved()])
        .when({ type: 'narrow', ...tightening, reason: '' })
        .refused(code);
    refused({ expiresAt: 1_000 }, 'out_of_bounds');
    refused({ expiresAt: 1_001 }, 'out_of_bounds');
    refused({ expiresAt: NaN }, 'malformed_request');
    refused({ expiresAt: 10 }, 'malformed_request');
    refused({ budgets: [{ kind: 'calls', limit: 9 }] }, 'out_of_bounds');
    refused({ budgets: [{ kind: 'calls', limit: NaN }] }, 'out_of_bounds');
    refused({ budgets: [eur(6_000)] }, 'out_of_bounds');
    refused({ budgets: [{ kind: 'money', limitMicros: 1, currency: 'USD' }] }, 'out_of_bounds');
    refused(
      {
        budgets: [
          { kind: 'calls', limit: 1 },
          { kind: 'calls', limit: 2 },
        ],
      },
      'malformed_request',
    );
    refused({}, 'malformed_request');
    refused({ budgets: [] }, 'malformed_request');
  });

  it('never widens, whatever is asked in whatever order', () => {
    const budget = fc.oneof(
      fc.record({ kind: fc.constant('calls' as const), limit: fc.nat(20) }),
      fc.record({ kind: fc.constant('tokens' as const), limit: fc.nat(20) }),
      fc.record({ kind: fc.constant('wall' as const), limitMs: fc.nat(20) }),
      fc.nat(9_000).map(eur),
    );
    const asked = fc.record(
      { expiresAt: fc.integer({ min: 0, max: 1_200 }), budgets: fc.array(budget, { maxLength: 3 }) },
      { requiredKeys: [] },
    );
    const limit = (one: Budget): number =>
      one.kind === 'wall' ? one.limitMs : one.kind === 'money' ? one.limitMicros : one.limit;
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 6 }), (all) => {
        let record = recordOf([m0, approved()]);
        for (const tightening of all) {
          const decided = decide({ type: 'narrow', ...tightening, reason: '' }, record, {
            by: person,
            now: 10,
            textDigest: '',
            readings: () => undefined,
          });
          if (!decided.ok) continue;
          const after = decided.events.reduce<MandateRecord>(evolve, record);
          expect(after.mandate.expiresAt).toBeLessThanOrEqual(record.mandate.expiresAt);
          for (const before of record.mandate.budgets) {
            const now = after.mandate.budgets.find(({ kind }) => kind === before.kind);
            expect(now && limit(now)).toBeLessThanOrEqual(limit(before));
          }
          // What was approved, and shown, stays what it was.
          expect(shown(after)).toEqual(shown(record));
          expect(after.mandate.epoch).toBeGreaterThan(record.mandate.epoch);
          record = after;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is what every child is judged by at once, and what an extension starts from', async () => {
    await using kit = await testControl();
    const root = await kit.approved({ budgets: [{ kind: 'calls', limit: 5 }] });
    const child = await kit.child(root);
    const stop = (tightening: Tightening) =>
      kit.control.stop(root, { type: 'narrow', ...tightening, reason: '' }, { by: person });
    await kit.begun(child, 'one');
    got(await stop({ budgets: [{ kind: 'calls', limit: 2 }] }));
    await kit.begun(child, 'two');
    const third = await kit.control.begin(kit.push(child), 5_000, { by: await kit.actorOf(child), key: 'three' });
    expect(codeOf(third)).toBe('budget_spent');
    const end = kit.clock.now + hour / 2;
    got(await stop({ expiresAt: end }));
    const { verdict } = got(await kit.control.check(kit.push(child), person));
    expect(verdict.validUntil).toBeLessThanOrEqual(end);
    const more = {
      expiresAt: undefined,
      authority: undefined,
      budgets: [{ kind: 'calls', limit: 1 }],
      reason: '',
    } as const;
    const successor = got(await kit.control.extend(root, more, { by: person })).mandate;
    expect(successor).toMatchObject({ expiresAt: end, budgets: [{ kind: 'calls', limit: 1 }] });
    kit.clock.now = end;
    await kit.control.tick();
    expect(kit.control.answering(root)?.mandate.state.name).toBe('expired');
    await kit.restart();
    expect(kit.control.answering(root)?.mandate.state.name).toBe('expired');
  });

  it('a credential that was given for as long as the mandate lasts goes on with what extends a shortened one', async () => {
    await using kit = await testControl();
    const root = await kit.approved();
    const by = await kit.actorOf(root);
    got(
      await kit.control.stop(root, { type: 'narrow', expiresAt: kit.clock.now + hour / 2, reason: '' }, { by: person }),
    );
    const later = { expiresAt: kit.clock.now + 3 * hour, authority: undefined, budgets: undefined, reason: '' };
    got(await kit.control.extend(root, later, { by: person }));
    kit.clock.now += 2 * hour;
    expect(got(await kit.control.check(kit.push(root), by)).verdict.decision).toBe('permit');
  });
});
