import { describe, expect, test } from 'vitest';
import { edits, hour, mandate, pushes, states, t0 } from '../test-support/mandates.ts';
import { compiledSet } from '../set/compile.ts';
import { compileChain, setsOf } from './compiled-chain.ts';

const overlay = { authority: edits, at: t0, by: 'ada', reason: 'no pushes' };
const firstUse = { id: 'h', kind: 'first_use', actions: ['git.push'], target: 'site' } as const;

describe('what is gathered of a chain once', () => {
  test('its sets are the authority and the overlays of every mandate, each once', () => {
    const root = mandate('m0', { authority: pushes, overlays: [overlay] });
    expect(setsOf(root)).toEqual([pushes, edits]);
    const { sets } = compileChain([root, mandate('m0.1', { authority: pushes })]);
    expect(sets.map((set) => set?.authority.map(({ resource }) => resource))).toEqual([
      ['git://p/refs/heads/writ'],
      ['workspace://p/'],
    ]);
  });

  test('a set that means nothing is not left out', () => {
    const nonsense = [{ ...edits[0]!, actions: ['*'] }]; // the fixture has one entry
    expect(compileChain([mandate('m0', { authority: nonsense })]).sets).toEqual([undefined]);
  });

  test('only those with budgets and with history rules are asked about theirs', () => {
    const [plain, counted, ordered] = [
      mandate('m0'),
      mandate('m0.1', { budgets: [{ kind: 'calls', limit: 1 }] }),
      mandate('m0.1.1', { history: [firstUse] }),
    ];
    const chain = compileChain([plain, counted, ordered]);
    expect(chain.counting).toEqual([[], counted.budgets, []]);
    expect(chain.ids).toEqual(['m0', 'm0.1', 'm0.1.1']);
    expect(chain.histories).toEqual([[], [], ordered.history]);
  });

  test('every mandate is named with the version and the epoch it is judged at, root first', () => {
    const chain = compileChain([mandate('m0', { version: 7, epoch: 3 }), mandate('m0.1', { version: 2, epoch: 2 })]);
    expect(chain.judgedAt).toEqual([
      { mandate: 'm0', version: 7, epoch: 3 },
      { mandate: 'm0.1', version: 2, epoch: 2 },
    ]);
    expect(chain.epoch).toBe(5);
  });

  test.each(states)('it is active only where all are: %j', (state) => {
    const isActive = state.name === 'active';
    expect(compileChain([mandate('m0', { state }), mandate('m0.1')]).isActive).toBe(isActive);
    expect(compileChain([mandate('m0'), mandate('m0.1', { state })]).isActive).toBe(isActive);
  });

  test('it ends with the first expiry or wall time of any of them; a count is no time', () => {
    const endsAt = (...more: readonly Parameters<typeof mandate>[1][]) =>
      compileChain(more.map((one, depth) => mandate(['m0', 'm0.1', 'm0.1.1'][depth] ?? '', one))).endsAt - t0;
    expect(endsAt({}, {})).toBe(hour);
    expect(endsAt({}, { expiresAt: t0 + 9 })).toBe(9);
    expect(endsAt({ budgets: [{ kind: 'wall', limitMs: 7 }] }, { expiresAt: t0 + 9 })).toBe(7);
    expect(endsAt({ budgets: [{ kind: 'wall', limitMs: 7 }], approvedAt: t0 + 1 }, {})).toBe(8);
    expect(endsAt({ budgets: [{ kind: 'calls', limit: 1 }], approvedAt: null }, {})).toBe(hour);
    expect(endsAt({ budgets: [{ kind: 'wall', limitMs: 7 }], approvedAt: null }, {})).toBe(-t0);
    expect(endsAt({ expiresAt: Number.NaN }, {})).toBeNaN();
  });
});

describe('what was made ready is kept', () => {
  test('for the very same set, and not for one that says the same', () => {
    expect(compiledSet(edits)).toBe(compiledSet(edits));
    expect(compiledSet([...edits])).not.toBe(compiledSet(edits));
  });

  test('for the very same mandates: a leaf that is judged under more or fewer of them is judged anew', () => {
    const [root, middle, leaf] = [mandate('m0'), mandate('m0.1'), mandate('m0.1.1')];
    const ready = compileChain([root, middle, leaf]);
    expect(compileChain([root, middle, leaf])).toBe(ready);
    const shorter = compileChain([middle, leaf]);
    expect([shorter.mandates, shorter.missing]).toEqual([[middle, leaf], 'm0']);
    expect(compileChain([root, middle, leaf]).missing).toBeUndefined();
    expect(compileChain([middle, leaf]).mandates).toHaveLength(2);
  });

  test('and a chain that is ready is itself', () => {
    const ready = compileChain([mandate('m0')]);
    expect(compileChain(ready)).toBe(ready);
  });
});
