/** A mandate that only watches, at control: what is recorded of it, what it never permits, and what its approver reads. */

import { describe, expect, it } from 'vitest';
import { terms } from '../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';
import { shown } from './shown.ts';

const elsewhere = { resource: 'git://p/refs/heads/docs' };
const watching = { watch: true, delegation: { maxDepth: 0, maxChildren: 0, actors: 'any' } } as const;

describe('a mandate that only watches', () => {
  it('records what it would have refused, as nobody’s refusal, and counts it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved(watching);
    const by = await kit.actorOf(m0);
    const first = got(await kit.control.check(kit.push(m0, elsewhere), by));
    expect(first.verdict).toMatchObject({ decision: 'would_refuse', reason: { code: 'out_of_authority' } });
    expect(got(await kit.control.check(kit.push(m0, elsewhere), by)).evaluationId).toBe(first.evaluationId);
    const types = await kit.types();
    expect(types.filter((type) => type === 'verdict.watched')).toHaveLength(1);
    expect(types).not.toContain('verdict.refused');
  });

  it('permits nothing: no operation begins by it, and that is a refusal on record', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved(watching);
    const by = await kit.actorOf(m0);
    expect(codeOf(await kit.control.begin(kit.push(m0, elsewhere), 30_000, { by, key: 'k', body: 'k' }))).toBe(
      'out_of_authority',
    );
    const types = await kit.types();
    expect(types).toContain('verdict.refused');
    expect(types).not.toContain('operation.begun');
  });

  it('ends as any other', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved(watching);
    const by = await kit.actorOf(m0);
    got(await kit.control.stop(m0, { type: 'revoke', reason: 'enough' }, { by: person }));
    expect(got(await kit.control.check(kit.push(m0, elsewhere), by)).verdict.decision).toBe('refuse');
  });

  it('can hand nothing on, and says to its approver that it only watches', async () => {
    await using kit = await testControl();
    const expiresAt = kit.clock.now + 3_600_000;
    const handing = { maxDepth: 1, maxChildren: 1, actors: 'any' } as const;
    const refused = await kit.control.propose(terms({ ...watching, expiresAt, delegation: handing }), { by: person });
    expect(codeOf(refused)).toBe('malformed_request');
    const proposed = got(await kit.control.propose(terms({ ...watching, expiresAt }), { by: person }));
    expect(shown(proposed).text).toContain('it only watches');
  });

  it('is what `writ suggest` learns from', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved(watching);
    const by = await kit.actorOf(m0);
    for (let times = 0; times < 3; times += 1) got(await kit.control.check(kit.push(m0, elsewhere), by));
    const found = got(await kit.control.suggestions({ mandate: m0 }, person));
    expect(found.suggestions).toMatchObject([{ entry: { resource: elsewhere.resource, actions: ['git.push'] } }]);
  });
});
