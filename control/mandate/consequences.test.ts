/**
 * Every cell of the lifecycle table, walked on real control: each state, each action that is legal in it, and each consequence the table names
 * for it, seen in what control answers afterwards. (Design, "Lifecycle".) What the runtime and the
 * enforcer do with it is walked in apps/server/runtime/consequences.faults.test.ts; here it is that they are asked.
 */

import type { Consequence, MandateAction, MandateStateName } from '@writ/authority';
import { effectiveState, legalActions, lifecycle, transition } from '@writ/authority';
import { describe, expect, it } from 'vitest';
import type { Actor, Point } from '../caller.ts';
import type { Holding } from '../registry/registry.ts';
import { notFrozen, pushTo } from '../testing/scenario.ts';
import type { TestControl } from '../testing/test-control.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import { shown } from './shown.ts';

const inside = 'git://p/refs/heads/writ/x';
const outside = 'git://p/refs/heads/writ/y';
const runtime: Point = { kind: 'point', name: 'runtime' };
const authority = [
  ...pushTo('writ', ['git.push', 'git.fetch']),
  ...pushTo('writ', ['git.tag']).map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } })),
];

/** A mandate in `state`, with one of everything under it that was there before the act. */
type World = {
  readonly kit: TestControl;
  readonly id: string;
  /** Null while nobody has approved it: nothing can be under it then. */
  readonly under: Under | null;
};
type Under = {
  readonly by: Actor;
  readonly child: string;
  readonly childBy: Actor;
  /** Open operations, and their permits that nobody redeemed. */
  readonly covered: Begun;
  readonly uncovered: Begun;
  readonly reading: Begun;
};
type Begun = { readonly id: string; readonly permit: string };

const beginAt = async (kit: TestControl, by: Actor, key: string, more: object): Promise<Begun> => {
  const begun = got(await kit.control.begin(kit.push(by.mandate, more), hour, { by, key }));
  return { id: begun.operation.begun.id, permit: begun.permit };
};

async function everythingUnder(kit: TestControl, id: string): Promise<Under> {
  const by = await kit.actorOf(id);
  const child = await kit.child(id, { authority: pushTo('writ') });
  const childBy = await kit.actorOf(child);
  const holding = (kind: Holding['kind'], subject: string): Holding => ({
    kind,
    subject,
    mandate: id,
    residualUntil: null,
  });
  const holdings = [holding('session', 's-1'), holding('queued', 'm/T2')];
  got(await kit.control.register('runtime', { kind: 'runtime', boot: 'b', position: 0, holdings }, runtime));
  const tag = { action: 'git.tag', parameters: { oid: 'tag' } };
  got(await kit.control.approveAction({ ...kit.push(id, tag), expiresAt: kit.clock.now + hour }, { by: person }));
  return {
    by,
    child,
    childBy,
    covered: await beginAt(kit, by, 'covered', {}),
    uncovered: await beginAt(kit, by, 'uncovered', { resource: outside }),
    reading: await beginAt(kit, by, 'reading', { action: 'git.fetch' }),
  };
}

const say = async (kit: TestControl, value: 'frozen' | 'open'): Promise<void> => {
  const report = { subject: 'branch:p/x', value, source: undefined, sequence: undefined };
  got(await kit.control.report(report, { by: person }));
};

/** Shorter than any lease, so that what is in flight is there when it ends. */
const life = 10_000;

/** Suspended by somebody; or by a condition, where it is somebody's suspension that comes on top of it. */
async function worldIn(kit: TestControl, state: MandateStateName, next?: MandateAction): Promise<World> {
  const expiresAt = kit.clock.now + life;
  if (state === 'proposed') return { kit, id: await kit.proposed({ authority, expiresAt }), under: null };
  const isHeld = state === 'suspended' && next === 'suspend';
  const conditions = isHeld ? [notFrozen({ returns: 'automatically' })] : [];
  const id = await kit.approved({ authority, conditions, expiresAt });
  const under = await everythingUnder(kit, id);
  if (isHeld) await say(kit, 'frozen');
  else if (state === 'suspended') await kit.suspend(id);
  return { kit, id, under };
}

