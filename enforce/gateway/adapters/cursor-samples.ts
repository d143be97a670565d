/** Hooks as Cursor's documentation shows them (cursor.com/docs/hooks), shortened to what is read; none was recorded from the program. */

import type { Sample } from './adapter.ts';

const said = {
  conversation_id: 'c-1',
  generation_id: 'g-1',
  model: 'auto',
  cursor_version: '2.4.0',
  workspace_roots: ['/repo'],
  user_email: null,
  transcript_path: null,
};
const call = (tool_name: string, tool_input: object): object => ({
  ...said,
  hook_event_name: 'preToolUse',
  tool_name,
  tool_input,
  tool_use_id: 't-1',
  cwd: '/repo',
});

export const cursorSamples: readonly Sample[] = [
  {
    name: 'a shell command',
    body: call('Shell', { command: 'make test', working_directory: '/repo' }),
    is: 'call',
    does: [{ action: 'shell.run', resource: 'shell://app/make' }],
  },
  {
    name: 'a file written',
    body: call('Write', { file_path: '/repo/src/a.ts', content: 'x' }),
    is: 'call',
    does: [{ action: 'file.write', resource: 'workspace://app/src/a.ts' }],
  },
  {
    name: 'a sub-agent started',
    body: call('Task', { subagent_type: 'explore', prompt: 'p' }),
    is: 'call',
    does: [{ action: 'agent.spawn', resource: 'agent://explore' }],
  },
  { name: 'the end of a call', body: { ...call('Shell', {}), hook_event_name: 'postToolUse' }, is: 'call_ended' },
  {
    name: 'a prompt',
    body: { ...said, hook_event_name: 'beforeSubmitPrompt', prompt: 'go', attachments: [] },
    is: 'prompt',
  },
  { name: 'the end of a turn', body: { ...said, hook_event_name: 'stop', status: 'completed' }, is: 'turn_over' },
];
