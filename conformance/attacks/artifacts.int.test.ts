/** Attacks 1, 2, 3, 22 and 35 on what an enforcement point holds: a yes from before, kept past its time. */
import { controlApi } from '@writ/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { losingLine } from './losing-line.ts';
import { pointAndControl, pointName, said, until } from './point.ts';
import { hour, minute, t0 } from './support.ts';

const boundMs = 5_000;

describe('answers at a point', () => {
  test('are the evaluator’s, from what control signed: control is not asked, and what needs its word now is', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    expect(said(await world.ask(run))).toBe('permit from control');
    await world.artifacts.hold(run);
    expect(said(await world.ask(run))).toBe('permit from artifact');
    expect(said(await world.ask(run, { action: 'file.read' }))).toBe('permit from artifact');
    expect(said(await world.ask(run, { action: 'task.note', resource: 'workspace://p/note' }))).toBe(
      'permit from artifact',
    );
    // A no is control's, so that it is on record, and so is a class that needs a fresh word.
    expect(said(await world.ask(run, { resource: 'workspace://q/a' }))).toBe('refuse from control');
    expect(said(await world.ask(run, { action: 'git.push' }))).toBe('refuse from control');
    world.line.isUp = false;
    expect(said(await world.ask(run))).toBe('permit from artifact');
    expect(said(await world.ask(run, { resource: 'workspace://q/a' }))).toBe('refuse from point');
    expect(await world.ask(run, { action: 'git.push' })).toMatchObject({
      decision: 'refuse',
      from: 'point',
      sentence: 'control cannot be reached, and a consequential_write needs its word now',
    });
  });

  test('say the same as control, whatever is asked', async () => {
    await using world = await pointAndControl();
    const run = await world.run({
      authorization_details: [
        {
          type: 'mission_resource_access',
          resource: 'workspace://p/src',
          resource_match: 'prefix',
          actions: ['file.*'],
          constraints: { allowed_tools: ['edit'], tenant: 'acme' },
        },
      ],
    });
    await world.artifacts.hold(run);
    const facts = fc.record(
      { tool: fc.constantFrom('edit', 'shell'), tenant: fc.constantFrom('acme', 'evil') },
      { requiredKeys: [] },
    );
    const resource = fc.constantFrom(
      'workspace://p/src',
      'workspace://p/src/a',
      'workspace://p/srcs',
      'workspace://p/src/../x',
    );
    await fc.assert(
      fc.asyncProperty(facts, resource, fc.constantFrom('file.read', 'file.write'), async (given, where, action) => {
        const asked = { facts: given, resource: where, action };
        const local = await world.ask(run, asked);
        // Nothing is held under another credential's name, so this one is control's.
        world.artifacts.release(run.credential);
        const theirs = await world.ask(run, asked);
        await world.artifacts.hold(run);
        expect(theirs.from).toBe('control');
        expect(local.decision).toBe(theirs.decision);
        expect(local.from).toBe(theirs.decision === 'permit' ? 'artifact' : 'control');
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  test('are not given for another run, another mandate or another point', async () => {
    await using world = await pointAndControl();
    const [one, two] = [await world.run(), await world.run()];
    await world.artifacts.hold(one);
    world.line.isUp = false;
    expect(said(await world.ask(two))).toBe('refuse from point');
    expect(said(await world.ask({ ...one, mandate: two.mandate }))).toBe('refuse from point');
    expect(said(await world.ask({ ...one, credential: two.credential }))).toBe('refuse from point');
    world.line.isUp = true;
    // The launcher's token speaks for launchers alone, and a credential is good for its own mandate.
    const vouched = (point: string, mandate: string, credential: string) =>
      world.point.call(controlApi.vouch, {
        params: { id: point },
        body: { nonce: 'n'.repeat(16), wanted: [{ mandate, credential }] },
      });
    const refusals = [
      await vouched('enforcer', one.mandate, one.credential),
      await vouched(pointName, two.mandate, one.credential),
      await vouched(pointName, one.mandate, 'writ_actor_guessed'),
    ];
    for (const reply of refusals)
      expect(reply).toMatchObject({ ok: true, value: { items: [{ problem: { code: 'not_yours' } }] } });
    // An agent alone is given none.
    const agent = await world.point.call(controlApi.vouch, {
      token: one.credential,
      params: { id: pointName },
      body: { nonce: 'n'.repeat(16), wanted: [one] },
    });
    expect(agent).toMatchObject({ ok: false, problem: { code: 'not_an_approver' } });
  });

  test('end with the credential, although the mandate goes on', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    const { credential } = await world.must(
      world.person.call(controlApi.issueCredential, {
        params: { id: run.mandate },
        body: { run: 'short', expires_at: new Date(t0 + 2_000).toISOString() },
      }),
    );
    const short = { mandate: run.mandate, credential };
    await world.artifacts.hold(short);
    world.line.isUp = false;
    world.wait(1_999);
    expect(said(await world.ask(short))).toBe('permit from artifact');
    world.wait(1);
    expect(said(await world.ask(short))).toBe('refuse from point');
  });
});

describe('attack 1: replay of an artifact after the mandate was revoked', () => {
  test('with control online the next check refuses: the change drops it, and the old one brought again is not taken', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    let kept: unknown = null;
    world.tap.onVouched = (reply) => (kept ??= reply);
    await world.artifacts.hold(run);
    world.tap.onVouched = null;
    expect(said(await world.ask(run))).toBe('permit from artifact');
    const push = await world.push();
    await world.revoke(run.mandate);
    await until('the revocation', () => push.seen.some(({ type }) => type === 'mandate.revoked'));
    expect(said(await world.ask(run))).toBe('refuse from control');
    // Whoever sits on the line answers every request with what was signed before.
    world.tap.onVouched = () => kept;
    await world.artifacts.renew();
    expect(world.artifacts.get(run)).toBeNull();
    await push.stop();
  });

  test('without push, asking for a new one is enough: control’s no takes the old one back', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    await world.artifacts.hold(run);
    await world.revoke(run.mandate);
    await world.artifacts.renew();
    expect(world.artifacts.get(run)).toBeNull();
  });

  test.each([
    ['revoking above it', 'revoke'],
    ['narrowing above it', 'narrow'],
    ['suspending above it', 'suspend'],
  ] as const)('%s drops what is held of the child', async (_, act) => {
    await using world = await pointAndControl();
    const parent = await world.run({ delegation: { max_depth: 1, max_children: 2, actors: 'any' } });
    const { mandate, credential } = await world.must(
      world.point.call(controlApi.delegate, {
        token: parent.credential,
        point: world.pointToken,
        params: { id: parent.mandate },
        body: {
          purpose: 'a part',
          actor: 'tester',
          authorization_details: [
            {
              type: 'mission_resource_access',
              resource: 'workspace://p/',
              resource_match: 'prefix',
              actions: ['file.write'],
            },
          ],
        },
      }),
    );
    const child = { mandate: mandate.id, credential: credential ?? '' };
    await world.artifacts.hold(child);
    expect(said(await world.ask(child))).toBe('permit from artifact');
    const push = await world.push();
    const body = act === 'narrow' ? { authorization_details: [] } : {};
    await world.must(
      world.person.call(controlApi[act], {
        params: { id: parent.mandate },
        body: body,
      }),
    );
    await until('the act', () => push.seen.some(({ stream }) => stream === `mandate-${parent.mandate}`));
    expect((await world.ask(child)).decision).toBe('refuse');
    await push.stop();
  });

  test('a signal that a condition rests on drops it as well', async () => {
    await using world = await pointAndControl();
    const subject = 'branch:p/main';
    const condition = {
      id: 'c',
      subject,
      test: 'not_equals' as const,
      value: 'frozen',
      on_failure: 'suspend' as const,
      returns: 'by_reinstatement' as const,
      max_age_ms: null,
      when_unreported: 'holds' as const,
    };
    const run = await world.run({ conditions: [condition] });
    await world.artifacts.hold(run);
    const push = await world.push();
    await world.must(
      world.person.call(controlApi.signal, { body: { subject, value: 'frozen', source: 'person:t', sequence: 1 } }),
    );
    await until('the signal', () => push.seen.some(({ type }) => type === 'signal.reported'));
    expect((await world.ask(run)).decision).toBe('refuse');
    await push.stop();
  });
});

describe('attack 2: a kept artifact past its bound', () => {
  test('push and control both dead: it answers strictly within the bound and refuses at it exactly', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    await world.artifacts.hold(run);
    world.line.isUp = false;
    await world.revoke(run.mandate);
    world.wait(boundMs - 1);
    expect(said(await world.ask(run))).toBe('permit from artifact');
    world.wait(1);
    expect(await world.ask(run)).toMatchObject({
      decision: 'refuse',
      from: 'point',
      sentence: 'the last word from control is older than 5000 ms',
    });
    // What needs no fresh word goes on, until the chain itself is over.
    const note = { action: 'task.note', resource: 'workspace://p/note' };
    expect(said(await world.ask(run, note))).toBe('permit from artifact');
    world.wait(hour - boundMs);
    expect(said(await world.ask(run, note))).toBe('refuse from point');
  });

  test('push dead and control alive: a revocation is known once the next artifact is asked for', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    await world.artifacts.hold(run);
    await world.revoke(run.mandate);
    // The point's own timer asks; nothing else does.
    await until('the artifact was taken back', () => world.artifacts.get(run) === null);
    expect(said(await world.ask(run))).toBe('refuse from control');
  });

  test('an answer that was slow counts from when it was asked for', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    world.tap.onVouched = (reply) => {
      world.wait(boundMs - 10);
      return reply;
    };
    await world.artifacts.hold(run);
    world.tap.onVouched = null;
    world.line.isUp = false;
    expect(said(await world.ask(run))).toBe('permit from artifact');
    world.wait(10);
    expect(said(await world.ask(run))).toBe('refuse from point');
  });
});

