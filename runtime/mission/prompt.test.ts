/** What an agent is told of its task: what people decided stands in it with who and when, its mission's first, and once. */

import { expect, it } from 'vitest';
import type { Decision } from '../attention/decisions.ts';
import { taskPrompt } from './prompt.ts';
import type { Mission, Task } from './mission.ts';

// What is read of them.
const mission = { id: 'm-1', title: 'Build', goal: 'It is built.' } as Mission;
const plan = { id: 'T1', title: 'a', brief: '', done: [], touches: [] };
// As above.
const task = { plan } as unknown as Task;
const decision = (more: Partial<Decision>): Decision => ({
  ...{ item: 'q-1', ask: 'Which\ncolour?', answer: 'blue', by: 'ann', at: '2026-01-02T00:00:00.000Z', session: 's-1' },
  ...{ mission: null, ...more },
});

it('has decisions and conventions, and nothing of them where there are none', () => {
  const bare = { feedback: '', seen: [], decisions: [], conventions: [] };
  expect(taskPrompt(mission, task, bare)).not.toMatch(/decided|How to work/);
  const others = Array.from({ length: 20 }, (_, index) => decision({ ask: `other ${String(index)}` }));
  const decisions = [...others, decision({ mission: 'm-1' }), decision({ mission: 'm-1', item: 'q-2' })];
  const text = taskPrompt(mission, task, { ...bare, decisions, conventions: ['AGENTS.md', 'CONTRIBUTING.md'] });
  expect(text).toContain('How to work in this repository is said in: AGENTS.md, CONTRIBUTING.md');
  const lines = text.split('\n').filter((line) => line.startsWith('- '));
  expect(lines[0]).toBe('- Which colour?: blue (ann, 2026-01-02)');
  expect(lines[1]).toBe('- other 0: blue (ann, 2026-01-02)');
  expect(lines).toHaveLength(8);
});
