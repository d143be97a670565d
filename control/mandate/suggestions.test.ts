import { describe, expect, it } from 'vitest';
import { pushTo } from '../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';

const branch = (name: string) => `git://p/refs/heads/${name}`;

describe('suggestions', () => {
  it('come from what was refused under the mandate and its children, and an extension by them permits it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ delegation: { maxDepth: 1, maxChildren: 2, actors: 'any' } });
    const by = await kit.actorOf(m0);
    const child = {
      purpose: 'part',
      actor: 'builder',
      authority: pushTo('writ/a'),
      expiresAt: undefined,
      delegation: undefined,
    };
    const m0_1 = got(await kit.control.delegate(m0, child, { by })).mandate.id;
    const other = await kit.approved({ project: 'p' });
    for (const mandate of [m0, m0, m0_1])
      got(await kit.control.check(kit.push(mandate, { resource: branch('docs') }), person));
    got(await kit.control.check(kit.push(m0, { resource: branch('main') }), person));
    got(await kit.control.check(kit.push(other, { resource: branch('elsewhere') }), person));

    const found = got(await kit.control.suggestions({ mandate: m0 }, person));
    expect(found).toMatchObject({
      mandate: m0,
      suggestions: [{ entry: { resource: branch('docs'), actions: ['git.push'] }, times: 3 }],
      leftAlone: [{ resource: branch('main'), why: 'the branch is protected' }],
    });
    const authority = [...found.authority, ...found.suggestions.map(({ entry }) => entry)];
    const wider = { authority, budgets: undefined, expiresAt: undefined, reason: 'as suggested' };
    const m1 = got(await kit.control.extend(m0, wider, { by: person })).mandate.id;
    expect(got(await kit.control.check(kit.push(m1, { resource: branch('docs') }), person)).verdict.decision).toBe(
      'permit',
    );
    // What the predecessor was refused still counts, and is mended by now.
    const after = got(await kit.control.suggestions({ mandate: m0 }, person));
    expect(after).toMatchObject({ mandate: m1, suggestions: [] });
    expect(after.leftAlone.map(({ why }) => why)).toContain('it is permitted by now');
  });

  it('of a project are for its newest root mandate, and only for who sees it', async () => {
    await using kit = await testControl();
    const [m0, m1] = [await kit.approved(), await kit.approved()];
    for (const mandate of [m0, m1])
      got(await kit.control.check(kit.push(mandate, { resource: branch('docs') }), person));
    expect(got(await kit.control.suggestions({ project: 'p' }, person))).toMatchObject({
      mandate: m1,
      suggestions: [{ times: 2 }],
    });
    expect(codeOf(await kit.control.suggestions({ project: 'none' }, person))).toBe('not_found');
    const stranger = await kit.person('ann', { q: 'admin' });
    expect(codeOf(await kit.control.suggestions({ project: 'p' }, stranger))).toBe('not_found');
    expect(codeOf(await kit.control.suggestions({ mandate: m0 }, stranger))).toBe('not_found');
  });
});
