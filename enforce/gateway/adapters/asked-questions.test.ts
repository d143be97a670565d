/** What the model of each harness asks, and how an answer goes back: agents' own tools, as Codex 0.169, Gemini CLI 0.61 and opencode 1.18 have them. */

import { expect, test } from 'vitest';
import type { HarnessAdapter } from './adapter.ts';
import { asking } from './asked-questions.ts';
import { codexAdapter } from './codex.ts';
import { geminiAdapter } from './gemini.ts';
import { opencodeAdapter } from './opencode.ts';

const options = [{ label: 'SQLite', description: 'one file' }];
const one = { header: 'DB', question: 'Which?' };

test.each([
  ['choices', { ...one, options }, [{ question: 'Which?', options }]],
  ['words', { ...one, type: 'text' }, [{ question: 'Which?', options: [] }]],
  ['yes or no', { ...one, type: 'yesno' }, [{ question: 'Which?', options: [{ label: 'Yes' }, { label: 'No' }] }]],
  ['several choices at once, of Claude Code and Gemini CLI', { ...one, options, multiSelect: true }, undefined],
  ['several choices at once, of opencode', { ...one, options, multiple: true }, undefined],
  ['a secret', { ...one, options, isSecret: true }, undefined],
])('%s are asked as they are, or left to its own prompt', (_, question, expected) => {
  const { questions } = asking({ questions: [question] });
  if (expected === undefined) expect(questions).toBeUndefined();
  else expect(questions).toMatchObject(expected);
});

test.each<[HarnessAdapter, string]>([
  [codexAdapter, 'request_user_input'],
  [geminiAdapter, 'ask_user'],
])('$title is told the answers as the reason for which `%s` does not run', (adapter, tool) => {
  const body = adapter.samples.find(({ name }) => name === 'a question of its model')?.body;
  expect(adapter.read(body)).toMatchObject({ tool, questions: [{ question: expect.any(String) }] });
  const said = JSON.stringify(adapter.reply(adapter.asks, { kind: 'allow', answers: { 'Which?': 'SQLite' } }));
  expect(said).toContain('deny');
  expect(said).toContain('SQLite');
});

test('opencode is given the answers beside its yes', () => {
  const answers = { 'Which?': 'SQLite' };
  expect(opencodeAdapter.reply(opencodeAdapter.asks, { kind: 'allow', answers })).toEqual({ allow: true, answers });
  expect(opencodeAdapter.reply('permission.asked', { kind: 'no_objection' })).toEqual({});
});
