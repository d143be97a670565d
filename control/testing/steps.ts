/** What people, agents, sinks, signals and the clock can do to a tree of mandates, and doing it. */

import fc from 'fast-check';
import type { Control } from '../control.ts';
import type { PolicyRules } from '../policy/policy.ts';
import type { Outcome } from '../refusal.ts';
import { pushTo } from './scenario.ts';
import { person, sink } from './test-control.ts';
import type { HeldPermit, Name, World } from './tree.ts';
import { ann, askOf, branch, keyOf, leaseMs, leave as leaveWith, names, yesMs, yesOf } from './tree.ts';

type AskedClass = 'consequential_write' | 'external_commitment';

export type Step =
  | {
      readonly do: 'begin' | 'settle' | 'redeem' | 'renew' | 'check';
      readonly on: Name;
      readonly n: number;
      readonly node: 0 | 1;
      /** Beside what has begun there. */
      readonly as?: 'b' | 'c';
    }
  /** A person's yes to one push under it. */
  | { readonly do: 'approve'; readonly on: Name; readonly n: number; readonly node: 0 | 1 }
  /** A person's answer to what waits for one. */
  | { readonly do: 'answer'; readonly with: 'yes' | 'remember' | 'no'; readonly node: 0 | 1 }
  /** A yes in advance, and the last or the first of those that nobody took back, taken back. */
  | { readonly do: 'leave'; readonly n: number; readonly uses: 1 | 2 | null; readonly node: 0 | 1 }
  | { readonly do: 'withdraw'; readonly which: 0 | -1; readonly node: 0 | 1 }
  /** Who gives them may say yes no more, or may again. */
  | { readonly do: 'grant'; readonly role: 'operator' | 'approver'; readonly node: 0 | 1 }
  | {
      readonly do: 'suspend' | 'reinstate' | 'revoke' | 'complete' | 'narrow' | 'lower' | 'extend' | 'delegate';
      readonly on: Name;
      readonly node: 0 | 1;
    }
  | { readonly do: 'signal'; readonly of: 'x' | 'q'; readonly value: 'frozen' | 'open'; readonly node: 0 | 1 }
  /** A policy under which agents have everything but this, or under which a person is asked for each of this class. */
  | { readonly do: 'adopt'; readonly but: 'git.push' | 'package.publish' | AskedClass; readonly node: 0 | 1 }
  | { readonly do: 'wait'; readonly ms: number; readonly node: 0 | 1 };

const node = fc.constantFrom(0 as const, 1 as const);
const leaf = fc.constantFrom<Name>('m0.1.1.1', 'm0.1.2', 'm0.2', 'q0.1');
const acts = ['suspend', 'reinstate', 'revoke', 'narrow', 'lower', 'extend', 'delegate', 'complete'] as const;
/** A run: it begins something, and goes on with that. */
const run: fc.Arbitrary<readonly Step[]> = fc
  .record({
    on: leaf,
    n: fc.nat(1),
    rest: fc.array(
      fc.record({
        do: fc.constantFrom('redeem', 'redeem', 'settle', 'renew', 'begin', 'check'),
        isThere: fc.boolean(),
        node,
      }),
      { maxLength: 3 },
    ),
    node,
  })
  .map(({ on, n, rest, node: first }) => [
    { do: 'begin', on, n, node: first },
    // Mostly where it began.
    ...rest.map(({ do: what, isThere, node: other }): Step => ({ do: what, on, n, node: isThere ? other : first })),
  ]);
/** What was begun before anything else happened: it goes on while the rest happens, not after. */
const goesOn: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.constantFrom({ on: 'q0.1', n: 0 } as const, { on: 'y0.1', n: 0 } as const, { on: 'y0.1', n: 1 } as const),
    fc.array(fc.record({ do: fc.constantFrom('redeem', 'redeem', 'renew', 'renew', 'settle'), node }), {
      minLength: 1,
      maxLength: 2,
    }),
  )
  .map(([where, steps]) => steps.map((one) => ({ ...one, ...where })));
