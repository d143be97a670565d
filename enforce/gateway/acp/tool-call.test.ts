import { expect, test } from 'vitest';
import { acpAgentOf } from './acp-agent.ts';
import { hasEffect, saidCall } from './tool-call.ts';

const calls = (call: object) => saidCall({ toolCallId: 'c', ...call }, null).calls;

test('a command is judged as the words it is, from its input, or from its title where there is none', () => {
  expect(calls({ kind: 'execute', rawInput: { command: 'git push' } })).toEqual([
    { tool: 'Bash', input: { command: 'git push' } },
  ]);
  expect(calls({ kind: 'execute', rawInput: { command: ['bash', '-lc', 'git push'] } })).toEqual([
    { tool: 'Bash', input: { command: 'git push' } },
  ]);
  expect(calls({ kind: 'execute', title: '`rm -rf build`' })).toEqual([
    { tool: 'Bash', input: { command: 'rm -rf build' } },
  ]);
});

test('an edit is of every file that is named anywhere in it, and of an unnamed one nobody knows', () => {
  const call = {
    kind: 'edit',
    rawInput: { file_path: '/a' },
    locations: [{ path: '/b' }],
    content: [{ type: 'diff', path: '/c' }, { type: 'content' }],
  };
  expect(calls(call).map(({ input }) => input['file_path'])).toEqual(['/b', '/c', '/a']);
  expect(calls({ kind: 'edit' })).toEqual([]);
  expect(calls({ kind: 'read' })).toEqual([]);
});

test('a kind that nobody knows keeps a name that is no tool of ours', () => {
  expect(calls({ kind: 'other', title: 'Read' })).toEqual([{ tool: 'acp-Read', input: {} }]);
  expect(calls({ title: 'Bash' })).toEqual([{ tool: 'acp-Bash', input: {} }]);
  expect(hasEffect({ kind: 'execute' })).toBe(true);
  expect(hasEffect({ kind: 'other' })).toBe(false);
});

test('an agent is known by what starts it, and not by what it is told', () => {
  const name = (...argv: string[]) => acpAgentOf(argv).name;
  expect(name('claude-agent-acp')).toBe('claude-agent-acp');
  expect(name('/opt/bin/claude-code-acp', '--verbose')).toBe('claude-agent-acp');
  expect(name('npx', '-y', '@agentclientprotocol/claude-agent-acp@0.100.0')).toBe('claude-agent-acp');
  expect(name('node', '/x/node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js')).toBe('claude-agent-acp');
  expect(name('gemini', '--acp')).toBe('gemini');
  expect(name('opencode', 'acp')).toBe('opencode');
  expect(name('/x/agent', 'a', 'b', 'c', 'opencode')).toBe('agent');
});