describe('attack 3: a gap in what was pushed', () => {
  test('an event that is lost on the way, while heartbeats go on, is noticed by the next of them', async () => {
    await using world = await pointAndControl();
    await using line = await losingLine(world.url);
    const run = await world.run();
    await world.artifacts.hold(run);
    const push = await world.push(line.url);
    // Nothing else than the stream says that anything has changed, and the point's clocks stand still.
    world.line.isUp = false;
    expect(said(await world.ask(run))).toBe('permit from artifact');
    line.lose();
    await world.revoke(run.mandate);
    await until('the gap', () => push.gaps.length > 0);
    expect(line.lost).toContain('mandate.revoked');
    expect(push.seen).toEqual([]);
    expect(said(await world.ask(run))).toBe('refuse from point');
    // Control is asked anew, and says what was lost.
    world.line.isUp = true;
    expect(said(await world.ask(run))).toBe('refuse from control');
    expect(await world.recorded('verdict.refused')).not.toEqual([]);
    await push.stop();
  });

  test('nothing from before it answers what needs a fresh word, until control was asked again', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    await world.artifacts.hold(run);
    world.line.isUp = false;
    world.artifacts.unsure();
    expect(said(await world.ask(run))).toBe('refuse from point');
    world.line.isUp = true;
    await world.artifacts.renew();
    expect(said(await world.ask(run))).toBe('permit from artifact');
  });

  test('an answer to what was asked before the gap does not count after it', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    await world.artifacts.hold(run);
    let answers = 0;
    world.tap.onVouched = (reply) => {
      // The gap comes while the answer is on its way; the point asks again by itself, and that is cut.
      if (answers++ === 0) {
        world.clock.monotonic += 1;
        world.line.isUp = false;
        world.artifacts.unsure();
      }
      return reply;
    };
    await world.artifacts.renew();
    expect(answers).toBe(1);
    expect(world.artifacts.get(run)?.age.isStale).toBe(true);
    expect(said(await world.ask(run))).toBe('refuse from point');
  });

  test('an answer that was on its way when a change came is not taken: it is from before', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    await world.artifacts.hold(run);
    const change = {
      type: 'mandate.narrowed',
      stream: `mandate-${run.mandate}`,
      position: 1_000_000,
      at: '',
      project: 'p',
      actor: '',
      lineage: {},
      data: null,
    };
    world.tap.onVouched = (reply) => {
      world.tap.onVouched = null;
      world.artifacts.changed(change);
      return reply;
    };
    await world.artifacts.renew();
    expect(world.artifacts.get(run)).toBeNull();
  });
});

