/**
 * Cursor's agent: how its hooks are read and answered, by its documentation (cursor.com/docs/hooks). No program of it was seen with Writ, so that it is *unproven*,
 * and it has no door of its own: its hooks come from files of the person or of the project alone, and none for one session.
 *
 * Only translates. A hook lets the call run when it fails unless its entry says `failClosed`.
 */

import { z } from 'zod';
import type { ToolCall } from '../histories/tool-names.ts';
import { toolCalls } from '../histories/tool-names.ts';
import type { HarnessAdapter, HarnessEvent, HookAnswer } from './adapter.ts';
import { adapterContract } from './adapter.ts';
import { cursorSamples } from './cursor-samples.ts';
import { hookCommandNeeds } from './hook-command.ts';

const hookInput = z.looseObject({
  conversation_id: z.string(),
  hook_event_name: z.string(),
  workspace_roots: z.array(z.string()).default([]),
  transcript_path: z.string().nullable().default(null),
  cwd: z.string().default(''),
  tool_name: z.string().default(''),
  tool_input: z.record(z.string(), z.unknown()).default({}),
  tool_use_id: z.string().optional(),
});

/** Its tools in the words of Claude Code's, where they are called otherwise. */
const tools: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => ToolCall>> = {
  Shell: ({ command, working_directory: folder }) => ({
    tool: 'Bash',
    input: { command },
    ...(typeof folder === 'string' && folder !== '' && { cwd: folder }),
  }),
  Delete: ({ file_path, path }) => ({ tool: 'Write', input: { file_path: file_path ?? path } }),
};

function callOf(tool: string, input: Readonly<Record<string, unknown>>): readonly ToolCall[] {
  if (tool === '') return [];
  const own = Object.hasOwn(tools, tool) ? tools[tool] : undefined;
  return own === undefined ? toolCalls('claude', tool, input) : [own(input)];
}

function read(body: unknown): HarnessEvent | null {
  const parsed = hookInput.safeParse(body);
  if (!parsed.success) return null;
  const { data } = parsed;
  const { tool_name: tool, tool_input: input, tool_use_id: id = null } = data;
  const said = { native: data.hook_event_name, session: data.conversation_id, transcript: data.transcript_path };
  switch (data.hook_event_name) {
    case 'preToolUse':
      return {
        ...said,
        kind: 'call',
        id,
        tool,
        input,
        calls: callOf(tool, input),
        cwd: data.cwd || (data.workspace_roots[0] ?? ''),
        helper: null,
        isBackground: false,
      };
    case 'postToolUse':
      return { ...said, kind: 'call_ended', id, tool, input, outcome: 'done' };
    case 'postToolUseFailure':
      return { ...said, kind: 'call_ended', id, tool, input, outcome: 'failed' };
    case 'beforeSubmitPrompt':
      return { ...said, kind: 'prompt', helper: null, isWakeUp: false };
    case 'stop':
      return { ...said, kind: 'turn_over' };
    case 'subagentStart':
      return { ...said, kind: 'told', what: 'spawn' };
    case 'preCompact':
      return { ...said, kind: 'told', what: 'compaction' };
    default:
      return { ...said, kind: 'told', what: 'other' };
  }
}

function reply(native: string, answer: HookAnswer): Record<string, unknown> {
  if (native === 'beforeSubmitPrompt')
    return answer.kind === 'refuse' ? { continue: false, user_message: answer.why } : { continue: true };
  if (native !== 'preToolUse') return {};
  return answer.kind === 'refuse'
    ? { permission: 'deny', agent_message: answer.why, user_message: answer.tell ?? answer.why }
    : answer.kind === 'allow'
      ? { permission: 'allow' }
      : {};
}

export const cursorAdapter: HarnessAdapter = {
  contract: adapterContract,
  name: 'cursor',
  title: 'Cursor',
  program: {
    command: 'cursor-agent',
    versionArgs: ['--version'],
    install: 'curl https://cursor.com/install -fsS | bash',
    needs: hookCommandNeeds,
  },
  keeps: {
    made: [],
    also: ['.cursor'],
    rules: ['.cursor/hooks.json', '.cursor/hooks'],
    repositoryRules: ['.cursor/hooks.json'],
    seeds: [],
  },
  reaches: { hosts: ['api2.cursor.sh'], baseUrl: null, callbacks: [] },
  mcpArgs: () => [],
  bypass: (argv) =>
    argv.includes('--cloud')
      ? { flag: '--cloud', why: 'its work is done elsewhere, where these hooks are not' }
      : undefined,
  bypasses: [['--cloud', 'x']],
  start: () => ({
    kind: 'unusable',
    problem: 'Cursor takes hooks from files of the person or of the project alone, and none for one session',
    wayOut: 'run it in a sandbox without its hooks with `writ exec -- cursor-agent`',
  }),
  asks: 'preToolUse',
  read,
  reply,
  helpers: 'alike',
  tells: {
    question: { not: 'its own questions reach no hook' },
    permission: { not: 'its own prompts reach no hook' },
    spawn: { by: 'preToolUse on `Task`, and subagentStart' },
    stop: { by: 'stop' },
    compaction: { by: 'preCompact' },
    wake_up: { not: 'a prompt does not say who wrote it' },
  },
  takesContext: { not: 'nothing is started with it' },
  escapes: [
    { actionClass: 'every class', what: 'everything: no version of it was seen with Writ, and it has no door' },
    { actionClass: 'every class', what: 'work of a sub-agent is not known to be told apart: none is started' },
  ],
  samples: cursorSamples,
  canary: null,
};
