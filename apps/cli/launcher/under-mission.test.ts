import { expect, test } from 'vitest';
import { missionContext } from './under-mission.ts';

test('what an agent beside a mission is told: what it is about, how its tasks stand, and what it may not assume', () => {
  const task = (id: string, state: 'running' | 'waiting', title: string) => ({
    ...{ id, state, title, kind: 'change' as const, join: 'all' as const, after: [], agent: 'a', run: null, done: [] },
    ...{ touches: [], why_not: '', session: null, attempts: 0, evidence: [] },
  });
  const text = missionContext({
    id: 'mission-1',
    title: 'Passkeys',
    goal: 'People sign in without a password.',
    tasks: [task('T1', 'running', 'the server'), task('T2', 'waiting', 'the page')],
  });
  expect(text).toContain('beside the mission `mission-1`: Passkeys');
  expect(text).toContain('People sign in without a password.');
  expect(text).toContain('- T1 (running): the server\n- T2 (waiting): the page');
  expect(text).toContain('ends with it');
});
