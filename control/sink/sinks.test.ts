/** Where effects may go: who says so, what an operation is bound to, and what becomes of it when somebody says otherwise. */

import { describe, expect, it } from 'vitest';
import type { Ask } from '../operation/ask.ts';
import { codeOf, got, person, sink, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

const change = { ref: 'refs/heads/writ/x', old: '0'.repeat(40), new: 'a'.repeat(40) };
const toOrigin = (kit: TestControl, mandate: string, more: Partial<Ask> = {}): Ask =>
  kit.push(mandate, { sink: 'origin', parameters: change, ...more });
const origin = { project: 'p', name: 'origin', url: 'https://git.example/app.git', kind: 'observable' } as const;

async function house(): Promise<TestControl> {
  const kit = await testControl();
  got(await kit.control.createProject({ id: 'p', title: '' }, person));
  return kit;
}
const redeem = async (kit: TestControl, permit: string, name?: string) =>
  got(
    await kit.control.redeem(
      { permit, action: 'git.push', resource: 'git://p/refs/heads/writ/x', parameters: change, sink: name },
      sink,
    ),
  );

describe('naming', () => {
  it('is a person’s, and the last word counts', async () => {
    await using kit = await house();
    const m0 = await kit.approved();
    const agent = await kit.actorOf(m0);
    expect(codeOf(await kit.control.nameSink(origin, { by: agent }))).toBe('not_found');
    expect(codeOf(await kit.control.nameSink(origin, { by: { kind: 'point', name: 'runtime' } }))).toBe(
      'not_an_approver',
    );
    expect(codeOf(await kit.control.nameSink({ ...origin, project: 'q' }, { by: person }))).toBe('not_found');
    got(await kit.control.nameSink(origin, { by: person }));
    got(await kit.control.nameSink(origin, { by: person }));
    got(await kit.control.nameSink({ ...origin, kind: 'fenced' }, { by: person }));
    expect((await kit.types()).filter((type) => type === 'sink.named')).toHaveLength(2);
    await kit.restart();
    expect(kit.control.sinksOf('p', person)).toMatchObject([{ name: 'origin', kind: 'fenced', by: 'owner' }]);
    expect(kit.control.sinksOf('p', agent)).toEqual([]);
    got(await kit.control.forgetSink(origin, { by: person }));
    expect(kit.control.sinksOf('p', person)).toEqual([]);
  });

  it.each([
    'https://ada:secret@git.example/app.git',
    'https://secret@git.example/app.git',
    'git.example/app.git',
    'git@git.example:app.git',
    'https://git.example/a b',
    'https://git.example/\u202eapp',
    '/srv/app.git',
  ])('refuses %s, and never repeats it', async (url) => {
    await using kit = await house();
    const refused = await kit.control.nameSink({ ...origin, url }, { by: person });
    expect(codeOf(refused)).toBe('malformed_request');
    expect(JSON.stringify(refused)).not.toContain('secret');
    expect(JSON.stringify(await kit.journal.readAll())).not.toContain('secret');
  });

  it('of two projects and names never meets on one stream', async () => {
    await using kit = await house();
    got(await kit.control.createProject({ id: 'p-a', title: '' }, person));
    got(await kit.control.nameSink({ ...origin, project: 'p', name: 'a-b' }, { by: person }));
    got(await kit.control.nameSink({ ...origin, project: 'p-a', name: 'b', url: 'https://b.example' }, { by: person }));
    expect(kit.control.sinksOf('p', person).map(({ name }) => name)).toEqual(['a-b']);
    expect(kit.control.sinksOf('p-a', person).map(({ url }) => url)).toEqual(['https://b.example']);
  });
});

describe('an operation that names a sink', () => {
  it('is bound to its address, and is not begun where nobody gave one', async () => {
    await using kit = await house();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    expect(codeOf(await kit.control.begin(toOrigin(kit, m0), 5_000, { by, key: 'a' }))).toBe('out_of_bounds');
    expect(codeOf(await kit.control.check(toOrigin(kit, m0), by))).toBe('out_of_bounds');
    got(await kit.control.nameSink(origin, { by: person }));
    const begun = got(await kit.control.begin(toOrigin(kit, m0), 5_000, { by, key: 'b' }));
    expect(begun.operation.begun.destination).toEqual({
      project: 'p',
      sink: 'origin',
      url: origin.url,
      kind: 'observable',
      change,
    });
    // The mandate speaks first.
    const outside = toOrigin(kit, m0, { resource: 'git://p/refs/heads/main' });
    expect(codeOf(await kit.control.begin(outside, 5_000, { by, key: 'c' }))).toBe('out_of_authority');
  });

  it('is redeemed and goes on only while its name stands for the same address, and at that sink', async () => {
    await using kit = await house();
    got(await kit.control.nameSink(origin, { by: person }));
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const begin = async (key: string) => got(await kit.control.begin(toOrigin(kit, m0), 5_000, { by, key }));
    const first = await begin('a');
    expect((await redeem(kit, first.permit, 'backup')).reason).toContain('for the sink `origin`, not `backup`');
    expect((await redeem(kit, first.permit, 'origin')).current).toBe(true);
    const second = await begin('b');
    got(await kit.control.nameSink({ ...origin, url: 'https://evil.example/app.git' }, { by: person }));
    expect((await redeem(kit, second.permit)).reason).toContain('somewhere else');
    expect(codeOf(await kit.control.renew(second.operation.begun.id, 5_000, by))).toBe('operation_over');
    got(await kit.control.forgetSink(origin, { by: person }));
    expect((await redeem(kit, second.permit)).current).toBe(false);
  });

  it('and a change of the name at the same moment: the begin goes where it was, or where it is', async () => {
    for (const order of [0, 1]) {
      await using kit = await house();
      got(await kit.control.nameSink(origin, { by: person }));
      const m0 = await kit.approved();
      const by = await kit.actorOf(m0);
      const moved = { ...origin, url: 'https://other.example/app.git' };
      const name = () => kit.control.nameSink(moved, { by: person });
      const begin = () => kit.control.begin(toOrigin(kit, m0), 5_000, { by, key: 'k' });
      const [a, b] = order === 0 ? await Promise.all([name(), begin()]) : await Promise.all([begin(), name()]);
      expect([a.ok, b.ok]).toEqual([true, true]);
      const events = await kit.journal.readAll();
      const at = (type: string) => events.findLast((event) => event.type === type)!.position;
      const url = [...kit.control.state.operations.values()][0]?.begun.destination?.url;
      expect(url).toBe(at('sink.named') < at('operation.begun') ? moved.url : origin.url);
    }
  });
});
