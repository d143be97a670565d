import { describe, expect, test } from 'vitest';
import { classTableVersion, uncontained } from '../action/class-table.ts';
import { edits, hour, mandate, pushes, states, t0 } from '../test-support/mandates.ts';
import { evaluatorVersion } from '../verdict/evaluate.ts';
import { lowestFloor, raised, whyNotAccepted } from './accept.ts';
import type { ArtifactAge } from './answer.ts';
import { answerFrom, countsCalls } from './answer.ts';
import type { Artifact } from './artifact.ts';

const artifact = (more: Partial<Artifact> = {}): Artifact => ({
  audience: 'point',
  nonce: 'n1',
  answersFor: 'm0.1',
  actor: 'agent',
  actorKey: null,
  chain: [mandate('m0', { version: 3, epoch: 2 }), mandate('m0.1')],
  readings: [],
  spend: [],
  slice: null,
  policy: { version: 'p1', refusedToAgents: {}, classes: {} },
  versions: { evaluator: evaluatorVersion, classes: classTableVersion },
  issuedAt: t0,
  expiresAt: t0 + hour,
  maxAgeMs: { non_consequential: 5_000, consequential_read: 5_000, workspace_write: 2_000 },
  position: 10,
  ...more,
});

describe('an artifact that is relied on', () => {
  const awaited = { audience: 'point', nonce: 'n1', mandate: 'm0.1', floor: lowestFloor };
  const root = mandate('m0');
  const leaf = mandate('m0.1');

  test.each<[string | null, Partial<Artifact>]>([
    [null, {}],
    [null, { chain: [mandate('m0', { actor: 'ada' }), mandate('m0.1', { actor: 'bob' }), mandate('m0.1.1')] }],
    ['other_audience', { audience: 'another' }],
    ['other_question', { nonce: 'n2' }],
    ['other_mandate', { answersFor: 'm0' }],
    ['other_rules', { versions: { evaluator: 'evaluator-0', classes: classTableVersion } }],
    ['other_rules', { versions: { evaluator: evaluatorVersion, classes: 'classes-0' } }],
    ['broken_chain', { chain: [] }],
    ['broken_chain', { actor: 'mallory' }],
    ['broken_chain', { chain: [leaf] }],
    ['broken_chain', { chain: [mandate('m0', { actor: 'mallory' })] }],
    ['broken_chain', { chain: [root, leaf, mandate('m0.1.1', { actor: 'mallory' })] }],
    ['broken_chain', { chain: [root, mandate('m0.1.1')] }],
    ['broken_chain', { chain: [leaf, root] }],
    ['not_active', { chain: [root, mandate('m0.1', { state: states[2] })] }],
    ['not_active', { chain: [mandate('m0', { state: states[3] }), leaf] }],
  ])('%s: %j', (why, more) => {
    expect(whyNotAccepted(artifact(more), awaited)).toBe(why);
  });

  test('names the rules it was made by', () => {
    expect(evaluatorVersion).toMatch(/^evaluator-\d+$/);
  });

  test('is no older than what was seen: neither its position nor any version or epoch goes back', () => {
    const floor = raised(artifact());
    expect(floor.position).toBe(10);
    const why = (more: Partial<Artifact>) => whyNotAccepted(artifact(more), { ...awaited, floor });
    const above = (more: object) => ({ chain: [mandate('m0', { version: 3, epoch: 2, ...more }), leaf] });
    expect(why({})).toBeNull();
    expect(why({ position: 11, ...above({ version: 4, epoch: 3 }) })).toBeNull();
    expect(why({ position: 9 })).toBe('older');
    expect(why({ position: Number.NaN })).toBe('older');
    expect(why({ position: 11, ...above({ version: 2 }) })).toBe('older');
    expect(why({ position: 11, ...above({ epoch: 1 }) })).toBe('older');
    // Of a mandate nobody has heard of, nothing is known to go back to.
    const known = new Map([['another', { version: 9, epoch: 9 }]]);
    expect(whyNotAccepted(artifact(), { ...awaited, floor: { position: 0, mandates: known } })).toBeNull();
  });
});

