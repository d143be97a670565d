import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide as decideItem } from '../attention/decide.ts';
import type { Item } from '../attention/item.ts';
import { rank } from '../attention/rank.ts';
import { compilePlan } from './compile-plan.ts';
import type { MissionCommand } from './decide.ts';
import { decide } from './decide.ts';
import type { MissionEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Mission } from './mission.ts';
import { findTask } from './mission.ts';

const { plan } = compilePlan(
  '---\nproject: p\n---\n# T\n\ng\n\n- [ ] T1 touches: a run: `a` done: `x`, `y`\n- [ ] T2 touches: b run: `b` done: `x`\n',
  '',
);
const created: MissionEvent = {
  type: 'mission.created',
  data: {
    title: 'T',
    goal: 'g',
    project: 'p',
    preset: 'worktree',
    file: 'f',
    sourceDigest: '',
    repository: '/r',
    branchPrefix: 'writ',
    remote: null,
    attempts: 2,
    plan,
  },
};
const fold = (events: readonly MissionEvent[], start?: Mission): Mission =>
  events.reduce<Mission | undefined>(
    (state, event) =>
      evolve(state, event, { stream: 'mission/x', version: (state?.version ?? 0) + 1, at: '2026-01-01T00:00:00.000Z' }),
    start,
  )!;
const step = (mission: Mission, command: MissionCommand): Mission => {
  const decided = decide(mission, command);
  if (!decided.ok) throw new Error(decided.refusal.sentence);
  return fold(decided.events, mission);
};
const running = step(fold([created]), { do: 'start', mandate: 'm0', base: 'c0' });
const claim = (task: string): MissionCommand => ({ do: 'claim', task, session: `s-${task}`, now: 0 });
const evidence = (command: string, exitCode = 0, tree = 'tree'): MissionCommand => ({
  do: 'record_evidence',
  task: 'T1',
  attempt: 1,
  command,
  exitCode,
  tree,
  run: 'r',
});
const claimed = step(step(running, claim('T1')), {
  do: 'claim_done',
  task: 'T1',
  attempt: 1,
  commit: 'c1',
  tree: 'tree',
});

