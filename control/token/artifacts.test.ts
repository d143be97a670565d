/** What control vouches for, and the calls it sets aside with it. What points make of it is attacked in conformance/attacks. */
import type { Artifact } from '@writ/authority';
import {
  artifactFromWire,
  artifactType,
  artifactWire,
  maxArtifactLength,
  readDisclosure,
  verifyCompactJws,
} from '@writ/protocol';
import { keysFor } from '@writ/protocol';
import { describe, expect, it } from 'vitest';
import type { Point } from '../caller.ts';
import { leftFor } from '../budget/spend-facts.ts';
import { shown } from '../mandate/shown.ts';
import { notFrozen } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';
import type { ArtifactWanted } from './artifacts.ts';

const launcher: Point = { kind: 'point', name: 'launcher' };
const nonce = 'n'.repeat(16);

async function runOf(kit: TestControl, mandate: string, run = 'r1'): Promise<ArtifactWanted> {
  const { credential } = got(await kit.control.issue(mandate, { id: run, expiresAt: undefined }, { by: person }));
  return { mandate, credential, slice: null, answered: null };
}

/** The artifact, as a point reads it. */
async function vouched(kit: TestControl, wanted: ArtifactWanted, audience = 'launcher-s1'): Promise<Artifact> {
  const [statement = '', ...disclosures] = got(await kit.control.vouch(audience, nonce, wanted, launcher)).split('~');
  const keys = keysFor(kit.control.keySet(), 'artifact');
  const verified = verifyCompactJws(statement, {
    type: artifactType,
    maxLength: maxArtifactLength,
    keyOf: (kid) => keys.get(kid),
  });
  if (!verified.ok) throw new Error(verified.why);
  const chain = disclosures.slice(0, -1).flatMap((text) => readDisclosure(text) ?? []);
  return artifactFromWire(artifactWire.parse(verified.claims), chain);
}

const condition = notFrozen();

describe('an artifact', () => {
  it('says how old a yes may be, by the tightest of the class and every mandate above; the approver read it', async () => {
    await using kit = await testControl();
    const delegation = { maxDepth: 1, maxChildren: 2, actors: 'any' } as const;
    const ages = async (freshnessMs?: number) => {
      const m0 = await kit.approved({ delegation, ...(freshnessMs !== undefined && { freshnessMs }) });
      const { chain, maxAgeMs } = await vouched(kit, await runOf(kit, await kit.child(m0)));
      return [chain[0]?.freshnessMs, maxAgeMs];
    };
    const most = { consequential_read: 5_000, workspace_write: 5_000 };
    expect(await ages()).toEqual([undefined, most]);
    expect(await ages(700)).toEqual([700, { consequential_read: 700, workspace_write: 700 }]);
    expect(await ages(60_000)).toEqual([60_000, most]);
    const text = shown(kit.control.answering(await kit.proposed({ freshnessMs: 700 }))!).text;
    expect(text).toContain('a yes under it is used for at most: 700 ms');
    const m1 = await kit.approved({ freshnessMs: 700 });
    const longer = { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' };
    const { mandate } = got(await kit.control.extend(m1, longer, { by: person }));
    expect(mandate.freshnessMs).toBe(700);
  });

  it('is the whole chain as the evaluator sees it, at the position it is true for', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({
      conditions: [condition],
      delegation: { maxDepth: 1, maxChildren: 2, actors: 'any' },
    });
    const child = await kit.child(m0);
    got(
      await kit.control.report(
        { subject: condition.subject, value: 'open', source: 'person:t', sequence: 1 },
        { by: person },
      ),
    );
    const artifact = await vouched(kit, await runOf(kit, child));
    expect(artifact).toMatchObject({
      audience: 'launcher-s1',
      nonce,
      answersFor: child,
      actor: 'builder',
      issuedAt: kit.clock.now,
      position: kit.control.state.position,
      readings: [{ subject: condition.subject, value: 'open' }],
      slice: null,
    });
    const judged = kit.control.mandateChain(child);
    expect(artifact.chain.map(({ id }) => id)).toEqual([m0, child]);
    for (const [index, mandate] of artifact.chain.entries()) {
      const {
        id,
        parent,
        actor,
        authority,
        conditions,
        history,
        budgets,
        expiresAt,
        approvedAt,
        state,
        version,
        epoch,
      } = judged[index]!; // as many as above
      expect(mandate).toEqual({
        ...{ id, parent, actor, authority, conditions, history, budgets, expiresAt, approvedAt, state, version, epoch },
        overlays: [],
      });
    }
  });

  it('ends with the credential, the first expiry of the chain or after an hour', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ expiresAt: kit.clock.now + 10 * hour });
    const { credential } = got(
      await kit.control.issue(m0, { id: 'short', expiresAt: kit.clock.now + 5_000 }, { by: person }),
    );
    const short = { mandate: m0, credential, slice: null, answered: null };
    expect((await vouched(kit, short)).expiresAt).toBe(kit.clock.now + 5_000);
    expect((await vouched(kit, await runOf(kit, m0))).expiresAt).toBe(kit.clock.now + hour);
    kit.clock.now += 5_000;
    expect(codeOf(await kit.control.vouch('launcher-s1', nonce, short, launcher))).toBe('not_yours');
  });

  it('is of the successor once there is one, for who asked about the predecessor', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const run = await runOf(kit, m0);
    const successor = got(
      await kit.control.extend(
        m0,
        { expiresAt: kit.clock.now + 3 * hour, authority: undefined, budgets: undefined, reason: '' },
        { by: person },
      ),
    ).mandate.id;
    const artifact = await vouched(kit, run);
    expect([artifact.answersFor, artifact.chain.at(-1)?.id]).toEqual([m0, successor]);
  });

  it('is refused under what is not in force, for another’s credential, and to who speaks for another', async () => {
    await using kit = await testControl();
    const [m0, m1] = [await kit.approved(), await kit.approved()];
    const run = await runOf(kit, m0);
    const code = async (wanted: ArtifactWanted, audience = 'launcher-s1', by = launcher) =>
      codeOf(await kit.control.vouch(audience, nonce, wanted, by));
    expect(await code({ ...run, mandate: m1 })).toBe('not_yours');
    expect(await code({ ...run, mandate: 'm-nobody' })).toBe('not_found');
    expect(await code(run, 'enforcer')).toBe('not_yours');
    expect(await code(run, 'launcherx')).toBe('not_yours');
    expect(await code(run, 'launcher-s1', { kind: 'point', name: 'sink' })).toBe('not_yours');
    await kit.stop(m0);
    expect(await code(run)).toBe('out_of_bounds');
  });

  it('is one text for a mandate that did not change, and another once it did', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const run = await runOf(kit, m0);
    const disclosed = async () =>
      got(await kit.control.vouch('launcher-s1', nonce, run, launcher))
        .split('~')
        .slice(1);
    const before = await disclosed();
    expect(await disclosed()).toEqual(before);
    got(await kit.control.stop(m0, { type: 'narrow', authority: [], reason: '' }, { by: person }));
    expect(await disclosed()).not.toEqual(before);
  });
});