/** Each action, as somebody takes it. */
const perform: Record<MandateAction, (world: World) => Promise<unknown>> = {
  revise: async ({ kit, id }) => {
    const terms = { ...kit.control.answering(id)!.mandate, purpose: 'revised' };
    got(await kit.control.govern(id, { type: 'revise', terms, revision: null }, { by: person }));
  },
  approve: async ({ kit, id }) => {
    const record = kit.control.answering(id)!;
    const command = {
      type: 'approve',
      revision: record.revision,
      textDigest: shown(record).digest,
      how: 'owner_token',
    } as const;
    got(await kit.control.govern(id, command, { by: person }));
  },
  refuse: async ({ kit, id }) => got(await kit.control.govern(id, { type: 'refuse', reason: '' }, { by: person })),
  reinstate: async ({ kit, id }) =>
    got(await kit.control.govern(id, { type: 'reinstate', reason: '' }, { by: person })),
  suspend: ({ kit, id }) => kit.suspend(id),
  narrow: async ({ kit, id }) => {
    const narrower = [...pushTo('writ/x', ['git.push', 'git.fetch', 'git.tag'])];
    got(await kit.control.stop(id, { type: 'narrow', authority: narrower, reason: '' }, { by: person }));
  },
  extend: async ({ kit, id }) => {
    const asked = { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' };
    got(await kit.control.extend(id, asked, { by: person }));
  },
  delegate: ({ kit, id }) => kit.child(id),
  revoke: ({ kit, id }) => kit.stop(id),
  complete: ({ kit, id }) => kit.stop(id, 'complete'),
  expire: async ({ kit }) => {
    kit.clock.now += life;
    await kit.control.tick();
  },
  lapse: async ({ kit }) => {
    kit.clock.now += life;
    await kit.control.tick();
  },
};

type Seen = World & {
  readonly action: MandateAction;
  readonly to: MandateStateName;
  readonly toldBefore: readonly string[];
  readonly receiptsBefore: number;
};
type Look = (seen: Seen) => Promise<void> | void;

const told = ({ control }: TestControl): readonly string[] =>
  [...control.state.operations.values()].flatMap(({ begun, state }) =>
    state.name === 'open' && state.interrupt !== null ? [begun.id] : [],
  );
/** Operations this very act told to stop. */
const toldNow = ({ kit, toldBefore }: Seen): readonly string[] => told(kit).filter((id) => !toldBefore.includes(id));
const verdict = async ({ kit, id }: World, more: object = {}) =>
  got(await kit.control.check(kit.push(id, more), person)).verdict;
const current = async ({ kit }: World, { permit }: Begun, resource = inside): Promise<boolean> =>
  got(
    await kit.control.redeem(
      { permit, action: 'git.push', resource, parameters: { oid: 'abc' } },
      { kind: 'point', name: 'sink' },
    ),
  ).current;
/** What the receipt of this act asks the runtime about, if there is one. */
const asksRuntime = ({ kit, id, receiptsBefore }: Seen, kind: 'session' | 'queued'): boolean => {
  const receipts = kit.control.state.receiptsOfMandate.get(id) ?? [];
  const receipt = receipts.length > receiptsBefore ? kit.control.state.receipts.get(receipts.at(-1)!) : undefined;
  return receipt?.lines.some((line) => line.kind === kind && line.point === 'runtime') ?? false;
};
const tags = async ({ kit, id, under }: Seen): Promise<string> =>
  under === null
    ? 'nothing'
    : codeOf(
        await kit.control.begin(kit.push(id, { action: 'git.tag', parameters: { oid: 'tag' } }), 5_000, {
          by: under.by,
          key: 'tag',
        }),
      );
const asked =
  (kind: 'session' | 'queued', isAsked: boolean): Look =>
  (seen) => {
    if (seen.under !== null) expect(asksRuntime(seen, kind)).toBe(isAsked);
  };

const newChecks: Record<Consequence['newChecks'], Look> = {
  refused: async (world) => expect((await verdict(world)).decision).toBe('refuse'),
  reevaluated: async (world) => {
    expect((await verdict(world)).decision).toBe('permit');
    const isNarrowed = world.action === 'narrow';
    expect((await verdict(world, { resource: outside })).decision).toBe(isNarrowed ? 'refuse' : 'permit');
  },
  successor_answers: async (world) => {
    const { decision, judgedAt } = await verdict(world);
    expect([decision, judgedAt.map(({ mandate }) => mandate)]).toEqual([
      'permit',
      [world.kit.control.answering(world.id)!.mandate.id],
    ]);
    expect(judgedAt[0]?.mandate).not.toBe(world.id);
  },
};
const queuedWork: Record<Consequence['queuedWork'], Look> = {
  held: asked('queued', true),
  cancelled: asked('queued', true),
  out_of_scope_cancelled: asked('queued', true),
  rechecked: asked('queued', false),
  rebound_if_covered: asked('queued', false),
};
const session: Record<Consequence['session'], Look> = {
  paused: asked('session', true),
  inert: asked('session', true),
  closed: asked('session', true),
  told: asked('session', true),
  may_resume: asked('session', false),
  continues: asked('session', false),
};
const inFlight: Record<Consequence['inFlight'], Look> = {
  untouched: (seen) => expect(toldNow(seen)).toEqual([]),
  keep_running: async (seen) => {
    expect(toldNow(seen)).toEqual([]);
    got(await seen.kit.control.renew(seen.under!.covered.id, 5_000, seen.under!.by));
  },
  by_class: (seen) => {
    const { covered, uncovered, reading } = seen.under!;
    // A write is interrupted, a read drains.
    expect(new Set(told(seen.kit))).toEqual(new Set([covered.id, uncovered.id]));
    expect(told(seen.kit)).not.toContain(reading.id);
  },
  out_of_scope_interrupted: (seen) => {
    const { uncovered } = seen.under!;
    // Under a suspension it was told already.
    if (seen.to === 'active') expect(toldNow(seen)).toEqual([uncovered.id]);
    else expect(told(seen.kit)).toContain(uncovered.id);
  },
  interrupted: (seen) => {
    if (seen.under === null) return expect(toldNow(seen)).toEqual([]);
    const { covered, uncovered, reading } = seen.under;
    expect(new Set(told(seen.kit))).toEqual(new Set([covered.id, uncovered.id, reading.id]));
  },
  drained: async (seen) => {
    expect(toldNow(seen)).toEqual([]);
    // It ends when its lease does, and its end is taken.
    const { reading, by } = seen.under!;
    expect(codeOf(await seen.kit.control.renew(reading.id, 5_000, by))).toBe('mandate_inactive');
    got(await seen.kit.control.settle(reading.id, 'done', 'finished', by));
  },
};
const stateOf = ({ kit }: World, id: string): string | undefined =>
  effectiveState(kit.control.mandateChain(kit.control.answering(id)!.mandate.id), kit.clock.now)?.name;
const children: Record<Consequence['children'], Look> = {
  derived: (seen) => {
    if (seen.under === null) return expect(seen.kit.control.state.children.get(seen.id)).toBeUndefined();
    expect(stateOf(seen, seen.under.child)).toBe(seen.to === 'suspended' ? 'held' : 'active');
    expect(seen.kit.control.state.mandates.get(seen.under.child)?.mandate.state.name).toBe('active');
  },
  shrink: async (seen) => {
    const ask = async (resource: string) =>
      (await verdict({ ...seen, id: seen.under!.child }, { resource })).reason.code;
    const isOpen = seen.to === 'active';
    expect([await ask(inside), await ask(outside)]).toEqual(
      isOpen ? ['permitted', 'out_of_authority'] : ['ancestor_inactive', 'ancestor_inactive'],
    );
  },
  carried_over: (seen) => {
    const successor = seen.kit.control.answering(seen.under!.child)!.mandate;
    expect(successor.id).not.toBe(seen.under!.child);
    expect([successor.parent, stateOf(seen, successor.id)]).toEqual([
      seen.kit.control.answering(seen.id)!.mandate.id,
      'active',
    ]);
  },
  ended: (seen) => {
    if (seen.under === null) return;
    // One that ends at the same moment has expired by itself.
    expect(stateOf(seen, seen.under.child)).toBe(seen.to === 'expired' ? 'expired' : 'cascaded');
    // Derived, never written.
    expect(seen.kit.control.state.mandates.get(seen.under.child)?.mandate.state.name).toBe('active');
  },
};
const issue = async ({ kit, id }: World): Promise<string> =>
  codeOf(await kit.control.issue(id, { id: 'anew', expiresAt: undefined }, { by: person }));
const credentials: Record<Consequence['credentials'], Look> = {
  withheld: async (seen) => {
    expect(await issue(seen)).toBe('out_of_bounds');
    if (seen.under === null) return;
    const held = got(await seen.kit.control.check(seen.kit.push(seen.id), seen.under.by));
    expect(held.verdict.decision).toBe('refuse');
  },
  usable: async (seen) => {
    expect(await issue(seen)).toBe('not refused');
    if (seen.under === null) return;
    expect(got(await seen.kit.control.check(seen.kit.push(seen.id), seen.under.by)).verdict.decision).toBe('permit');
  },
  carried_over: async (seen) => {
    const { by, childBy, child } = seen.under!;
    for (const [mandate, holder] of [
      [seen.id, by],
      [child, childBy],
    ] as const)
      expect(got(await seen.kit.control.check(seen.kit.push(mandate), holder)).verdict.decision).toBe('permit');
  },
};
const permits: Record<Consequence['permits'], Look> = {
  void: async (seen) => {
    if (seen.under === null) return;
    expect(await current(seen, seen.under.covered)).toBe(false);
    expect(await tags(seen)).not.toBe('not refused');
    if (seen.to !== 'suspended') return;
    // For ever: not even when it is in force again.
    await say(seen.kit, 'open');
    await perform.reinstate(seen);
    expect(await current(seen, seen.under.covered)).toBe(false);
    expect(await tags(seen)).toBe('approval_required');
  },
  untouched: async (seen) => {
    if (seen.under === null) return;
    expect(await current(seen, seen.under.covered)).toBe(true);
    expect(await tags(seen)).toBe('not refused');
  },
  out_of_scope_void: async (seen) => {
    expect(await current(seen, seen.under!.uncovered, outside)).toBe(false);
    expect(await current(seen, seen.under!.covered)).toBe(seen.to === 'active');
    // A yes to one action is for the state of things it was given in.
    expect(await tags(seen)).not.toBe('not refused');
  },
  carried_over: async (seen) => {
    expect(await current(seen, seen.under!.covered)).toBe(true);
    expect(await tags(seen)).toBe('approval_required');
  },
  issued_anew: async (seen) => {
    expect(await current(seen, seen.under!.covered)).toBe(false);
    expect(await tags(seen)).toBe('approval_required');
    expect(await current(seen, await beginAt(seen.kit, seen.under!.by, 'anew', {}))).toBe(true);
  },
};

type Column = readonly [keyof Consequence, string, Look];
/** What is looked at in one world: each look leaves things as they are for the next. The use of permits has a world of its own. */
const looks = (consequence: Consequence): readonly (readonly Column[])[] => [
  [
    ['queuedWork', consequence.queuedWork, queuedWork[consequence.queuedWork]],
    ['session', consequence.session, session[consequence.session]],
    ['children', consequence.children, children[consequence.children]],
    ['newChecks', consequence.newChecks, newChecks[consequence.newChecks]],
    ['credentials', consequence.credentials, credentials[consequence.credentials]],
    ['inFlight', consequence.inFlight, inFlight[consequence.inFlight]],
  ],
  [['permits', consequence.permits, permits[consequence.permits]]],
];

// Object.keys loses the key type; the keys come from the table.
const states = Object.keys(lifecycle) as MandateStateName[];
const cells = states.flatMap((state) => legalActions(state).map((action) => [state, action] as const));
const allActions = Object.keys(perform) as MandateAction[];

describe('the lifecycle table', () => {
  it.each(cells)('%s, %s: every consequence it names', async (state, action) => {
    // The cell is one of the table's.
    const { to, consequence } = transition(state, action)!;
    for (const columns of looks(consequence)) {
      await using kit = await testControl();
      const world = await worldIn(kit, state, action);
      const receiptsBefore = kit.control.state.receiptsOfMandate.get(world.id)?.length ?? 0;
      const before = { toldBefore: told(kit), receiptsBefore };
      await perform[action](world);
      expect(kit.control.state.mandates.get(world.id)?.mandate.state.name).toBe(to);
      for (const [column, value, look] of columns)
        try {
          await look({ ...world, ...before, action, to });
        } catch (error) {
          throw new Error(`${column}: ${value}`, { cause: error });
        }
    }
  });

  it.each(states)('%s: what it does not name is refused', async (state) => {
    await using kit = await testControl();
    const world = await worldIn(kit, state === 'proposed' || state === 'suspended' ? state : 'active');
    const makers: Partial<Record<MandateStateName, MandateAction>> = {
      revoked: 'revoke',
      completed: 'complete',
      expired: 'expire',
      superseded: 'extend',
    };
    const maker = makers[state];
    if (maker !== undefined) await perform[maker](world);
    if (state === 'refused' || state === 'lapsed') return; // a proposal's ends, in the next test
    for (const action of allActions) {
      if (action === 'expire' || action === 'lapse' || transition(state, action) !== undefined) continue;
      // A stop of what is stopped that way is done, and what was succeeded is stopped through its successor.
      const isDone = maker === action;
      const isPassedOn =
        state === 'superseded' && ['suspend', 'narrow', 'revoke', 'complete', 'delegate'].includes(action);
      if (isDone || isPassedOn) continue;
      const version = kit.control.state.mandates.get(world.id)?.mandate.version;
      await expect(perform[action](world), `${state} ${action}`).rejects.toThrow(/refused/);
      expect(kit.control.state.mandates.get(world.id)?.mandate.version).toBe(version);
    }
  });

  it.each(['refuse', 'lapse'] as const)('a proposal after %s is final', async (action) => {
    await using kit = await testControl();
    const world = await worldIn(kit, 'proposed');
    await perform[action](world);
    for (const other of ['approve', 'revise', 'reinstate', 'extend', 'narrow', 'suspend'] as const)
      await expect(perform[other](world), other).rejects.toThrow(/refused/);
  });
});