describe('a mission', () => {
  it('claims only what the scheduler would start in that very state', () => {
    expect(() => step(running, claim('T2'))).toThrow('waits for T1');
    expect(() => step(step(running, claim('T1')), claim('T1'))).toThrow('does not start now');
    expect(() => step(step(running, { do: 'hold', cause: 'mandate', reason: 'suspended' }), claim('T1'))).toThrow(
      'suspended',
    );
    expect(() => step(fold([created]), claim('T1'))).toThrow('not started yet');
  });

  it('is done by evidence for every criterion on the tree of the claim, and by nothing less', () => {
    const verify: MissionCommand = { do: 'verify', task: 'T1', attempt: 1, tree: 'tree' };
    expect(() => step(claimed, verify)).toThrow('nothing shows `x`, `y`');
    expect(() => step(step(claimed, evidence('x')), verify)).toThrow('nothing shows `y`');
    expect(() => step(step(step(claimed, evidence('x')), evidence('y', 1)), verify)).toThrow('nothing shows `y`');
    expect(() => step(step(step(claimed, evidence('x')), evidence('y', 0, 'older')), verify)).toThrow(
      'nothing shows `y`',
    );
    const done = step(step(step(claimed, evidence('x')), evidence('y')), verify);
    expect(findTask(done, 'T1')).toMatchObject({ standing: { name: 'done' }, commit: 'c1' });
  });

  it('is claimed again where a restart found more than was claimed, and evidence of before is none of that', () => {
    const again = { do: 'claim_done', task: 'T1', attempt: 1, commit: 'c2', tree: 'tree2' } as const;
    const more = step(step(step(claimed, evidence('x')), evidence('y')), again);
    expect(() => step(more, { do: 'verify', task: 'T1', attempt: 1, tree: 'tree2' })).toThrow('nothing shows');
    const shown = step(step(more, evidence('x', 0, 'tree2')), evidence('y', 0, 'tree2'));
    const done = step(shown, { do: 'verify', task: 'T1', attempt: 1, tree: 'tree2' });
    expect(findTask(done, 'T1')).toMatchObject({ standing: { name: 'done' }, commit: 'c2' });
    expect(decide(claimed, { ...again, commit: 'c1', tree: 'tree' })).toEqual({ ok: true, events: [] });
  });

  it('tries again later, and fails for good after the attempts it has', () => {
    const fail = (attempt: number): MissionCommand => ({
      do: 'fail_attempt',
      task: 'T1',
      attempt,
      reason: 'exit 1',
      retryAt: 50,
    });
    const once = step(step(running, claim('T1')), fail(1));
    expect(findTask(once, 'T1')).toMatchObject({ standing: { name: 'retrying', notBefore: 50 } });
    const twice = step(step(once, { ...claim('T1'), now: 50 } as MissionCommand), fail(2));
    expect(findTask(twice, 'T1')).toMatchObject({ standing: { name: 'failed', reason: 'exit 1' } });
    expect(findTask(step(twice, { do: 'reopen', task: 'T1', reason: 'ann' }), 'T1')?.standing).toEqual({
      name: 'waiting',
    });
  });

  it('does not count interruptions, and slows down on a row of them', () => {
    const interrupt = (attempt: number): MissionCommand => ({
      do: 'interrupt_attempt',
      task: 'T1',
      attempt,
      reason: 'killed',
      retryAt: 90,
    });
    const once = step(step(running, claim('T1')), interrupt(1));
    expect(findTask(once, 'T1')?.standing).toEqual({ name: 'waiting' });
    const twice = step(step(once, claim('T1')), interrupt(2));
    expect(findTask(twice, 'T1')?.standing).toEqual({ name: 'retrying', notBefore: 90 });
  });

  it('takes nothing from an attempt that is over', () => {
    const over = step(step(running, claim('T1')), {
      do: 'interrupt_attempt',
      task: 'T1',
      attempt: 1,
      reason: 'x',
      retryAt: 0,
    });
    expect(() => step(over, { do: 'claim_done', task: 'T1', attempt: 1, commit: 'c', tree: 't' })).toThrow('is over');
  });

  it('cancels everything open when its mandate ends, and keeps what is done', () => {
    const inert = step(claimed, { do: 'make_inert', reason: 'revoked' });
    expect(inert.tasks.map((task) => task.standing.name)).toEqual(['cancelled', 'cancelled']);
    expect(inert.state).toEqual({ name: 'inert', reason: 'revoked' });
    expect(() => step(inert, claim('T1'))).toThrow();
    expect(step(inert, { do: 'hold', cause: 'mandate', reason: 'x' })).toEqual(inert);
  });

  it('lets only a person end a person’s pause', () => {
    const paused = step(running, { do: 'hold', cause: 'person', reason: 'ann paused it' });
    expect(step(paused, { do: 'release', by: 'mandate', sentence: '' }).state.name).toBe('held');
    expect(step(paused, { do: 'hold', cause: 'mandate', reason: 'suspended' })).toEqual(paused);
    expect(step(paused, { do: 'release', by: 'person', sentence: '' }).state.name).toBe('running');
  });

  it('LAW: whatever is tried, two tasks never run out of order and nothing runs in a mission that ended', () => {
    const commands = fc.array(
      fc.oneof(
        fc.constantFrom('T1', 'T2').map(claim),
        fc
          .record({ task: fc.constantFrom('T1', 'T2'), attempt: fc.integer({ min: 1, max: 3 }) })
          .map((at): MissionCommand => ({ do: 'claim_done', ...at, commit: 'c', tree: 'tree' })),
        fc
          .record({ task: fc.constantFrom('T1', 'T2'), attempt: fc.integer({ min: 1, max: 3 }) })
          .map((at): MissionCommand => ({ do: 'verify', ...at, tree: 'tree' })),
        fc
          .record({
            task: fc.constantFrom('T1', 'T2'),
            attempt: fc.integer({ min: 1, max: 3 }),
            command: fc.constantFrom('x', 'y'),
            exitCode: fc.nat(1),
          })
          .map((at): MissionCommand => ({ do: 'record_evidence', ...at, tree: 'tree', run: 'r' })),
        fc.constant<MissionCommand>({ do: 'make_inert', reason: 'revoked' }),
        fc.constantFrom<MissionCommand>(
          { do: 'hold', cause: 'mandate', reason: 'x' },
          { do: 'release', by: 'mandate', sentence: '' },
        ),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(commands, (list) => {
        let mission = running;
        for (const command of list) {
          const decided = decide(mission, command);
          if (decided.ok) mission = fold(decided.events, mission);
          const [one, two] = mission.tasks.map((task) => task.standing.name);
          if (two === 'running' || two === 'claimed' || two === 'done') expect(one).toBe('done');
          if (mission.state.name === 'inert') expect([one, two]).not.toContain('running');
        }
      }),
    );
  });
});

describe('attention', () => {
  const item = (id: string, task: string | null, more: Partial<Item> = {}): Item => ({
    id,
    kind: 'failure',
    ask: '',
    options: [{ key: 'retry', label: '', consequence: '' }],
    recommendation: null,
    project: 'p',
    mission: 'x',
    task,
    session: 's',
    mandate: 'm0',
    approval: null,
    state: { name: 'open' },
    version: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...more,
  });

  it('puts first what unblocks most, and says why', () => {
    const ranked = rank([item('q2', 'T2'), item('q1', 'T1')], () => running);
    expect(ranked.map(({ item: { id }, unblocks, because }) => [id, unblocks, because])).toEqual([
      ['q1', 2, '`T1` waits for it, and T2 after it'],
      ['q2', 1, '`T2` waits for it'],
    ]);
  });

  it('is answered once, with an answer it has, and not when it is void', () => {
    const answer = { do: 'answer', answer: 'retry', by: 'ann' } as const;
    expect(decideItem(item('q', 'T1'), answer)).toMatchObject({ ok: true, events: [{ type: 'item.answered' }] });
    expect(decideItem(item('q', 'T1'), { ...answer, answer: 'maybe' })).toMatchObject({
      ok: false,
      refusal: { kind: 'invalid' },
    });
    expect(
      decideItem(item('q', 'T1', { state: { name: 'answered', answer: 'retry', by: 'bob' } }), answer),
    ).toMatchObject({ ok: false, refusal: { sentence: '`q` was answered with `retry` by bob' } });
    expect(decideItem(item('q', 'T1', { state: { name: 'void', reason: 'revoked' } }), answer)).toMatchObject({
      ok: false,
      refusal: { kind: 'conflict' },
    });
  });
});
