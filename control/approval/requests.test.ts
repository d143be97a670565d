import { describe, expect, it } from 'vitest';
import type { Actor } from '../caller.ts';
import { shown } from '../mandate/shown.ts';
import { wordsOf } from '../refusal.ts';
import { pushTo } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';
import { mostInAnHour, mostRequests } from './requests.ts';

const elsewhere = 'git://p/refs/heads/release';

/** A mandate for pushes under `writ/`, its agent, and the shortest ways to ask for more and to answer. */
async function asking(more: Parameters<TestControl['approved']>[0] = {}) {
  const kit = await testControl();
  const m0 = await kit.approved(more);
  const by = await kit.actorOf(m0);
  let tries = 0;
  return {
    kit,
    m0,
    by,
    request: (resource = elsewhere, change: object = {}, as: Actor = by) =>
      kit.control.requestAuthority(kit.push(m0, { resource, ...change }), 'the fix belongs there', { by: as }),
    push: (resource = elsewhere) =>
      kit.control.begin(kit.push(m0, { resource }), 5_000, { by, key: `try-${String(tries++)}` }),
    approve: (id: string, as = person) => {
      const record = kit.control.state.mandates.get(id)!; // it was just proposed
      const command = { type: 'approve', revision: 1, textDigest: shown(record).digest, how: 'owner_token' } as const;
      return kit.control.govern(id, command, { by: as });
    },
    waiting: () => kit.control.waiting(person).flatMap((one) => (one.kind === 'proposal' ? [one] : [])),
  };
}

/** The proposal a request became. */
const idOf = (requested: Awaited<ReturnType<TestControl['control']['requestAuthority']>>): string => {
  const one = got(requested);
  return one.kind === 'proposal' ? one.proposal.mandate.id : one.approval.id;
};

