/** Attack 20 at enforcement points: calls spent twice. A point gives as many yeses as were set aside for it, whatever is lost on the way. */
import { createHeldArtifacts, createVerdicts } from '@writ/enforce';
import type { ControlClient, HeldArtifacts, Verdicts } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PointWorld, Run } from './point.ts';
import { lost, pointAndControl, pointName } from './point.ts';

let world: PointWorld;
beforeAll(async () => {
  world = await pointAndControl();
});
afterAll(() => world[Symbol.asyncDispose]());

const budgeted = (limit: number): Promise<Run> => world.run({ budgets: [{ kind: 'calls', limit }] });
const line = async (mandate: string) => {
  const { items } = await world.must(world.person.call(controlApi.budget, { params: { id: mandate } }));
  const calls = items[0]?.lines.find(({ kind }) => kind === 'calls');
  return { spent: calls?.spent ?? Number.NaN, left: calls?.left ?? Number.NaN };
};

describe('attack 20: calls spent twice', () => {
  test('five hundred at once are given a hundred', async () => {
    const run = await budgeted(100);
    await world.artifacts.hold(run);
    const answers = await Promise.all(Array.from({ length: 500 }, () => world.ask(run)));
    expect(answers.filter(({ decision }) => decision === 'permit')).toHaveLength(100);
    expect(answers.filter(({ from }) => from === 'artifact').length).toBe(100);
    expect(answers.find(({ decision }) => decision === 'refuse')?.sentence).toBe('the calls budget of 100 is spent');
    await world.artifacts.renew();
    expect(await line(run.mandate)).toEqual({ spent: 100, left: 0 });
    world.artifacts.release(run.credential);
  });

  test('five hundred operations at once are begun as often as there are calls, by many runs and children', async () => {
    const limit = 60;
    const delegation = { max_depth: 1, max_children: 4, actors: 'any' };
    const run = await world.run({ budgets: [{ kind: 'calls', limit }], delegation });
    const runs = [run, await world.child(run), await world.child(run)] as const;
    const begin = async (index: number) => {
      const { mandate, credential } = runs[index % 3 === 0 ? 0 : index % 3 === 1 ? 1 : 2];
      return world.point.call(controlApi.begin, {
        token: credential,
        idempotencyKey: `many-${String(index)}`,
        body: { mandate, action: 'file.write', resource: 'workspace://p/a' },
        timeoutMs: 20_000,
      });
    };
    const answers = await Promise.all(Array.from({ length: 500 }, (_, index) => begin(index)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(limit);
    expect(new Set(answers.flatMap((answer) => (answer.ok ? [] : [answer.problem.code])))).toEqual(
      new Set(['budget_spent']),
    );
    expect((await line(run.mandate)).spent).toBe(limit);
  });

  test('a slice is a small part of what is left, so that an operation still begins; what is not used of it comes back', async () => {
    const run = await budgeted(80);
    await world.artifacts.hold(run);
    for (let asked = 0; asked < 3; asked += 1) await world.ask(run);
    expect(await line(run.mandate)).toEqual({ spent: 10, left: 70 });
    await world.must(
      world.point.call(controlApi.begin, {
        token: run.credential,
        idempotencyKey: randomUUID(),
        body: { mandate: run.mandate, action: 'file.write', resource: 'workspace://p/a' },
      }),
    );
    world.artifacts.release(run.credential);
    await world.artifacts.renew();
    expect(await line(run.mandate)).toEqual({ spent: 4, left: 76 });
  });

  test('without control there are as many yeses as were set aside, and no more', async () => {
    const run = await budgeted(80);
    await world.artifacts.hold(run);
    world.line.isUp = false;
    const decisions: string[] = [];
    for (let asked = 0; asked < 12; asked += 1) decisions.push((await world.ask(run)).decision);
    world.line.isUp = true;
    expect(decisions.filter((decision) => decision === 'permit')).toHaveLength(10);
    world.artifacts.release(run.credential);
  });

  test('what was used while a slice was on its way, and lost, is counted all the same', async () => {
    const run = await budgeted(400);
    await world.artifacts.hold(run);
    const ask = async (times: number): Promise<void> => {
      for (let asked = 0; asked < times; asked += 1) await world.ask(run);
    };
    await ask(40);
    world.tap.losesReplies = true;
    await world.artifacts.renew();
    world.tap.losesReplies = false;
    await ask(5);
    await world.artifacts.renew();
    world.artifacts.release(run.credential);
    await world.artifacts.renew();
    expect(await line(run.mandate)).toEqual({ spent: 45, left: 355 });
  });

  test('what was said yes to is on record, once, also where the answer to the report was lost', async () => {
    const run = await world.run();
    await world.artifacts.hold(run);
    for (const action of ['file.write', 'file.read', 'file.write']) await world.ask(run, { action });
    world.tap.losesReplies = true;
    await world.artifacts.renew();
    world.tap.losesReplies = false;
    await world.ask(run);
    await world.artifacts.renew();
    world.artifacts.release(run.credential);
    await world.artifacts.renew();
    const { items } = await world.must(
      world.person.call(controlApi.audit, { query: { mandate: run.mandate, limit: 1_000 } }),
    );
    const answers = items
      .filter(({ type }) => type === 'verdict.answered')
      .map(({ data }) => (data as { answers: unknown }).answers);
    expect(answers).toEqual([
      [
        { action: 'file.write', count: 2 },
        { action: 'file.read', count: 1 },
      ],
      [{ action: 'file.write', count: 1 }],
    ]);
  });

  test('never more yeses than calls, and none uncounted: replies lost, lines cut, points that start anew, operations beside them', async () => {
    const at = fc.nat({ max: 1 });
    const plain = <Name extends 'renew' | 'lose' | 'restart' | 'begin'>(name: Name) =>
      fc.record({ do: fc.constant(name), at, times: fc.constant(1) });
    const step = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({ do: fc.constant('ask' as const), at, times: fc.integer({ min: 1, max: 14 }) }),
      },
      { weight: 2, arbitrary: plain('renew') },
      { weight: 2, arbitrary: plain('lose') },
      { weight: 1, arbitrary: plain('restart') },
      { weight: 1, arbitrary: plain('begin') },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 400 }), fc.array(step, { maxLength: 60 }), async (limit, steps) => {
        const first = await budgeted(limit);
        const { credential } = await world.must(
          world.person.call(controlApi.issueCredential, { params: { id: first.mandate }, body: { run: randomUUID() } }),
        );
        const runs: readonly Run[] = [first, { ...first, credential }];
        const points: { artifacts: HeldArtifacts; verdicts: Verdicts; kill: () => Promise<void> }[] = [];
        const start = async (at: number): Promise<void> => {
          const wire = { isUp: true };
          const control = {
            ...world.tapped,
            call: ((...asked: Parameters<ControlClient['call']>) =>
              wire.isUp ? world.tapped.call(...asked) : Promise.resolve(lost)) as ControlClient['call'],
          };
          const artifacts = createHeldArtifacts({ control, point: pointName, clock: world.clocks, timeoutMs: 5_000 });
          const verdicts = createVerdicts({ control, artifacts, pointToken: () => world.pointToken });
          const kill = async (): Promise<void> => {
            wire.isUp = false;
            await artifacts[Symbol.asyncDispose]();
          };
          points[at] = { artifacts, verdicts, kill };
          await artifacts.hold(runs[at] ?? first);
        };
        await start(0);
        await start(1);
        let made = 0;
        for (const { do: what, at, times } of steps) {
          const [run, point] = [runs[at] ?? first, points[at]];
          if (point === undefined) throw new Error('both points run');
          if (what === 'ask')
            for (let asked = 0; asked < times; asked += 1)
              made += (await world.ask(run, {}, point.verdicts)).decision === 'permit' ? 1 : 0;
          else if (what === 'renew') await point.artifacts.renew();
          else if (what === 'lose') {
            world.tap.losesReplies = true;
            await point.artifacts.renew();
            world.tap.losesReplies = false;
          } else if (what === 'restart') {
            await point.kill();
            await start(at);
          } else {
            const begun = await world.point.call(controlApi.begin, {
              token: run.credential,
              idempotencyKey: randomUUID(),
              body: { mandate: run.mandate, action: 'file.write', resource: 'workspace://p/a' },
            });
            made += begun.ok ? 1 : 0;
          }
          expect(made).toBeLessThanOrEqual(limit);
          expect((await line(first.mandate)).spent).toBeGreaterThanOrEqual(made);
        }
        for (const { artifacts } of points) await artifacts[Symbol.asyncDispose]();
        const { spent } = await line(first.mandate);
        expect(spent).toBeGreaterThanOrEqual(made);
        if (steps.every(({ do: what }) => what !== 'restart')) expect(spent).toBe(made);
      }),
      { numRuns: 30, seed: 20 },
    );
  });
});
