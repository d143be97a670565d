/** A person who is told that a mission is done is told where its work is. */

import { expect, it } from 'vitest';
import { session, task } from '../render/example-wire.ts';
import { branchesOf } from './work-branches.ts';

const at = (id: string, branch: string | null) =>
  session({ id, driver: 'command', workspace: { path: '/w', branch, head: null } });

it('names the branch of each last task that is done, and no branch twice', () => {
  const tasks = [
    task({ id: 'T1', state: 'done', session: 's1' }),
    task({ id: 'T2', state: 'done', session: 's2', after: ['T1'] }),
    task({ id: 'T3', state: 'done', session: 's3', after: ['T1'] }),
    task({ id: 'T4', state: 'failed', session: 's4', after: ['T2'] }),
  ];
  const sessions = [at('s1', 'w/T1'), at('s2', 'w/T2'), at('s3', 'w/T3'), at('s4', 'w/T4')];
  expect(branchesOf(tasks, sessions)).toEqual(['w/T2', 'w/T3']);
  expect(branchesOf(tasks, [at('s2', 'w/T2'), at('s3', null)])).toEqual(['w/T2']);
  expect(branchesOf([task()], sessions)).toEqual([]);
});
