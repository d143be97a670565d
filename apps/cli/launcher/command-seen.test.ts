import { expect, test } from 'vitest';
import { commandSeen } from './command-seen.ts';

const event = (hook_event_name: string, more: object) => ({
  ...{ session_id: 's', hook_event_name, cwd: '/', transcript_path: '' },
  ...more,
});
const bash = { tool_name: 'Bash', tool_input: { command: 'npm test' } };

test.each([
  ['PostToolUse', { ...bash, tool_response: { stdout: 'a', stderr: 'b', interrupted: false } }, 0, 'a\nb'],
  ['PostToolUse', { ...bash, tool_response: { stdout: '', stderr: '', interrupted: true } }, null, ''],
  ['PostToolUseFailure', { ...bash, error: 'Exit code 2\nno such file' }, 2, 'Exit code 2\nno such file'],
  ['PostToolUseFailure', { ...bash, error: 'it was interrupted' }, null, 'it was interrupted'],
  ['PostToolUse', { ...bash, tool_response: { output: 'x', metadata: { exit_code: 1 } } }, 1, 'x'],
])('%s %j', (name, more, exit_code, output) => {
  expect(commandSeen(event(name, more))).toEqual({ command: 'npm test', exit_code, output });
});

test('is none of a tool that runs none', () => {
  expect(commandSeen(event('PostToolUse', { tool_name: 'Edit', tool_input: { file_path: '/a' } }))).toBeNull();
});
