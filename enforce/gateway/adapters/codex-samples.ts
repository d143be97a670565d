/** Hooks as Codex 0.169 sent them, shortened to what is read. */

import type { Sample } from './adapter.ts';

const said = {
  session_id: '01a1fee2-fcf5-72e2-8b07-d3d2c8b3eafd',
  turn_id: 't-1',
  transcript_path: '/home/dev/.codex/sessions/2026/11/21/rollout-1.jsonl',
  cwd: '/repo',
  model: 'gpt-5',
  permission_mode: 'default',
};
const call = (tool_name: string, tool_input: object, more: object = {}): object => ({
  ...said,
  hook_event_name: 'PreToolUse',
  tool_name,
  tool_input,
  tool_use_id: 'call_1',
  ...more,
});
const patch = '*** Begin Patch\n*** Add File: src/a.ts\n+x\n*** End Patch';

export const codexSamples: readonly Sample[] = [
  {
    name: 'a shell command',
    body: call('Bash', { command: 'make test' }),
    is: 'call',
    does: [{ action: 'shell.run', resource: 'shell://app/make' }],
  },
  {
    name: 'a patch',
    body: call('apply_patch', { input: patch }),
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
    name: 'a sub-agent started, in a group of tools',
    body: call('collaboration__spawn_agent', { message: 'help' }),
    is: 'call',
    does: [{ action: 'agent.spawn', resource: 'agent://general-purpose' }],
  },
  {
    name: "a sub-agent's call",
    body: call('Bash', { command: 'make' }, { agent_id: 'a1', agent_type: 'default' }),
    is: 'call',
    does: [{ action: 'shell.run', resource: 'shell://app/make' }],
    byHelper: true,
  },
  {
    name: 'the end of a call',
    body: { ...call('Bash', { command: 'make' }), hook_event_name: 'PostToolUse', tool_response: {} },
    is: 'call_ended',
  },
  {
    name: 'a question of its model',
    body: call('request_user_input', {
      questions: [{ id: 'db', header: 'DB', question: 'Which?', options: [{ label: 'A', description: 'one' }] }],
    }),
    is: 'call',
    does: [{ action: 'task.note', resource: 'mission://app/notes' }],
  },
  {
    name: 'a permission prompt',
    body: {
      ...said,
      hook_event_name: 'PermissionRequest',
      tool_name: 'Bash',
      tool_input: { command: 'touch /etc/x', description: 'to try' },
    },
    is: 'permission',
  },
  { name: 'a compaction', body: { ...said, hook_event_name: 'PreCompact', trigger: 'auto' }, is: 'told' },
  { name: 'a prompt', body: { ...said, hook_event_name: 'UserPromptSubmit', prompt: 'go' }, is: 'prompt' },
  { name: 'the end of a turn', body: { ...said, hook_event_name: 'Stop' }, is: 'turn_over' },
];
