/** Refusals that are repeated are counted: a loop fills no journal, and the record says how often. */

import { describe, expect, it } from 'vitest';
import type { Envelope } from '@writ/journal';
import { pushTo } from './testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from './testing/test-control.ts';
import type { TestControl } from './testing/test-control.ts';

const main = { resource: 'git://p/refs/heads/main' };
const refused = async (kit: TestControl): Promise<readonly Envelope[]> =>
  (await kit.journal.readAll()).filter(({ type }) => type.includes('refused'));
/** How often each was answered, by what the record says. */
const timesIn = (events: readonly Envelope[]): number =>
  events.reduce((sum, { data }) => sum + ((data as { readonly times?: number }).times ?? 1), 0); // as control writes it

describe('a refusal that is repeated', () => {
  it('is written once, then counted at growing intervals, and all of it is in the record', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const ask = () => kit.control.check(kit.push(m0, main), by);
    const first = got(await ask());
    expect(await refused(kit)).toMatchObject([{ type: 'verdict.refused', data: { evaluationId: first.evaluationId } }]);
    // Ten minutes of four a second.
    for (let n = 0; n < 2_400; n += 1) {
      kit.clock.now += 250;
      const { verdict, evaluationId } = got(await ask());
      expect([verdict.decision, evaluationId]).toEqual(['refuse', first.evaluationId]);
    }
    expect((await refused(kit)).length).toBeLessThan(12);
    kit.clock.now += hour;
    await kit.control.tick();
    const events = await refused(kit);
    expect(timesIn(events)).toBe(2_401);
    expect(events.at(-1)).toMatchObject({
      type: 'verdict.refused_again',
      data: { evaluationId: first.evaluationId, action: 'git.push', reason: { code: 'out_of_authority' } },
    });
    // After a long silence it is news again.
    got(await ask());
    expect((await refused(kit)).at(-1)?.type).toBe('verdict.refused');
  });

  it('is written at once where the reason, the question or the asker is another', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const other = await kit.actorOf(m0, 'another-run');
    const ask = (more: object = main, asker = by) => kit.control.check(kit.push(m0, more), asker);
    for (let n = 0; n < 3; n += 1) got(await ask());
    got(await ask({ ...main, parameters: { oid: 'def' } }));
    got(await ask({ resource: 'git://p/refs/heads/other' }));
    got(await ask(main, other));
    expect(codeOf(await kit.control.begin(kit.push(m0, main), 5_000, { by, key: 'k' }))).toBe('out_of_authority');
    await kit.suspend(m0);
    got(await ask());
    got(await ask());
    expect((await refused(kit)).map(({ type }) => type)).toEqual([
      ...Array<string>(5).fill('verdict.refused'),
      // The two of before, then the new reason.
      'verdict.refused_again',
      'verdict.refused',
    ]);
    // What is counted is written when control closes.
    await kit.restart();
    expect(timesIn(await refused(kit))).toBe(9);
  });

  it('is counted for attempts at what is a person’s, and for renewals', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: pushTo('writ', ['file.write']) });
    const by = await kit.actorOf(m0);
    const attempt = { attempted: `approve \`${m0}\``, target: m0, code: 'not_an_approver' };
    for (let n = 0; n < 50; n += 1) await kit.control.recordAttempt(attempt, by);
    const { operation } = await kit.begun(m0, 'k', { action: 'file.write' });
    await kit.suspend(m0);
    for (let n = 0; n < 50; n += 1)
      expect(codeOf(await kit.control.renew(operation.begun.id, 5_000, by))).toBe('mandate_inactive');
    expect((await refused(kit)).map(({ type }) => type)).toEqual(['attempt.refused', 'verdict.refused']);
    await kit.restart();
    expect(timesIn(await refused(kit))).toBe(100);
    expect(codeOf(await kit.control.suggestions({ mandate: m0 }, person))).toBe('not refused');
  });
});