const n = fc.nat(1);
const approve: fc.Arbitrary<Step> = fc.record({ do: fc.constant('approve'), on: fc.constant('y0.1'), n, node });
const leave: fc.Arbitrary<Step> = fc.record({ do: fc.constant('leave'), n, uses: fc.constantFrom(1, 2, null), node });
const answer: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('answer'),
  with: fc.constantFrom('yes', 'remember', 'no'),
  node,
});
const grant: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('grant'),
  role: fc.constantFrom('operator', 'operator', 'approver'),
  node,
});
const withdraw: fc.Arbitrary<Step> = fc.record({ do: fc.constant('withdraw'), which: fc.constantFrom(0, -1), node });
/** What needs a yes, and what a person says to it: one after the other, and where it does not begin, once more after an answer. */
const asked: fc.Arbitrary<readonly Step[]> = fc
  .record({
    n,
    as: fc.constantFrom('b', 'c'),
    yes: fc.oneof(approve, leave),
    then: fc.array(fc.constantFrom('renew', 'redeem', 'begin', 'answer', 'check'), { maxLength: 3 }),
    isFirst: fc.boolean(),
    node,
  })
  .map(({ n: of, as, yes, then, isFirst, node: at }) => {
    const push = { on: 'y0.1', n: of, as, node: at } as const;
    return [
      ...(isFirst && 'n' in yes ? [{ ...yes, n: of }] : []),
      { do: 'begin', ...push },
      ...then.map((what): Step =>
        what === 'answer' ? { do: 'answer', with: 'yes', node: at } : { do: what, ...push },
      ),
    ];
  });
/** Two that begin on the one yes there is, each on a node. */
const rivals: fc.Arbitrary<readonly (readonly Step[])[]> = fc
  .record({ n, node })
  .map(({ n: of, node: at }) => [
    [{ do: 'begin', on: 'y0.1', n: of, as: 'b', node: at }],
    [{ do: 'begin', on: 'y0.1', n: of, as: 'c', node: at === 0 ? 1 : 0 }],
  ]);
/** The same on the other node: two that take from one account at a time. */
const twins: fc.Arbitrary<readonly (readonly Step[])[]> = fc
  .record({ on: leaf, node })
  .map(({ on, node: first }) => [
    [{ do: 'begin', on, n: 0, node: first }],
    [{ do: 'begin', on, n: 1, node: first === 0 ? 1 : 0 }],
  ]);