describe('an answer from an artifact', () => {
  const write = { action: 'file.write', resource: 'workspace://p/a', parameters: {} };
  const read = { ...write, action: 'file.read' };
  const note = { ...write, action: 'task.note' };
  const fresh: ArtifactAge = { atMostMs: 10, atLeastMs: 5, isStale: false };
  const notes = {
    resource: 'workspace://p/',
    resourceMatch: 'prefix',
    actions: ['task.note'],
    constraints: {},
  } as const;
  const said = (of: Partial<Artifact>, age: Partial<ArtifactAge> = {}, request = write, drawn = 0) => {
    const answer = answerFrom(artifact(of), { request, containment: uncontained }, { ...fresh, ...age }, drawn);
    return answer.kind === 'yes'
      ? `yes as ${answer.verdict.actionClass}`
      : `${answer.kind}, ${answer.why}: ${answer.actionClass}`;
  };

  test('is a yes of the class the table gives, while it is young enough', () => {
    expect(said({})).toBe('yes as workspace_write');
    expect(said({}, { atMostMs: 1_999 })).toBe('yes as workspace_write');
    expect(said({}, { atMostMs: 2_000 })).toBe('ask, age: workspace_write');
    expect(said({}, { atMostMs: Number.NaN })).toBe('ask, age: workspace_write');
    expect(said({}, { atMostMs: 4_999 }, read)).toBe('yes as consequential_read');
    expect(said({}, { atMostMs: 5_000 }, read)).toBe('ask, age: consequential_read');
  });

  test('is never one of a class that needs control’s word now, or that the artifact does not name', () => {
    const push = { action: 'git.push', resource: 'git://p/refs/heads/writ/x', parameters: {} };
    expect(said({ maxAgeMs: { consequential_write: 5_000 } }, {}, push)).toBe('ask, class: consequential_write');
    expect(said({ maxAgeMs: {} })).toBe('ask, age: workspace_write');
    // An artifact cannot loosen what the table says.
    expect(said({ maxAgeMs: { workspace_write: 60_000 } }, { atMostMs: 5_000 })).toBe('ask, age: workspace_write');
    expect(said({ maxAgeMs: { workspace_write: 60_000 } }, { atMostMs: 4_999 })).toBe('yes as workspace_write');
  });

  test('is no older than each mandate of the chain lets it be, whatever its class allows', () => {
    const bounded = (freshnessMs: number) => ({
      chain: [mandate('m0', { freshnessMs }), mandate('m0.1', { freshnessMs: 60_000 })],
      maxAgeMs: { workspace_write: 5_000, consequential_read: 5_000 },
    });
    expect(said(bounded(1_000), { atMostMs: 999 })).toBe('yes as workspace_write');
    expect(said(bounded(1_000), { atMostMs: 1_000 })).toBe('ask, age: workspace_write');
    expect(said(bounded(0), { atMostMs: 0 })).toBe('ask, age: workspace_write');
    // It tightens, and never loosens.
    expect(said(bounded(60_000), { atMostMs: 5_000 })).toBe('ask, age: workspace_write');
    // So does an entry, for what it permits and nothing else, also beside a wider one.
    const entries = [...edits, { ...edits[0]!, actions: ['file.write'], constraints: { freshnessMs: 300 } }];
    const byEntry = { ...bounded(60_000), chain: [mandate('m0', { authority: entries })] };
    expect(said(byEntry, { atMostMs: 299 })).toBe('yes as workspace_write');
    expect(said(byEntry, { atMostMs: 300 })).toBe('ask, age: workspace_write');
    expect(said(byEntry, { atMostMs: 300 }, read)).toBe('yes as consequential_read');
    // What a class lets go on for ever is bounded as well.
    const note = { action: 'task.note', resource: 'workspace://p/x', parameters: {} };
    const notes = edits.map((entry) => ({ ...entry, actions: ['task.note'] }));
    const noted = (freshnessMs?: number) =>
      said(
        { chain: [mandate('m0', { authority: notes, ...(freshnessMs !== undefined && { freshnessMs }) })] },
        { atMostMs: 9_000 },
        note,
      );
    expect([noted(), noted(9_001), noted(9_000)]).toEqual([
      'yes as non_consequential',
      'yes as non_consequential',
      'ask, age: non_consequential',
    ]);
  });

  test('ends with the artifact, and rests on nothing stale but for what needs no fresh word', () => {
    expect(said({ expiresAt: t0 + 11 })).toBe('yes as workspace_write');
    expect(said({ expiresAt: t0 + 10 })).toBe('ask, age: workspace_write');
    expect(said({}, { isStale: true })).toBe('ask, age: workspace_write');
    const chain = [mandate('m0', { authority: [notes] }), mandate('m0.1', { authority: [notes] })];
    expect(said({ chain }, { isStale: true, atMostMs: 60_000, atLeastMs: 60_000 }, note)).toBe(
      'yes as non_consequential',
    );
    expect(said({ chain, expiresAt: t0 + 10 }, { isStale: true }, note)).toBe('ask, age: non_consequential');
  });

  test('is given under the last mandate of its chain, however long that is', () => {
    expect(said({ chain: [mandate('m0')] })).toBe('yes as workspace_write');
    expect(said({ chain: [mandate('m0'), mandate('m0.1'), mandate('m0.1.1')] })).toBe('yes as workspace_write');
    expect(said({ chain: [] })).toBe('ask, verdict: workspace_write');
  });

  test('is no yes where the evaluator gives none, at either end of what the time can be', () => {
    expect(said({ chain: [mandate('m0', { authority: pushes }), mandate('m0.1')] })).toBe(
      'ask, verdict: workspace_write',
    );
    const begins = (ms: number) => ({
      chain: [
        mandate('m0', {
          authority: edits.map((entry) => ({
            ...entry,
            constraints: { timeWindow: { notBefore: new Date(t0 + ms).toISOString() } },
          })),
        }),
        mandate('m0.1'),
      ],
    });
    expect(said(begins(5))).toBe('yes as workspace_write');
    expect(said(begins(6))).toBe('ask, verdict: workspace_write');
    expect(said(begins(11))).toBe('ask, verdict: workspace_write');
    // Whichever of the two ages is the larger one, the smaller is the earlier end.
    expect(said(begins(6), { atMostMs: 10, atLeastMs: 20 })).toBe('yes as workspace_write');
    expect(said(begins(6), { atMostMs: 6, atLeastMs: 6 })).toBe('yes as workspace_write');
    const ends = [mandate('m0', { expiresAt: t0 + 10 }), mandate('m0.1')];
    expect(said({ chain: ends })).toBe('ask, verdict: workspace_write');
  });

  test('rests on the policy, the readings and the spending in the artifact, and on no approval or history', () => {
    expect(said({ policy: { version: 'p1', refusedToAgents: { 'file.write': 'no' }, classes: {} } })).toBe(
      'ask, verdict: workspace_write',
    );
    const depends = {
      id: 'c',
      subject: 'risk',
      test: 'less_than',
      value: 70,
      onFailure: 'suspend',
      returns: 'automatically',
      holdMs: 0,
      maxAgeMs: null,
      whenUnreported: 'unknown',
    } as const;
    const chain = [mandate('m0', { conditions: [depends] }), mandate('m0.1')];
    const reading = (subject: string, value: number) => ({ subject, value, at: t0, sequence: 1 });
    expect(said({ chain, readings: [reading('risk', 7)] })).toBe('yes as workspace_write');
    expect(said({ chain, readings: [reading('other', 7)] })).toBe('ask, verdict: workspace_write');
    expect(said({ chain, readings: [reading('risk', 70)] })).toBe('ask, verdict: workspace_write');
    const asks = edits.map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    expect(said({ chain: [mandate('m0', { authority: asks }), mandate('m0.1')] })).toBe(
      'ask, verdict: workspace_write',
    );
    const firstUse = [{ id: 'h', kind: 'first_use', actions: ['file.*'], target: 'site' }] as const;
    expect(said({ chain: [mandate('m0', { history: firstUse }), mandate('m0.1')] })).toBe(
      'ask, history: workspace_write',
    );
    // It makes something stale, and so has to be heard of.
    const tested = {
      id: 'h',
      kind: 'before',
      first: ['test.run'],
      then: ['git.push'],
      staleAfter: ['file.*'],
      sameTarget: false,
      sameParameter: null,
      maxAgeMs: null,
    } as const;
    expect(said({ chain: [mandate('m0', { history: [tested] }), mandate('m0.1')] })).toBe(
      'ask, history: workspace_write',
    );
    expect(said({ chain: [mandate('m0', { history: [{ ...tested, staleAfter: [] }] }), mandate('m0.1')] })).toBe(
      'yes as workspace_write',
    );
  });

  test('draws calls from its slice alone, and from nothing where it has none', () => {
    const chain = [mandate('m0', { budgets: [{ kind: 'calls', limit: 100 }] }), mandate('m0.1')];
    const spend = [{ mandate: 'm0', tokens: 0, moneyMicros: 0 }];
    const slice = { id: 's', calls: 2, replaces: null };
    expect(countsCalls(chain)).toBe(true);
    expect(countsCalls([mandate('m0', { budgets: [{ kind: 'tokens', limit: 1 }] })])).toBe(false);
    expect(said({ chain, spend, slice }, {}, write, 0)).toBe('yes as workspace_write');
    expect(said({ chain, spend, slice }, {}, write, 1)).toBe('yes as workspace_write');
    expect(said({ chain, spend, slice }, {}, write, 2)).toBe('ask, slice: workspace_write');
    expect(said({ chain, spend, slice: null })).toBe('ask, slice: workspace_write');
    expect(said({ chain, spend: [], slice })).toBe('yes as workspace_write');
  });

  test('counts tokens and money as control did, and what it did not count as spent', () => {
    const budgets = [{ kind: 'tokens', limit: 100 }] as const;
    const chain = [mandate('m0', { budgets }), mandate('m0.1')];
    const spent = (tokens: number) => [{ mandate: 'm0', tokens, moneyMicros: 0 }];
    expect(said({ chain, spend: spent(99) })).toBe('yes as workspace_write');
    expect(said({ chain, spend: spent(100) })).toBe('ask, verdict: workspace_write');
    expect(said({ chain, spend: [] })).toBe('ask, verdict: workspace_write');
    expect(said({ chain, spend: [{ mandate: 'm0.1', tokens: 0, moneyMicros: 0 }] })).toBe(
      'ask, verdict: workspace_write',
    );
  });
});
