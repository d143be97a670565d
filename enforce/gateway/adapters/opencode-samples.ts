/** What Writ's plugin for opencode 1.18.33 sends. */

import type { Sample } from './adapter.ts';

const said = { session: 'ses_e0064073fffe', database: '/home/dev/.local/share/opencode/opencode.db' };
const call = (tool: string, args: object, more: object = {}): object => ({
  ...said,
  event: 'tool.execute.before',
  helper: null,
  tool,
  call: 'call_1',
  args,
  directory: '/repo',
  ...more,
});

export const opencodeSamples: readonly Sample[] = [
  {
    name: 'a shell command',
    body: call('bash', { command: 'make test', description: 'd' }),
    is: 'call',
    does: [{ action: 'shell.run', resource: 'shell://app/make' }],
  },
  {
    name: 'a file written',
    body: call('write', { filePath: '/repo/src/a.ts', content: 'x' }),
    is: 'call',
    does: [{ action: 'file.write', resource: 'workspace://app/src/a.ts' }],
  },
  {
    name: 'a push',
    body: call('bash', { command: 'git push origin main' }),
    is: 'call',
    does: [{ action: 'git.push', resource: 'git://app/refs/heads/main' }],
  },
  {
    name: 'a sub-agent started',
    body: call('task', { description: 'd', subagent_type: 'general', prompt: 'p' }),
    is: 'call',
    does: [{ action: 'agent.spawn', resource: 'agent://general' }],
  },
  {
    name: "a sub-agent's call",
    body: call('bash', { command: 'make' }, { helper: { id: 'ses_2', kind: 'general' } }),
    is: 'call',
    does: [{ action: 'shell.run', resource: 'shell://app/make' }],
    byHelper: true,
  },
  {
    name: 'the end of a call',
    body: { ...said, event: 'tool.execute.after', tool: 'bash', call: 'call_1' },
    is: 'call_ended',
  },
  {
    name: 'a question of its model',
    body: call('question', {
      questions: [{ header: 'DB', question: 'Which?', options: [{ label: 'A', description: 'one' }] }],
    }),
    is: 'call',
    does: [{ action: 'task.note', resource: 'mission://app/notes' }],
  },
  {
    name: 'a permission prompt',
    body: { ...said, event: 'permission.asked', prompt: 'per_1', call: 'call_1', what: 'bash touch made' },
    is: 'permission',
  },
  { name: 'its answer', body: { ...said, event: 'permission.replied', prompt: 'per_1' }, is: 'answered' },
  { name: 'a compaction', body: { ...said, event: 'session.compacted' }, is: 'told' },
  { name: 'a prompt', body: { ...said, event: 'chat.message', helper: null }, is: 'prompt' },
  { name: 'the end of a turn', body: { ...said, event: 'session.idle', helper: null }, is: 'turn_over' },
];
