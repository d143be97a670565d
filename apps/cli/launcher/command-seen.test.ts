import { harnessAdapters } from '@writ/enforce';
import { expect, test } from 'vitest';
import { commandSeen } from './command-seen.ts';

/** As the adapter reads the hook. */
function ended(hook_event_name: string, more: object) {
  const bash = { tool_name: 'Bash', tool_use_id: 't', tool_input: { command: 'npm test' } };
  const event = harnessAdapters.claude.read({
    session_id: 's',
    hook_event_name,
    cwd: '/',
    transcript_path: '',
    ...bash,
    ...more,
  });
  if (event?.kind !== 'call_ended') throw new Error('it is no end of a call');
  return event;
}

test.each([
  ['PostToolUse', { tool_response: { stdout: 'a', stderr: 'b', interrupted: false } }, 0, 'a\nb'],
  ['PostToolUse', { tool_response: { stdout: '', stderr: '', interrupted: true } }, null, ''],
  ['PostToolUse', { tool_response: { output: 'x', metadata: { exit_code: 1 } } }, 1, 'x'],
  ['PostToolUse', {}, null, ''],
  ['PostToolUseFailure', { error: 'Exit code 2\nno such file' }, 2, 'Exit code 2\nno such file'],
  ['PostToolUseFailure', { error: 'it was interrupted' }, null, 'it was interrupted'],
])('%s %j', (name, more, exit_code, output) => {
  expect(commandSeen(ended(name, more))).toEqual({ command: 'npm test', exit_code, output });
});

test('is none of a tool that runs none', () => {
  const edit = { tool_name: 'Edit', tool_input: { file_path: '/a' } };
  expect(commandSeen(ended('PostToolUse', edit))).toBeNull();
});
