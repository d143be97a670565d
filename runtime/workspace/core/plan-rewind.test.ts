import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Difference } from './plan-rewind.ts';
import { isBeside, isFolderBeside, ownWork, planRewind } from './plan-rewind.ts';

const names = ['a', 'b', 'c', 'd'];
const tree = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3'), { maxKeys: 4 });
type Tree = Readonly<Record<string, string>>;

const between = (now: Tree, then: Tree): readonly Difference[] =>
  names.flatMap((path) => {
    const [before, after] = [now[path] ?? null, then[path] ?? null];
    return before === after ? [] : [{ path, now: before, then: after }];
  });

/** cline#12831, arbos#390. */
it('deletes only what came into being in the session’s own stretches and is as they left it; everything that was kept comes back', () => {
  fc.assert(
    // From the target on: a stretch of work, what somebody else did, and so on.
    fc.property(fc.array(tree, { minLength: 2, maxLength: 7 }), fc.subarray(names), (trees, unkept) => {
      const [target = {}] = trees;
      const wasThere = (path: string): boolean => unkept.includes(path);
      const now = trees.at(-1) ?? {};
      const stretches = trees.flatMap((end, index) => {
        const begin = trees[index - 1];
        return index % 2 === 1 && begin !== undefined ? [{ changes: between(begin, end), wasThere }] : [];
      });
      const lines = planRewind(between(now, target), ownWork(stretches), new Map());
      for (const { path, does } of lines) {
        if (path in target) expect(does).toBe(path in now ? 'write' : 'restore');
        else if (does === 'delete') {
          // Some stretch made it, and the last that touched it left it as it is.
          const touched = trees.flatMap((end, index) =>
            index % 2 === 1 && trees[index - 1]?.[path] !== end[path]
              ? [{ before: trees[index - 1]?.[path], after: end[path] }]
              : [],
          );
          expect(touched.some(({ before }) => before === undefined)).toBe(true);
          expect(unkept).not.toContain(path);
          expect(touched.at(-1)?.after).toBe(now[path]);
        } else expect(does).toBe('leave');
      }
      expect(lines.map(({ path }) => path)).toEqual(between(now, target).map(({ path }) => path));
    }),
    { numRuns: 1_000 },
  );
});

it('leaves what stands in the way, and says why', () => {
  const change = { path: 'a', now: null, then: '1' };
  expect(planRewind([change], new Map(), new Map([['a', 'a folder']]))).toEqual([
    { path: 'a', does: 'leave', elsewhere: true, why: 'a folder' },
  ]);
});

it.each([
  ['.env', true, true],
  ['build', true, true],
  ['build/out/x', true, true],
  ['builder', false, false],
  ['src/build/x', false, false],
  ['src/a.o', true, true],
  ['src', false, true],
  ['uploads', false, true],
  ['uploads/deep', false, true],
  ['up', false, false],
])('%s stands beside what was kept: %s, as a folder: %s', (path, is, isFolder) => {
  const beside = new Set(['.env', 'build/', 'src/a.o', 'uploads/.']);
  expect([isBeside(beside, path), isFolderBeside(beside, path)]).toEqual([is, isFolder]);
});