/** Mostly of what more stands under. */
const subject = fc.constantFrom('x' as const, 'x' as const, 'q' as const);
/** What befalls it. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom(...acts), on: fc.constantFrom(...names), node }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('signal'), of: subject, value: fc.constantFrom('frozen', 'open'), node }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('adopt'),
      but: fc.constantFrom('git.push', 'consequential_write', 'package.publish', 'external_commitment'),
      node,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(20_000, 50_000), node }) },
);
/** Out of force and back: what was given before is void all the same. */
const blip: fc.Arbitrary<readonly Step[]> = fc.oneof(
  fc.record({ on: fc.constantFrom(...names), node }).map(({ on, node: at }): readonly Step[] => [
    { do: 'suspend', on, node: at },
    { do: 'reinstate', on, node: at },
  ]),
  fc
    .record({ of: subject, node, isPaused: fc.boolean() })
    .map(({ of, node: at, isPaused }): readonly Step[] => [
      { do: 'signal', of, value: 'frozen', node: at },
      ...(isPaused ? [{ do: 'suspend', on: of === 'x' ? 'm0' : 'q0', node: at } as const] : []),
      { do: 'signal', of, value: 'open', node: at },
    ]),
);
/** What people say of single pushes. */
const word = fc.oneof(
  { weight: 2, arbitrary: withdraw },
  { weight: 2, arbitrary: grant },
  { weight: 1, arbitrary: approve },
  { weight: 1, arbitrary: leave },
  { weight: 1, arbitrary: answer },
);
const others = fc.oneof(
  { weight: 3, arbitrary: fc.array(step, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(word, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: blip },
);
/** A stop that was answered by one node, and then the other is asked: by what it has heard itself, the answer may still be yes. */
const news: fc.Arbitrary<readonly Step[]> = fc
  .record({ do: fc.constantFrom('suspend', 'revoke'), on: leaf, n: fc.nat(1), up: fc.nat(3), node })
  .map(({ do: what, on, n, up, node: at }) => [
    { do: what, on: names.filter((name) => on.startsWith(name)).at(-1 - up) ?? on, node: at },
    { do: 'check', on, n, node: at === 0 ? 1 : 0 },
  ]);
/** A condition that failed and holds again, and then somebody asks: it is back by itself, or a person has to say so. */
const back: fc.Arbitrary<readonly Step[]> = fc
  .record({ do: fc.constantFrom('begin', 'check'), on: fc.constantFrom('m0.2', 'q0.1', 'y0.1'), n, node })
  .map(({ do: what, on, n: of, node: at }) => [
    { do: 'signal', of: on === 'q0.1' ? 'q' : 'x', value: 'frozen', node: at },
    { do: 'signal', of: on === 'q0.1' ? 'q' : 'x', value: 'open', node: at },
    { do: what, on, n: of, as: 'b', node: at },
  ]);
/** It fails a second time while the other node decides by the first. */
const flicker: fc.Arbitrary<readonly (readonly Step[])[]> = fc
  .record({ do: fc.constantFrom('suspend', 'narrow', 'reinstate'), of: subject, node })
  .map(({ do: what, of, node: at }) => [
    (['frozen', 'open', 'frozen'] as const).map((value): Step => ({ do: 'signal', of, value, node: at })),
    [{ do: what, on: of === 'x' ? 'm0' : 'q0', node: at === 0 ? 1 : 0 }],
  ]);
/** What happens one after the other, beside others of its kind. */
export const threads = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.array(run, { minLength: 1, maxLength: 3 }) },
      { weight: 3, arbitrary: fc.array(goesOn, { minLength: 1, maxLength: 2 }) },
      { weight: 1, arbitrary: fc.array(asked, { minLength: 1, maxLength: 2 }) },
      { weight: 1, arbitrary: rivals },
      { weight: 1, arbitrary: twins },
      { weight: 1, arbitrary: news.map((steps) => [steps]) },
      { weight: 1, arbitrary: back.map((steps) => [steps]) },
      { weight: 1, arbitrary: flicker },
    ),
    fc.array(others, { maxLength: 3 }),
  )
  .map(([runs, befalls]) => [...runs, ...befalls]);

export type Answered = {
  readonly step: Step;
  readonly outcome: Outcome<unknown>;
  /** What the node knew when it was asked, the ends of the log then and when it answered; and the times of both. */
  readonly from: number;
  readonly head: number;
  readonly to: number;
  readonly asked: number;
  readonly answered: number;
};

/** A schedule as it is played: what was answered, and the permits that were given. */
export type Played = {
  readonly world: World;
  readonly answers: Answered[];
  readonly permits: Map<string, HeldPermit>;
};

/** Does one step; what is refused is refused, and kept. */
export async function perform(played: Played, one: Step): Promise<void> {
  const { world, answers } = played;
  const { clock, log } = world;
  const control = world.nodes[one.node]!; // there are two
  const [from, head, asked] = [control.state.position, log.events.length, clock.now];
  const outcome = await act(played, control, one);
  if (outcome === undefined) return;
  answers.push({ step: one, outcome, from, head, to: log.events.length, asked, answered: clock.now });
}

