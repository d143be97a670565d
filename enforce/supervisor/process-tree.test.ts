/** Who belongs to a run, over tables that are made up: nothing here looks at or ends a process. */

import { expect, test } from 'vitest';
import { kinOf } from './process-tree.ts';
import type { ProcessRow } from './processes.ts';

type Row = Partial<ProcessRow> & Pick<ProcessRow, 'pid'>;

/** Who looks is 50, in session 40; the run is 100, in a session of its own, started at 1000. */
const kin = (
  others: readonly Row[],
  marked: readonly number[] = [],
  namespaces: Readonly<Record<number, string>> = {},
) => {
  const root = { pid: 100, startTime: '1000' };
  const rows = [{ pid: 100, ppid: 50, sid: 100, pgid: 100 }, ...others].map((row) => ({
    ...{ ppid: 1, pgid: row.pid, sid: row.pid, startTime: '1000', state: 'S' },
    ...row,
  }));
  const inside = kinOf({ root, seen: new Map([[100, '1000']]) }, rows, {
    own: [40, 45],
    here: 'here',
    namespaceOf: (pid) => namespaces[pid] ?? 'here',
    isMarked: ({ pid }) => marked.includes(pid),
  });
  return inside.map(({ pid }) => pid).toSorted((a, b) => a - b);
};

test('descent, session, group, namespace and marker make kin, and nothing else does', () => {
  const others = [
    { pid: 101, ppid: 100, sid: 100 },
    { pid: 102, sid: 100, pgid: 7 },
    { pid: 103, ppid: 101, sid: 103 },
    { pid: 104, sid: 9, pgid: 100 },
    { pid: 105, sid: 105 },
    { pid: 106, ppid: 105, sid: 105 },
  ];
  expect(kin(others)).toEqual([100, 101, 102, 103, 104]);
  expect(kin(others, [105])).toEqual([100, 101, 102, 103, 104, 105, 106]);
  expect(kin([...others, { pid: 107 }], [], { 103: 'inner', 107: 'inner' })).toEqual([100, 101, 102, 103, 104, 107]);
});

// A leader outside this pid namespace is shown as 0, for everybody whose leader is there.
test('a process of session and group 0 is nobody’s kin, also where one of the run is shown so', () => {
  const stranger = { pid: 200, sid: 0, pgid: 0 };
  expect(kin([stranger])).toEqual([100]);
  expect(kin([{ pid: 101, ppid: 100, sid: 0, pgid: 0 }, stranger], [101])).toEqual([100, 101]);
  expect(kin([{ pid: 100, sid: 0, pgid: 0 }, stranger])).toEqual([100]);
});

test('whoever shares the session of who looks is none, and what is older than the run neither', () => {
  expect(
    kin(
      [
        { pid: 201, sid: 40, pgid: 201 },
        { pid: 202, sid: 45 },
      ],
      [],
    ),
  ).toEqual([100]);
  expect(
    kin(
      [
        { pid: 101, ppid: 100, sid: 40, pgid: 40 },
        { pid: 203, sid: 40, pgid: 40 },
      ],
      [101],
    ),
  ).toEqual([100, 101]);
  expect(kin([{ pid: 99, sid: 100, startTime: '999' }])).toEqual([100]);
});
