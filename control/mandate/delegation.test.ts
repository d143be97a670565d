/** The bounds of handing on: depth, fan-out, who it may go to. Each at its edge, from the act itself, and when two reach for the last place. */

import type { AuthoritySet, EntryDelegation } from '@writ/authority';
import { effectiveState } from '@writ/authority';
import { describe, expect, it } from 'vitest';
import { pushTo } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

type Bounds = { readonly maxDepth: number; readonly maxChildren: number; readonly actors: readonly string[] | 'any' };

const handOn = async (
  kit: TestControl,
  parent: string,
  more: { actor?: string; delegation?: Bounds; authority?: AuthoritySet } = {},
) => {
  const child = {
    purpose: 'a part',
    actor: 'builder',
    authority: pushTo('writ'),
    expiresAt: undefined,
    delegation: undefined,
    ...more,
  };
  return kit.control.delegate(parent, child, { by: await kit.actorOf(parent) });
};
const idOf = async (made: ReturnType<typeof handOn>): Promise<string> => got(await made).mandate.id;

describe('handing on', () => {
  it('goes as deep as was approved and no deeper, however the bounds below are asked for', async () => {
    await using kit = await testControl();
    const bounds = (maxDepth: number): Bounds => ({ maxDepth, maxChildren: 2, actors: 'any' });
    const m0 = await kit.approved({ delegation: bounds(2) });
    expect(codeOf(await handOn(kit, m0, { delegation: bounds(2) }))).toBe('out_of_bounds');
    const m1 = await idOf(handOn(kit, m0, { delegation: bounds(1) }));
    expect(codeOf(await handOn(kit, m1, { delegation: bounds(1) }))).toBe('out_of_bounds');
    const m2 = await idOf(handOn(kit, m1, { delegation: bounds(0) }));
    expect(codeOf(await handOn(kit, m2))).toBe('out_of_bounds');
    const silent = await idOf(handOn(kit, m0));
    expect(codeOf(await handOn(kit, silent))).toBe('out_of_bounds');
  });

  it('has as many live children as was approved: one that ended makes room, one that waits does not', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ delegation: { maxDepth: 1, maxChildren: 2, actors: 'any' } });
    const [first, second] = [await idOf(handOn(kit, m0)), await idOf(handOn(kit, m0))];
    expect(codeOf(await handOn(kit, m0))).toBe('out_of_bounds');
    await kit.suspend(first);
    expect(codeOf(await handOn(kit, m0))).toBe('out_of_bounds');
    await kit.stop(second);
    expect(codeOf(await handOn(kit, m0))).toBe('not refused');
    expect(codeOf(await handOn(kit, m0))).toBe('out_of_bounds');
    const wide = { maxDepth: 1, maxChildren: 2, actors: 'any' } as const;
    const m1 = await kit.approved({ delegation: { maxDepth: 2, maxChildren: 1, actors: 'any' } });
    expect(codeOf(await handOn(kit, m1, { delegation: wide }))).toBe('out_of_bounds');
  });

  it('goes nowhere an entry says it does not: to that agent, to one more, or so far down', async () => {
    await using kit = await testControl();
    const authority = (delegation: EntryDelegation): AuthoritySet =>
      pushTo('writ').map((entry) => ({ ...entry, delegation }));
    const children = { maxChildren: 1, maxChildDepth: 2, allowedChildActors: [{ actor: 'builder' }] };
    const bounds = { maxDepth: 4, maxChildren: 8, actors: 'any' } as const;
    const below = (maxDepth: number) => ({ ...bounds, maxDepth });
    for (const closed of [
      { maxDepth: 3 },
      { maxDepth: 3, children: { childCreationPolicy: 'two-eyes' } },
      { maxDepth: 3, children: { allowedChildActors: [{ actorKind: 'ai_agent' }] } },
    ]) {
      const m0 = await kit.approved({ authority: authority(closed), delegation: bounds });
      expect(codeOf(await handOn(kit, m0))).toBe('out_of_bounds');
    }
    const m0 = await kit.approved({ authority: authority({ maxDepth: 3, children }), delegation: bounds });
    expect(codeOf(await handOn(kit, m0, { actor: 'tester' }))).toBe('out_of_bounds');
    const child = { authority: authority({ maxDepth: 3, children }), actor: 'builder' };
    const m1 = await idOf(handOn(kit, m0, { ...child, delegation: below(3) }));
    expect(codeOf(await handOn(kit, m0))).toBe('out_of_bounds');
    const m2 = await idOf(handOn(kit, m1, { ...child, delegation: below(2) }));
    // Its own entry would let it; that of the first of the line does not reach so far.
    expect(codeOf(await handOn(kit, m2, { ...child, delegation: below(1) }))).toBe('out_of_bounds');
    const silent = await kit.approved({ delegation: bounds });
    expect(codeOf(await handOn(kit, silent))).toBe('not refused');
  });

  it('goes to those who were named alone, and names no others further down', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ delegation: { maxDepth: 3, maxChildren: 4, actors: ['builder', 'tester'] } });
    expect(codeOf(await handOn(kit, m0, { actor: 'deployer' }))).toBe('out_of_bounds');
    const below = (actors: Bounds['actors']): Bounds => ({ maxDepth: 2, maxChildren: 4, actors });
    for (const actors of ['any', ['builder', 'deployer']] as const)
      expect(codeOf(await handOn(kit, m0, { delegation: below(actors) }))).toBe('out_of_bounds');
    const m1 = await idOf(handOn(kit, m0, { actor: 'tester', delegation: below(['builder']) }));
    expect(codeOf(await handOn(kit, m1, { actor: 'tester' }))).toBe('out_of_bounds');
    expect(codeOf(await handOn(kit, m1, { actor: 'builder' }))).toBe('not refused');
  });

  it('gives the last place once, however many reach for it at the same time', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ delegation: { maxDepth: 1, maxChildren: 3, actors: 'any' } });
    got(await handOn(kit, m0));
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => handOn(kit, m0)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(2);
    expect(new Set(outcomes.filter(({ ok }) => !ok).map(codeOf))).toEqual(new Set(['out_of_bounds']));
    expect(kit.control.state.children.get(m0)).toHaveLength(3);
  });

  it('an extension carries children over within the same bounds, and makes no room by it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ delegation: { maxDepth: 2, maxChildren: 2, actors: ['builder'] } });
    const below = { maxDepth: 1, maxChildren: 2, actors: ['builder'] } as const;
    const [first, second] = [await idOf(handOn(kit, m0, { delegation: below })), await idOf(handOn(kit, m0))];
    const grandchild = await idOf(handOn(kit, first));
    await kit.stop(second);
    const asked = { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' };
    const m1 = got(await kit.control.extend(m0, asked, { by: person })).mandate.id;
    const carried = kit.control.answering(first)!.mandate;
    expect([carried.parent, carried.delegation]).toEqual([m1, below]);
    expect(kit.control.answering(grandchild)!.mandate.parent).toBe(carried.id);
    expect(codeOf(await handOn(kit, m1, { actor: 'deployer' }))).toBe('out_of_bounds');
    // The credential from before is one for the successor.
    expect(codeOf(await handOn(kit, m1))).toBe('not refused');
    expect(codeOf(await handOn(kit, m1))).toBe('out_of_bounds');
    expect(codeOf(await handOn(kit, grandchild))).toBe('out_of_bounds');
  });

  it('an extension hands entries on anew: what they no longer go to stays behind, is said before, and ends', async () => {
    await using kit = await testControl();
    const entries = (children: NonNullable<EntryDelegation['children']>): AuthoritySet =>
      pushTo('writ').map((entry) => ({ ...entry, delegation: { maxDepth: 2, children } }));
    const delegation = { maxDepth: 2, maxChildren: 4, actors: 'any' } as const;
    const m0 = await kit.approved({ authority: entries({ maxChildren: 4, maxChildDepth: 2 }), delegation });
    const below = { maxDepth: 1, maxChildren: 2, actors: 'any' } as const;
    const children = {
      authority: entries({ maxChildren: 2, allowedChildActors: [{ actor: 'builder' }] }),
      delegation: below,
    };
    const first = await idOf(handOn(kit, m0, { ...children, actor: 'tester' }));
    const grandchild = await idOf(handOn(kit, first));
    const [second, third] = [await idOf(handOn(kit, m0)), await idOf(handOn(kit, m0))];
    const fourth = await idOf(handOn(kit, m0));
    const { operation } = await kit.begun(fourth);
    const extension = (allowed: NonNullable<EntryDelegation['children']>) => ({
      expiresAt: kit.clock.now + 2 * hour,
      authority: entries(allowed),
      budgets: undefined,
      reason: '',
    });
    const named = extension({ maxChildren: 2, maxChildDepth: 1, allowedChildActors: [{ actor: 'builder' }] });
    got(await kit.control.proposeExtension(m0, named, { by: person }));
    // Who may have it, how many, how far down: each of them is said before anybody says yes.
    const [asked] = kit.control.waiting(person);
    const said = asked?.kind === 'proposal' ? asked.changes.filter((line) => line.includes('does not come along')) : [];
    expect(said).toEqual([
      expect.stringMatching(`${first}.*is not handed on to .tester.`),
      expect.stringMatching(`${fourth}.*names other agents, fewer children or fewer generations`),
      expect.stringMatching(`${grandchild}.*its parent .${first}. is left behind`),
    ]);
    expect(kit.control.leftBehind(asked!.record)).toEqual(said);
    got(await kit.control.extend(m0, named, { by: person }));
    const states = [first, grandchild, second, third, fourth].map(
      (id) =>
        effectiveState(kit.control.mandateChain(kit.control.answering(id)?.mandate.id ?? id), kit.clock.now)?.name,
    );
    expect(states).toEqual(['cascaded', 'cascaded', 'active', 'active', 'cascaded']);
    const { state } = kit.control.state.operations.get(operation.begun.id)!;
    expect(state).toMatchObject({ name: 'open', interrupt: { how: 'interrupt' } });
    // No more of them than before, either.
    expect(codeOf(await handOn(kit, kit.control.answering(m0)!.mandate.id))).toBe('out_of_bounds');
  });
});
