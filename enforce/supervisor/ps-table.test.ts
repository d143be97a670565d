/** What is read of `ps` and `lsof` where there is no `/proc`: text in the form that macOS documents and prints. Nothing here runs either. */

import { expect, test } from 'vitest';
import { listenersOfLsof } from './lsof-table.ts';
import { kinOf } from './process-tree.ts';
import { commandsOfPs, inCommand, rowsOfPs } from './ps-table.ts';

const table = `
    1     0     1 Ss   Sat Nov 21 08:00:01 2026
  412     1   412 S    Sat Nov 21 08:00:09 2026
  500   412   500 S+   Sun Nov 22 02:43:10 2026
  600   500   600 Ss   Sun Nov 22 02:43:17 2026
  601   600   600 T    Sun Nov 22 02:43:17 2026
  602   601   602 U    Sun Nov  1 02:43:18 2026
  603     1   603 Z    Sun Nov 22 02:43:19 2026
  604   500   500 S+   Sun Nov 22 02:43:20 2026
  605     1   605 R    Sun Nov 22 02:43:21 2026
not a row
`;

test('a row of `ps` has no session, and its start as seconds', () => {
  const rows = rowsOfPs(table);
  expect(rows).toHaveLength(9);
  expect(rows[3]).toEqual({
    ...{ pid: 600, ppid: 500, pgid: 600, sid: null, state: 'Ss' },
    startTime: String(Date.UTC(2026, 10, 22, 2, 43, 17) / 1_000),
  });
  expect(rows[5]?.startTime).toBe(String(Date.UTC(2026, 10, 1, 2, 43, 18) / 1_000));
});

// Who looks is 500; the run is 600. Where every session is unknown, one must not stand for all.
test('without sessions a run is its descent, its group and what carries its marker, and nobody else', () => {
  const rows = rowsOfPs(table.replace('Nov  1', 'Nov 22')).filter(({ pid }) => pid !== 500 && pid > 1);
  const root = rows.find(({ pid }) => pid === 600);
  const kin = kinOf(
    { root: { pid: 600, startTime: root?.startTime ?? '' }, seen: new Map([[600, root?.startTime ?? '']]) },
    rows,
    { own: [500], here: null, namespaceOf: () => null, isMarked: ({ pid }) => pid === 605 },
  );
  expect(kin.map(({ pid }) => pid).toSorted()).toEqual([600, 601, 602, 605]);
});

test('the environment stands behind the command, and an argument that looks like it does not count', () => {
  const commands =
    commandsOfPs(`  600 sh -c echo WRIT_RUN=forged x PATH=/bin WRIT_RUN=run-1 WRIT_SESSION=s HOME=/Users/a b
  605 node server.js`);
  const of = (pid: number, name: string): string | null => inCommand(commands.get(pid) ?? '', name);
  expect([of(600, 'WRIT_RUN'), of(600, 'WRIT_SESSION'), of(600, 'RUN'), of(605, 'WRIT_RUN')]).toEqual([
    ...['run-1', 's'],
    ...[null, null],
  ]);
});

test('a listener of `lsof -F` is of the process named above it', () => {
  const text =
    'p311\ncrapportd\nf8\nn*:49152\nf9\nn*:49152\np600\ncnode\nf19\nn127.0.0.1:5173\nf20\nn[::1]:8080\nf21\nnlocalhost\n';
  expect(listenersOfLsof(text)).toEqual([
    { pid: 311, program: 'rapportd', address: '*', port: 49_152 },
    { pid: 311, program: 'rapportd', address: '*', port: 49_152 },
    { pid: 600, program: 'node', address: '127.0.0.1', port: 5_173 },
    { pid: 600, program: 'node', address: '::1', port: 8_080 },
  ]);
});
