/** Hooks as Claude Code 2.1.329 sent them, shortened to what is read. */

import type { Sample } from './adapter.ts';

const said = {
  session_id: '6b1c2a34-0000-4000-8000-000000000000',
  transcript_path: '/home/dev/.claude/projects/-repo/6b1c2a34.jsonl',
  cwd: '/repo',
  prompt_id: 'p-1',
  permission_mode: 'default',
};
const call = (tool_name: string, tool_input: object, more: object = {}): object => ({
  ...said,
  hook_event_name: 'PreToolUse',
  tool_name,
  tool_input,
  tool_use_id: 'toolu_01',
  ...more,
});

export const claudeSamples: readonly Sample[] = [
  {
    name: 'a shell command',
    body: call('Bash', { command: 'make test', description: 'test' }),
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
    name: 'a push',
    body: call('Bash', { command: 'git push origin main' }),
    is: 'call',
    does: [{ action: 'git.push', resource: 'git://app/refs/heads/main' }],
  },
  {
    name: 'a sub-agent started',
    body: call('Agent', { description: 'd', prompt: 'p', subagent_type: 'general-purpose' }),
    is: 'call',
    does: [{ action: 'agent.spawn', resource: 'agent://general-purpose' }],
  },
  {
    name: "a sub-agent's call",
    body: call('Bash', { command: 'make' }, { agent_id: 'a1', agent_type: 'general-purpose' }),
    is: 'call',
    does: [{ action: 'shell.run', resource: 'shell://app/make' }],
    byHelper: true,
  },
  {
    name: 'a question of the model to the person',
    body: call('AskUserQuestion', {
      questions: [
        { question: 'Which?', header: 'W', multiSelect: false, options: [{ label: 'A', description: 'one' }] },
      ],
    }),
    is: 'call',
    does: [{ action: 'task.note', resource: 'mission://app/notes' }],
  },
  {
    name: 'a permission prompt of its own',
    body: { ...call('Bash', { command: 'make' }), hook_event_name: 'PermissionRequest' },
    is: 'permission',
  },
  {
    name: 'the end of a call',
    body: { ...call('Bash', { command: 'make' }), hook_event_name: 'PostToolUse', tool_response: {}, duration_ms: 3 },
    is: 'call_ended',
  },
  {
    name: 'a call that the harness denied by itself',
    body: { ...call('Bash', { command: 'make' }), hook_event_name: 'PermissionDenied', reason: 'not in this mode' },
    is: 'call_ended',
  },
  { name: 'a prompt', body: { ...said, hook_event_name: 'UserPromptSubmit', prompt: 'go' }, is: 'prompt' },
  { name: 'the end of a turn', body: { ...said, hook_event_name: 'Stop', stop_hook_active: false }, is: 'turn_over' },
];
