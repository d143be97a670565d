import { describe, expect, it } from 'vitest';
import { pushTo } from '../testing/scenario.ts';
import type { TestControl } from '../testing/test-control.ts';
import { everywhere, got, hour, person, testControl } from '../testing/test-control.ts';
import type { Which } from './plans.ts';

/** Something works under `mandate`: `program` says what, or nobody said. */
async function works(kit: TestControl, mandate: string, program?: { harness: string | null; model: string | null }) {
  const run = { id: `run-${mandate}-${program?.model ?? ''}`, expiresAt: undefined, program };
  got(await kit.control.issue(mandate, run, { by: person }));
}

const hits = async (kit: TestControl, filter: Partial<Which>) => {
  const { hits: found, unknown } = got(await kit.control.stopAll({ ...everywhere, ...filter }, { by: person }));
  return { hits: found.map(({ mandate }) => mandate), unknown };
};
const stateOf = (kit: TestControl, id: string) => kit.control.answering(id)?.mandate.state.name;
const delegating = { delegation: { maxDepth: 2, maxChildren: 4, actors: 'any' } } as const;

describe('one stop of many', () => {
  it('is by project, by agent, by program and by model, and every filter has to fit', async () => {
    await using kit = await testControl();
    const [a, b, c] = [
      await kit.approved(),
      await kit.approved({ actor: 'scout' }),
      await kit.approved({ project: 'q' }),
    ];
    await works(kit, a, { harness: 'claude', model: 'm-large' });
    await works(kit, b, { harness: 'codex', model: 'm-large' });
    await works(kit, c, { harness: 'claude', model: 'm-small' });
    expect(await hits(kit, {})).toEqual({ hits: [a, b, c], unknown: [] });
    expect(await hits(kit, { project: 'p' })).toEqual({ hits: [a, b], unknown: [] });
    expect(await hits(kit, { agent: 'scout' })).toEqual({ hits: [b], unknown: [] });
    expect(await hits(kit, { harness: 'claude' })).toEqual({ hits: [a, c], unknown: [] });
    expect(await hits(kit, { model: 'm-large' })).toEqual({ hits: [a, b], unknown: [] });
    expect(await hits(kit, { harness: 'claude', model: 'm-large' })).toEqual({ hits: [a], unknown: [] });
    expect(await hits(kit, { harness: 'claude', project: 'p', agent: 'scout' })).toEqual({ hits: [], unknown: [] });
    const stopped = got(await kit.control.stopAll({ ...everywhere, dryRun: false, harness: 'claude' }, { by: person }));
    expect(stopped.receipts).toHaveLength(2);
    expect([a, b, c].map((id) => stateOf(kit, id))).toEqual(['revoked', 'active', 'revoked']);
  });

  it('hits a child alone where only the child fits, and leaves the parent and its siblings', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved(delegating);
    const by = await kit.actorOf(m0);
    const child = (actor: string) => ({
      purpose: 'part',
      actor,
      authority: pushTo(`writ/${actor}`),
      expiresAt: kit.clock.now + hour / 2,
      delegation: undefined,
    });
    const [scout, tester] = [
      got(await kit.control.delegate(m0, child('scout'), { by })).mandate.id,
      got(await kit.control.delegate(m0, child('tester'), { by })).mandate.id,
    ];
    got(await kit.control.stopAll({ ...everywhere, dryRun: false, agent: 'scout' }, { by: person }));
    expect([m0, scout, tester].map((id) => stateOf(kit, id))).toEqual(['active', 'revoked', 'active']);
    // Where the parent fits too, one stop of it is enough, and it says what ends with it.
    const shown = got(await kit.control.stopAll(everywhere, { by: person })).hits;
    expect(shown).toMatchObject([{ mandate: m0, descendants: 1, openOperations: 0, agent: 'builder' }]);
  });

  it('names what it cannot tell instead of leaving it out in silence', async () => {
    await using kit = await testControl();
    const [unnamed, modelless, idle] = [await kit.approved(), await kit.approved(), await kit.approved()];
    await works(kit, unnamed);
    await works(kit, modelless, { harness: 'claude', model: null });
    expect(await hits(kit, { harness: 'claude' })).toEqual({ hits: [modelless], unknown: [unnamed] });
    expect(await hits(kit, { model: 'm-large' })).toEqual({ hits: [], unknown: [unnamed, modelless] });
    expect(await hits(kit, { harness: 'codex', model: 'm-large' })).toEqual({ hits: [], unknown: [unnamed] });
    expect(await hits(kit, {})).toEqual({ hits: [unnamed, modelless, idle], unknown: [] });
  });

  it('finds what works under a successor, after a restart too, and suspends as well as it revokes', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    await works(kit, m0, { harness: 'claude', model: 'm-large' });
    const longer = {
      authority: undefined,
      budgets: undefined,
      expiresAt: kit.clock.now + 2 * hour,
      reason: 'more time',
    };
    const m1 = got(await kit.control.extend(m0, longer, { by: person })).mandate.id;
    expect(await hits(kit, { model: 'm-large' })).toEqual({ hits: [m1], unknown: [] });
    await kit.restart();
    const held = { ...everywhere, act: 'suspend', dryRun: false, model: 'm-large', reason: 'model withdrawn' } as const;
    got(await kit.control.stopAll(held, { by: person }));
    expect(stateOf(kit, m1)).toBe('suspended');
    expect(got(await kit.control.stopAll(held, { by: person })).receipts).toHaveLength(1);
  });
});