describe('attack 22: clocks that lie, at a point', () => {
  test('it matters nothing how far the point’s clock is from control’s', async () => {
    for (const skew of [-10 * minute, 10 * minute, 50 * 365 * 24 * hour]) {
      await using world = await pointAndControl(t0 + skew);
      const run = await world.run({ expires_at: new Date(t0 + 3_000).toISOString() });
      await world.artifacts.hold(run);
      world.line.isUp = false;
      expect(world.artifacts.endsInMs(run.credential)).toBe(3_000);
      world.wait(2_999);
      expect(said(await world.ask(run))).toBe('permit from artifact');
      world.wait(1);
      expect(said(await world.ask(run))).toBe('refuse from point');
      expect(world.artifacts.endsInMs(run.credential)).toBe(0);
    }
  });

  test('a lid that was closed, a clock set back or forward, a resumed machine: only ever sooner, never later', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    await world.artifacts.hold(run);
    world.line.isUp = false;
    const start = { ...world.clock };
    const at = async (wall: number, monotonic: number) => {
      Object.assign(world.clock, { wall: start.wall + wall, monotonic: start.monotonic + monotonic });
      return (await world.ask(run)).decision;
    };
    expect(await at(boundMs - 1, boundMs - 1)).toBe('permit');
    // Asleep for two seconds, by a monotonic clock that does not count sleep: within the bound, and still a jump.
    expect(await at(2_000, 10)).toBe('refuse');
    expect(await at(10 * minute, 10)).toBe('refuse');
    expect(await at(-10 * minute, 10)).toBe('refuse');
    expect(await at(10, boundMs)).toBe('refuse');
    expect(await at(Number.NaN, 10)).toBe('refuse');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -hour, max: hour }),
        fc.oneof(fc.nat({ max: hour }), fc.nat({ max: boundMs })),
        fc.boolean(),
        async (wall, monotonic, together) => {
          const shown = together ? monotonic + (wall % 1_000) : wall;
          const permitted = (await at(shown, monotonic)) === 'permit';
          expect(permitted).toBe(Math.max(shown, monotonic) < boundMs && Math.abs(shown - monotonic) <= 1_000);
        },
      ),
      { seed: 22, numRuns: 300 },
    );
  });

  test('a window that has not begun at control has not begun at the point, however slow the answer was', async () => {
    await using world = await pointAndControl();
    const constraints = {
      time_window: { not_before: new Date(t0 + 1_000).toISOString(), not_after: new Date(t0 + 3_000).toISOString() },
    };
    const run = await world.run({
      authorization_details: [
        {
          type: 'mission_resource_access',
          resource: 'workspace://p/',
          resource_match: 'prefix',
          actions: ['file.*'],
          constraints,
        },
      ],
    });
    // Two seconds on the way: by the point's clock the window could have begun, by control's it need not have.
    world.tap.onVouched = (reply) => {
      world.wait(2_000);
      return reply;
    };
    await world.artifacts.hold(run);
    world.tap.onVouched = null;
    world.line.isUp = false;
    expect((await world.ask(run)).decision).toBe('refuse');
  });
});

describe('attack 35: an artifact kept alive by being used', () => {
  test('however often it is asked, it ends when it would have', async () => {
    await using world = await pointAndControl();
    const run = await world.run();
    await world.artifacts.hold(run);
    world.line.isUp = false;
    const answers: string[] = [];
    for (let elapsed = 0; elapsed < 2 * boundMs; elapsed += 250) {
      answers.push((await world.ask(run)).decision);
      world.wait(250);
    }
    expect(answers).toEqual(Array.from({ length: 40 }, (_, step) => (step * 250 < boundMs ? 'permit' : 'refuse')));
  });
});
