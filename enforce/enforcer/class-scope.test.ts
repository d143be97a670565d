/** The statement has a line for every class there is, and claims nothing without a sandbox that works. */

import { actionClasses } from '@writ/authority';
import { expect, test } from 'vitest';
import { classScope } from './class-scope.ts';
import { bubblewrap, seatbelt } from '../supervisor/sandbox-kind.ts';
import { scopeOf } from './scope.ts';
import type { SandboxProbe } from '../supervisor/probe-sandbox.ts';

const both = (probe: SandboxProbe) => ({ runs: probe, sessions: probe });

test.each(['run', 'attended'] as const)('every class has a line in %s', (place) => {
  const lines = classScope(both({ works: true, ...bubblewrap })).filter((line) => line.place === place);
  expect(lines.map((line) => line.action_class).toSorted()).toEqual(Object.keys(actionClasses).toSorted());
  expect(lines.every(({ mediated_by: mediated, outside }) => mediated !== '' && outside !== '')).toBe(true);
});

test('what rests on hooks alone is cooperative, and without a sandbox everything is', () => {
  const works = classScope(both({ works: true, ...bubblewrap }));
  expect(new Set(works.map(({ place, holds }) => `${place} ${holds}`))).toEqual(
    new Set(['run enforced', 'attended cooperative']),
  );
  const without = scopeOf(both({ works: false, why: 'it is not installed' }), {});
  expect(new Set(without.classes.map(({ holds }) => holds))).toEqual(new Set(['cooperative']));
  expect(without.classes.every((line) => line.isolated_by === 'nothing: it is not installed')).toBe(true);
  expect(without.lines.filter(({ holds }) => holds === 'enforced')).toEqual([]);
});

test('Seatbelt that was not tried around a session at a terminal holds runs of a mission alone, and of processes it is said that they are looked for', () => {
  const { lines, classes, enforced } = scopeOf(
    { runs: { works: true, ...seatbelt }, sessions: { works: false, why: 'Seatbelt is unproven' } },
    {},
  );
  const standing = (place: string): ReadonlySet<string> =>
    new Set(classes.filter((line) => line.place === place).map(({ holds }) => holds));
  expect([enforced, standing('run'), standing('attended')]).toEqual([
    true,
    new Set(['enforced']),
    new Set(['cooperative']),
  ]);
  const of = (what: string) => lines.find((line) => line.what === what);
  expect(of("Writ's state, keys and tokens")).toMatchObject({ holds: 'enforced' });
  for (const what of [
    'processes that leave their group or session',
    'freezing and killing a run',
    'the end of the enforcer itself',
    'network of a session at a terminal',
  ])
    expect([what, of(what)?.holds]).toEqual([what, 'cooperative']);
  expect(lines.filter(({ isolated_by: by }) => /namespace|mount/.test(by))).toEqual([]);
  const atTerminal = classes.filter(({ place }) => place === 'attended');
  expect(atTerminal.every((line) => line.isolated_by === 'nothing: Seatbelt is unproven')).toBe(true);
});

test('where Seatbelt was tried around a session at a terminal, that is said, and what governs it is read-only before it exists', () => {
  const { lines, classes } = scopeOf(both({ works: true, ...seatbelt }), {});
  const network = lines.find(({ what }) => what === 'network of a session at a terminal');
  expect(network).toMatchObject({ holds: 'enforced', isolated_by: expect.stringContaining('Seatbelt') as string });
  const line = classes.find((one) => one.place === 'attended' && one.action_class === 'privileged_administration');
  expect(line?.isolated_by).toContain('do not exist yet');
});