async function act(
  { world: { clock, tree }, permits }: Played,
  control: Control,
  one: Step,
): Promise<Outcome<unknown> | undefined> {
  if (one.do === 'wait') {
    clock.now += one.ms;
    await control.tick();
    return undefined;
  }
  if (one.do === 'signal')
    return control.report(
      { subject: `branch:p/${one.of}`, value: one.value, source: undefined, sequence: undefined },
      { by: person },
    );
  if (one.do === 'adopt') {
    const isClass = one.but === 'consequential_write' || one.but === 'external_commitment';
    const rules: PolicyRules = isClass
      ? { classes: { [one.but]: { askEachTime: true } }, refusedToAgents: {} }
      : { classes: {}, refusedToAgents: { [one.but]: 'not now' } };
    const preview = control.previewPolicy(rules, person);
    return preview.ok ? control.adoptPolicy(rules, preview.value, { by: person }) : preview;
  }
  const beside = { by: person } as const;
  if (one.do === 'leave') return leaveWith(control, one, clock.now + yesMs);
  if (one.do === 'grant') return control.grantRoles(ann.name, { p: one.role }, beside);
  if (one.do === 'withdraw') {
    const given = control.advances(person, true).filter((advance) => advance.withdrawn === null);
    const withdrawn = given.at(one.which);
    return withdrawn && control.withdrawAdvance(withdrawn.given.id, '', beside);
  }
  if (one.do === 'answer') {
    const waits = control.waiting(person).findLast((waiting) => waiting.kind === 'action');
    if (waits === undefined) return undefined;
    if (one.with === 'no') return control.refuseApproval(waits.approval.id, 'not now', beside);
    const yes = { textDigest: waits.asked.textDigest, remember: one.with === 'remember' };
    return control.giveApproval(waits.approval.id, yes, beside);
  }
  const id = tree.idOf(one.on);
  const by = tree.actorOf(one.on);
  switch (one.do) {
    case 'check':
      return control.check(askOf(id, one.n), by);
    case 'begin': {
      const key = keyOf(one.on, one.n, one.as);
      const begun = await control.begin(askOf(id, one.n), leaseMs, { by, key, body: key });
      if (begun.ok) permits.set(key, { operation: begun.value.operation.begun.id, permit: begun.value.permit });
      return begun;
    }
    case 'settle':
    case 'redeem':
    case 'renew': {
      const held = permits.get(keyOf(one.on, one.n, one.as));
      if (held === undefined) return undefined;
      if (one.do === 'renew') return control.renew(held.operation, leaseMs, by);
      if (one.do === 'redeem')
        return control.redeem(
          { permit: held.permit, action: 'git.push', resource: branch(one.n), parameters: {} },
          sink,
        );
      const usage = { tokens: 1, moneyMicros: 0, currency: null, source: 'reported' } as const;
      return control.settle(held.operation, 'done', '', by, undefined, usage);
    }
    case 'approve':
      return control.approveAction(yesOf(id, one.n, clock.now + yesMs), beside);
    case 'suspend':
    case 'revoke':
    case 'complete':
      return control.stop(id, { type: one.do, reason: '' }, beside);
    case 'narrow':
      return control.stop(id, { type: 'narrow', authority: pushTo('writ/x'), reason: '' }, beside);
    case 'lower':
      return control.stop(id, { type: 'narrow', budgets: [{ kind: 'calls', limit: 1 }], reason: '' }, beside);
    case 'reinstate': {
      const answering = control.answering(id)?.mandate.id ?? id;
      return control.govern(answering, { type: 'reinstate', reason: '' }, beside);
    }
    case 'extend': {
      const answering = control.answering(id)?.mandate.id ?? id;
      const more = { expiresAt: undefined, authority: undefined, budgets: undefined, reason: '' };
      return control.extend(answering, more, beside);
    }
    case 'delegate': {
      const delegation = { maxDepth: 0, maxChildren: 1, actors: 'any' } as const;
      const child = { purpose: '', actor: 'builder', authority: pushTo('writ'), expiresAt: undefined, delegation };
      return control.delegate(id, child, { by });
    }
  }
}