describe('a slice', () => {
  const budgeted = (kit: TestControl, limit: number) => kit.approved({ budgets: [{ kind: 'calls', limit }] });
  const left = (kit: TestControl, mandate: string) =>
    leftFor(kit.control.state, kit.control.mandateChain(mandate)).calls;

  it('is part of what is left, stays while it lasts, and gives back what was not used when another takes its place', async () => {
    await using kit = await testControl();
    const m0 = await budgeted(kit, 160);
    const run = await runOf(kit, m0);
    const { slice: first } = await vouched(kit, run);
    expect([first?.calls, first?.replaces, left(kit, m0)]).toEqual([20, null, 140]);
    const at = (drawn: number) => ({ ...run, slice: { id: first?.id ?? '', drawn } });
    expect((await vouched(kit, at(15))).slice).toEqual(first);
    const { slice: second } = await vouched(kit, at(16));
    expect(second).toMatchObject({ calls: 17, replaces: { id: first?.id, drawn: 16 } });
    expect(left(kit, m0)).toBe(160 - 16 - 17);
  });

  it('that did not reach the point is given again, and what was used meanwhile is counted on it', async () => {
    await using kit = await testControl();
    const m0 = await budgeted(kit, 16);
    const run = await runOf(kit, m0);
    const { slice: first } = await vouched(kit, run);
    const at = (drawn: number) => ({ ...run, slice: { id: first?.id ?? '', drawn } });
    expect(first?.calls).toBe(2);
    const { slice: second } = await vouched(kit, at(2));
    expect(second?.calls).toBe(1);
    // One more was given by the point while that was on its way: all of the second is used, and it is still the one to be told of.
    expect((await vouched(kit, at(3))).slice).toEqual(second);
    got(await kit.control.closeRun('launcher-s1', at(3), launcher));
    expect(left(kit, m0)).toBe(16 - 3);
  });

  it('of a point that forgot it counts as used up', async () => {
    await using kit = await testControl();
    const m0 = await budgeted(kit, 80);
    const run = await runOf(kit, m0);
    await vouched(kit, run);
    const { slice } = await vouched(kit, run);
    expect([slice?.calls, slice?.replaces, left(kit, m0)]).toEqual([8, null, 80 - 10 - 8]);
    await kit.restart();
    expect(left(kit, m0)).toBe(80 - 10 - 8);
  });

  it('leaves something for others as long as there is anything, and is none when there is nothing', async () => {
    await using kit = await testControl();
    const m0 = await budgeted(kit, 1);
    const [one, two] = [await runOf(kit, m0), await runOf(kit, m0, 'r2')];
    expect((await vouched(kit, one)).slice?.calls).toBe(1);
    expect((await vouched(kit, two, 'launcher-s2')).slice).toBeNull();
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by: await kit.actorOf(m0), key: 'k' }))).toBe(
      'budget_spent',
    );
  });

  it('is of the run it was opened for, and nobody else closes it', async () => {
    await using kit = await testControl();
    const m0 = await budgeted(kit, 80);
    const [one, two] = [await runOf(kit, m0), await runOf(kit, m0, 'r2')];
    const { slice } = await vouched(kit, one);
    const stolen = { ...two, slice: { id: slice?.id ?? '', drawn: 0 } };
    got(await kit.control.closeRun('launcher-s1', stolen, launcher));
    expect(left(kit, m0)).toBe(70);
    expect(codeOf(await kit.control.closeRun('enforcer', { ...one, slice: stolen.slice }, launcher))).toBe('not_yours');
    got(await kit.control.closeRun('launcher-s1', { ...one, slice: stolen.slice }, launcher));
    expect(left(kit, m0)).toBe(80);
  });
});
