/** Hooks as Gemini CLI 0.61 sent them, shortened to what is read. */

import type { Sample } from './adapter.ts';

const said = {
  session_id: 'b8355150-8382-4668-842b-b2d81829482a',
  transcript_path: '/home/dev/.gemini/tmp/repo/chats/session-2026-11-21T19-35-b8355150.jsonl',
  cwd: '/repo',
  timestamp: '2026-11-21T19:35:01.464Z',
};
const call = (tool_name: string, tool_input: object): object => ({
  ...said,
  hook_event_name: 'BeforeTool',
  tool_name,
  tool_input,
});

export const geminiSamples: readonly Sample[] = [
  {
    name: 'a shell command',
    body: call('run_shell_command', { command: 'make test' }),
    is: 'call',
    does: [{ action: 'shell.run', resource: 'shell://app/make' }],
  },
  {
    name: 'a file written',
    body: call('write_file', { file_path: '/repo/src/a.ts', content: 'x' }),
    is: 'call',
    does: [{ action: 'file.write', resource: 'workspace://app/src/a.ts' }],
  },
  {
    name: 'a file read by a path of the project',
    body: call('read_file', { file_path: 'src/a.ts' }),
    is: 'call',
    does: [{ action: 'file.read', resource: 'workspace://app/src/a.ts' }],
  },
  {
    name: 'a push',
    body: call('run_shell_command', { command: 'git push origin main' }),
    is: 'call',
    does: [{ action: 'git.push', resource: 'git://app/refs/heads/main' }],
  },
  {
    name: 'a sub-agent started',
    body: call('invoke_agent', { agent_name: 'generalist', prompt: 'p' }),
    is: 'call',
    does: [{ action: 'agent.spawn', resource: 'agent://generalist' }],
  },
  {
    name: 'a tool of an MCP server',
    body: call('mcp_fs_write_file', { path: 'a' }),
    is: 'call',
    does: [{ action: 'mcp.call', resource: 'mcp://fs/write_file' }],
  },
  {
    name: 'the end of a call',
    body: { ...call('run_shell_command', { command: 'make' }), hook_event_name: 'AfterTool', tool_response: {} },
    is: 'call_ended',
  },
  {
    name: 'a question of its model',
    body: call('ask_user', { questions: [{ header: 'DB', question: 'Deploy?', type: 'yesno' }] }),
    is: 'call',
    does: [{ action: 'task.note', resource: 'mission://app/notes' }],
  },
  { name: 'a prompt', body: { ...said, hook_event_name: 'BeforeAgent', prompt: 'go' }, is: 'prompt' },
  { name: 'the end of a turn', body: { ...said, hook_event_name: 'AfterAgent', prompt: 'go' }, is: 'turn_over' },
];