describe('a request for more authority', () => {
  it('is a proposal with exactly one entry more, in words; approved, exactly that is permitted', async () => {
    const { kit, m0, by, request, push, approve, waiting } = await asking();
    await using _ = kit;
    expect(codeOf(await push())).toBe('out_of_authority');
    const id = idOf(await request());
    // Asking allows nothing.
    expect(codeOf(await push())).toBe('out_of_authority');
    const [asked] = waiting();
    expect(asked).toMatchObject({ record: { proposedBy: 'agent:builder', predecessor: m0 } });
    expect(asked?.changes).toEqual([expect.stringMatching(/^new: .*release/)]);
    expect(codeOf(await approve(id, by as never))).toBe('not_an_approver'); // an agent is no person
    got(await approve(id));
    expect(kit.control.answering(m0)?.mandate).toMatchObject({
      id,
      authority: [...pushTo('writ'), { resource: elsewhere, resourceMatch: 'exact', actions: ['git.push'] }],
    });
    got(await push());
    expect(codeOf(await push('git://p/refs/heads/other'))).toBe('out_of_authority');
    const { consent } = got(await kit.control.evidence(id, person));
    expect(consent.requested_by).toEqual(['agent:builder', 'owner']);
  });

  it('for one site of the public network says what could be remembered of it, and for anything else nothing', async () => {
    const { kit, m0, request, waiting } = await asking();
    await using _ = kit;
    const connect = { action: 'network.connect' };
    await request('https://docs.example.com/', connect);
    await request('https://10.1.2.3/', connect);
    await request();
    expect(waiting().map(({ remembers }) => remembers)).toEqual([
      { resource: 'https://docs.example.com/', resourceMatch: 'prefix', actions: ['http.get', 'network.connect'] },
      null,
      null,
    ]);
    expect(kit.control.answering(m0)?.mandate.authority).toEqual(pushTo('writ'));
  });

  it('that waits is the same one, by many at once and after a restart; what was refused stays refused', async () => {
    const { kit, m0, request, approve } = await asking();
    await using _ = kit;
    const ids = (await Promise.all(Array.from({ length: 8 }, () => request()))).map(idOf);
    expect(new Set(ids).size).toBe(1);
    await kit.restart();
    expect(idOf(await request())).toBe(ids[0]);
    got(await kit.control.govern(ids[0] ?? '', { type: 'refuse', reason: 'never there' }, { by: person }));
    const refused = await request();
    expect(!refused.ok && wordsOf(refused.refusal)).toMatchObject({
      code: 'request_refused',
      sentence: 'owner refused it: never there',
    });
    // Also once the mandate is another, by another yes.
    got(await approve(idOf(await request('git://p/refs/heads/next'))));
    expect(kit.control.answering(m0)?.mandate.id).not.toBe(m0);
    expect(codeOf(await request())).toBe('request_refused');
  });

  it('dies with what it was asked of: changed, extended or ended, it is approved no more', async () => {
    const { kit, m0, request, approve, waiting } = await asking();
    await using _ = kit;
    const [one, other] = [idOf(await request()), idOf(await request('git://p/refs/heads/next'))];
    expect(waiting()).toHaveLength(2);
    // What was used since changes nothing.
    await kit.begun(m0);
    got(await approve(one));
    expect(waiting()).toEqual([]);
    expect(codeOf(await approve(other))).toBe('out_of_bounds');
    const again = idOf(await request('git://p/refs/heads/next'));
    const now = kit.control.answering(m0)!.mandate.id;
    got(await kit.control.stop(now, { type: 'narrow', expiresAt: kit.clock.now + 60_000, reason: '' }, { by: person }));
    expect(waiting()).toEqual([]);
    expect(codeOf(await approve(again))).toBe('out_of_bounds');
    await kit.stop(now);
    expect(codeOf(await request('git://p/refs/heads/third'))).not.toBe('not refused');
  });

  it('keeps a narrowing narrow, and gives of a budget only what is left', async () => {
    const { kit, m0, request, approve } = await asking({ budgets: [{ kind: 'calls', limit: 10 }] });
    await using _ = kit;
    await kit.begun(m0, 'a');
    const only = pushTo('writ/only');
    got(await kit.control.stop(m0, { type: 'narrow', authority: only, reason: '' }, { by: person }));
    const id = idOf(await request());
    expect(kit.control.waiting(person)[0]).toMatchObject({
      changes: expect.arrayContaining(['what is left of 10 operations, as before']) as string[],
    });
    await kit.begun(m0, 'b', { resource: 'git://p/refs/heads/writ/only/x' });
    got(await approve(id));
    const { mandate } = kit.control.answering(m0)!;
    expect(mandate.authority.map(({ resource }) => resource)).toEqual(['git://p/refs/heads/writ/only', elsewhere]);
    expect(mandate.budgets).toEqual([{ kind: 'calls', limit: 8 }]);
    const by = await kit.actorOf(mandate.id);
    const outside = await kit.control.begin(kit.push(mandate.id), 5_000, { by, key: 'c' });
    expect(codeOf(outside)).toBe('out_of_authority');
  });

  it('for a high class asks each time, and an action that only needs a yes is put before people as it is', async () => {
    const { kit, m0, request, approve } = await asking();
    await using _ = kit;
    const push = { action: 'git.force_push' };
    got(await approve(idOf(await request(elsewhere, push))));
    expect(kit.control.answering(m0)?.mandate.authority.at(-1)?.constraints).toEqual({ requiresActionApproval: true });
    const held = got(await request(elsewhere, push));
    expect(held).toMatchObject({ kind: 'action', approval: { state: { name: 'asked' } } });
    expect(got(await request(elsewhere, push))).toEqual(held);
  });

  it('is refused, with the reason, where more authority would not help or is not the agent’s to ask for', async () => {
    const { kit, m0, by, request } = await asking({ delegation: { maxDepth: 1, maxChildren: 2, actors: 'any' } });
    await using _ = kit;
    const words = (outcome: Awaited<ReturnType<typeof request>>) =>
      outcome.ok ? 'not refused' : wordsOf(outcome.refusal).sentence;
    expect(words(await request('git://p/refs/heads/writ/x'))).toContain('permitted already');
    expect(words(await request(elsewhere, { action: 'hooks.write' }))).toContain('policy does not permit it');
    expect(codeOf(await kit.control.requestAuthority(kit.push(m0), '', { by: person }))).toBe('not_yours');
    const other = await kit.approved();
    expect(codeOf(await request(elsewhere, { mandate: other }))).toBe('not_found');
    const child = await kit.child(m0);
    expect(codeOf(await request(elsewhere, { mandate: child }))).toBe('not_yours');
    const helper = await kit.actorOf(child);
    expect(words(await request(elsewhere, { mandate: child }, helper))).toContain(`\`${m0}\`, above \`${child}\``);
    await kit.suspend(m0);
    expect(words(await request(elsewhere, {}, by))).toContain('more authority would not help');
  });

  it('is no flood: a few wait at once, and an hour takes so many', async () => {
    const { kit, m0, request } = await asking({ expiresAt: Date.UTC(2030, 0, 1) + 4 * hour });
    await using _ = kit;
    const at = (n: number) => `git://p/refs/heads/release-${String(n)}`;
    let asked = 0;
    while (asked < mostRequests) got(await request(at(asked++)));
    expect(codeOf(await request(at(asked)))).toBe('out_of_bounds');
    for (; asked < mostInAnHour; asked += 1) {
      const [first] = kit.control.waiting(person);
      got(await kit.control.govern(first?.record.mandate.id ?? '', { type: 'refuse', reason: '' }, { by: person }));
      got(await request(at(asked)));
    }
    for (const { record } of kit.control.waiting(person))
      got(await kit.control.govern(record.mandate.id, { type: 'refuse', reason: '' }, { by: person }));
    expect(codeOf(await request(at(asked)))).toBe('out_of_bounds');
    kit.clock.now += hour;
    const by = await kit.actorOf(m0);
    got(await request(at(asked), {}, by));
  });
});
