/**
 * Attack 15: a child is created while its parent is being ended. Every append to the journal waits for its turn, and fast-check gives the turns, so that each command
 * is decided at one moment and written at another.
 */
import { effectiveState } from '@writ/authority';
import type { Actor, Control } from '@writ/control';
import type { Journal } from '@writ/journal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beneath, builder, hour, outcomeOf, owner, realControl, t0 } from './support.ts';

const authority = [beneath('workspace://p/', ['file.*'])];
const bounds = { maxDepth: 3, maxChildren: 8, actors: 'any' } as const;
const write = (mandate: string) => ({
  mandate,
  action: 'file.write',
  resource: 'workspace://p/a',
  facts: {},
  containment: { files: 'worktree', network: 'none', credentials: 'none' } as const,
  parameters: {},
  session: null,
  atLeast: undefined,
});
const actorOf = (mandate: string): Actor => ({
  kind: 'actor',
  mandate,
  actor: 'builder',
  run: 'run',
  expiresAt: t0 + hour,
});

const ends = {
  revoke: (control: Control, id: string) => control.stop(id, { type: 'revoke', reason: '' }, { by: owner }),
  complete: (control: Control, id: string) => control.stop(id, { type: 'complete', reason: '' }, { by: owner }),
  suspend: (control: Control, id: string) => control.stop(id, { type: 'suspend', reason: '' }, { by: owner }),
  'stop all': (control: Control) =>
    control.stopAll(
      {
        act: 'revoke',
        project: null,
        mandate: null,
        agent: null,
        harness: null,
        model: null,
        reason: '',
        dryRun: false,
      },
      { by: owner },
    ),
  narrow: (control: Control, id: string) =>
    control.stop(id, { type: 'narrow', authority: [], reason: '' }, { by: owner }),
} as const;
type End = keyof typeof ends;

const endings = new Set(['mandate.revoked', 'mandate.completed', 'mandate.suspended', 'mandate.narrowed']);

test('attack 15: however a spawn and the end of its parent are interleaved, no child survives', async () => {
  const seen = { before: 0, refused: 0 };
  const anEnd = fc.constantFrom(...(Object.keys(ends) as End[])); // the keys of the table above
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), anEnd, fc.integer({ min: 0, max: 2 }), async (scheduler, how, on) => {
      const turns = { isGiven: false };
      const through = (journal: Journal): Journal =>
        new Proxy(journal, {
          get: (target, name) => {
            const own: unknown = Reflect.get(target, name, target);
            if (name !== 'append') return typeof own === 'function' ? (own.bind(target) as unknown) : own;
            return async (...asked: Parameters<Journal['append']>) => {
              if (turns.isGiven) await scheduler.schedule(Promise.resolve(), 'append');
              return target.append(...asked);
            };
          },
        });
      await using kit = await realControl(through);
      const { control } = kit;
      const spawn = (parent: string, maxDepth: number) =>
        control.delegate(
          parent,
          { purpose: 'part', actor: 'builder', authority, expiresAt: undefined, delegation: { ...bounds, maxDepth } },
          { by: actorOf(parent) },
        );
      // A line of three; whichever is ended, what spawns is the last.
      const root = await kit.approved(authority, { delegation: { ...bounds, maxDepth: 6 } });
      const line = [root];
      for (const depth of [5, 4]) line.push(kit.must(await spawn(line.at(-1) ?? root, depth)).mandate.id);
      const last = line[2] ?? root;

      turns.isGiven = true;
      /** A child, its child, and an operation of each: as far as it is let. */
      const bomb = async (): Promise<readonly string[]> => {
        const made: string[] = [];
        for (const depth of [3, 2]) {
          const parent = made.at(-1) ?? last;
          const child = await spawn(parent, depth);
          if (!child.ok) break;
          made.push(child.value.mandate.id);
          await control.begin(write(child.value.mandate.id), 30_000, {
            by: actorOf(child.value.mandate.id),
            key: 'k',
          });
        }
        return made;
      };
      const bombs = [bomb(), bomb(), bomb()];
      const ended = ends[how](control, line[on] ?? root);
      let isOver = false;
      const everything = Promise.all([...bombs, ended]).then(() => (isOver = true));
      while (!isOver) {
        await scheduler.waitIdle();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await everything;
      turns.isGiven = false;

      expect((await ended).ok).toBe(true);
      const made = (await Promise.all(bombs)).flat();
      seen.before += made.length;
      seen.refused += 6 - made.length;
      // Nothing was handed on after the end: each came before it, or was refused.
      const events = await kit.journal.readAll();
      const endedAt = events.find(({ type }) => endings.has(type))?.position ?? 0;
      const handedOn = events.filter(({ type }) => type === 'mandate.delegated').map(({ position }) => position);
      expect(handedOn.filter((position) => position > endedAt)).toEqual([]);
      for (const id of [...made, last]) {
        const state = effectiveState(control.mandateChain(id), control.now())?.name;
        if (how !== 'narrow') expect(['cascaded', 'held', 'revoked', 'completed', 'suspended']).toContain(state);
        const again = await control.begin(write(id), 30_000, { by: actorOf(id), key: 'after' });
        expect(outcomeOf(again)).not.toBe('done');
        if (how !== 'narrow') expect(outcomeOf(await spawn(id, 0))).not.toBe('done');
        expect(kit.must(await control.check(write(id), builder(id))).verdict.decision).toBe('refuse');
      }
      // What had begun by then was told to stop, at the latest by the look that control takes ten times a second, where its class lets it stand still or drain, it does nothing more.
      await control.tick();
      for (const id of control.state.openOperations) {
        const operation = control.state.operations.get(id);
        if (how !== 'complete' && how !== 'suspend') expect(operation?.state).not.toMatchObject({ interrupt: null });
        const redeemed = await control.renew(id, 30_000, actorOf(operation?.begun.mandate ?? ''));
        expect(outcomeOf(redeemed)).not.toBe('done');
      }
    }),
    { numRuns: 25, seed: 15 },
  );
  // Both orders were met, or nothing was shown.
  expect(seen.before).toBeGreaterThan(10);
  expect(seen.refused).toBeGreaterThan(10);
}, 60_000);
