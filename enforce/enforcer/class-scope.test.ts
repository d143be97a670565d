/** The statement has a line for every class there is, and claims nothing without a sandbox that works. */

import { actionClasses } from '@writ/authority';
import { expect, test } from 'vitest';
import { classScope } from './class-scope.ts';
import { scopeOf } from './scope.ts';

test.each(['run', 'attended'] as const)('every class has a line in %s', (place) => {
  const lines = classScope({ works: true, by: 'bubblewrap' }).filter((line) => line.place === place);
  expect(lines.map((line) => line.action_class).toSorted()).toEqual(Object.keys(actionClasses).toSorted());
  expect(lines.every(({ mediated_by: mediated, outside }) => mediated !== '' && outside !== '')).toBe(true);
});

test('what rests on hooks alone is cooperative, and without a sandbox everything is', () => {
  const works = classScope({ works: true, by: 'bubblewrap' });
  expect(new Set(works.map(({ place, holds }) => `${place} ${holds}`))).toEqual(
    new Set(['run enforced', 'attended cooperative']),
  );
  const without = scopeOf({ works: false, why: 'it is not installed' }, {});
  expect(new Set(without.classes.map(({ holds }) => holds))).toEqual(new Set(['cooperative']));
  expect(without.classes.every((line) => line.isolated_by === 'nothing: it is not installed')).toBe(true);
  expect(without.lines.filter(({ holds }) => holds === 'enforced')).toEqual([]);
});
