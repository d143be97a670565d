/**
 * Claude Code: which events Writ listens to, and how an answer is said so that the harness obeys it. Seen with 2.1.329.
 *
 * Only translates. Two facts of the harness shape it: a hook that fails lets the tool run unless it says `onFailure: block`, and a
 * resume cannot be refused at its start, so the prompt event is judged too.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { toolCalls } from '../histories/tool-names.ts';
import type { Bypass, HarnessAdapter, HarnessEvent, HookAnswer, StartPlace } from './adapter.ts';
import { adapterContract, statusFile } from './adapter.ts';
import { hookTimeoutS } from './hook-command.ts';
import { asking } from './asked-questions.ts';
import { claudeConfig } from './claude-config.ts';
import { claudeSamples } from './claude-samples.ts';

const hookInput = z.looseObject({
  session_id: z.string(),
  hook_event_name: z.string(),
  cwd: z.string().default(''),
  transcript_path: z.string().default(''),
  tool_name: z.string().default(''),
  tool_input: z.record(z.string(), z.unknown()).default({}),
  tool_response: z.unknown().optional(),
  error: z.unknown().optional(),
  tool_use_id: z.string().default(''),
  /** Of a helper, with its kind; the main conversation has none. */
  agent_id: z.string().optional(),
  agent_type: z.string().optional(),
  source: z.string().default(''),
});

/** The events Writ answers. Others are observed by nobody and cost nothing. A start is told of only to a hook that is a command. */
const events = [
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'PermissionDenied',
  'PermissionRequest',
  'UserPromptSubmit',
  'Stop',
  'SubagentStart',
  'SubagentStop',
  'PreCompact',
  'Notification',
  'SessionEnd',
] as const;
/** What a failure to answer blocks. What only says that something is or is over is not blocked: a harness that may not stop goes on. */
const blocking: ReadonlySet<string> = new Set(['PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'UserPromptSubmit']);

/** By a yes in one of these it starts without hooks, as with `--bare` and `--safe-mode`. Said in its environment and its settings, whose own variables come before that. */
const withHooks = { CLAUDE_CODE_SIMPLE: '0', CLAUDE_CODE_SAFE_MODE: '0' };

/** Settings for `claude --settings`: every event goes to one resident endpoint; a failure to answer blocks. */
function settings({ hook: { url, tokenVariable }, folder, home, env }: StartPlace): Record<string, unknown> {
  const hook = {
    type: 'http',
    url,
    timeout: hookTimeoutS,
    headers: { Authorization: `Bearer $${tokenVariable}` },
    allowedEnvVars: [tokenVariable],
  };
  const of = (event: string) => (blocking.has(event) ? { ...hook, onFailure: 'block' } : hook);
  return {
    // It comes before what a person, a repository or an agent before this one wrote to their settings.
    disableAllHooks: false,
    env: withHooks,
    hooks: Object.fromEntries(events.map((event) => [event, [{ matcher: '*', hooks: [of(event)] }]])),
    statusLine: statusLine(
      join(folder, statusFile),
      join(env['CLAUDE_CONFIG_DIR'] ?? join(home, '.claude'), 'settings.json'),
    ),
  };
}

const ownStatus = z.object({ statusLine: z.looseObject({ type: z.literal('command'), command: z.string() }) });

/** The line of Writ, then what the person has there: the program shows one status line, and this session's settings come before theirs. Only theirs: one of a repository was accepted by nobody. */
function statusLine(file: string, theirs: string): Record<string, unknown> {
  const quoted = `'${file.replaceAll("'", `'\\''`)}'`;
  const usual = { type: 'command', command: `cat ${quoted}`, refreshInterval: 10 };
  try {
    const { statusLine: own } = ownStatus.parse(JSON.parse(readFileSync(theirs, 'utf8')));
    return { ...usual, ...own, command: `cat ${quoted}; ${own.command}` };
  } catch {
    return usual; // they have none
  }
}

/** Sources of a prompt that nobody typed. */
const wakeUps = /^(?:system|loop_wakeup|schedule_wakeup|poll_event)$/;

function read(body: unknown): HarnessEvent | null {
  const parsed = hookInput.safeParse(body);
  if (!parsed.success) return null;
  const { data } = parsed;
  const said = {
    native: data.hook_event_name,
    session: data.session_id,
    transcript: data.transcript_path === '' ? null : data.transcript_path,
  };
  const { tool_use_id: id, tool_name: tool, tool_input: input } = data;
  const helper = data.agent_id === undefined ? null : { id: data.agent_id, kind: data.agent_type ?? null };
  switch (data.hook_event_name) {
    case 'PreToolUse':
      return {
        ...said,
        kind: 'call',
        id,
        tool,
        input,
        calls: tool === '' ? [] : toolCalls('claude', tool, input),
        cwd: data.cwd,
        helper,
        isBackground: input['run_in_background'] === true,
        ...(tool === 'AskUserQuestion' && asking(input)),
      };
    case 'PostToolUse':
      return { ...said, kind: 'call_ended', id, tool, input, outcome: 'done', result: data.tool_response };
    case 'PostToolUseFailure':
      return { ...said, kind: 'call_ended', id, tool, input, outcome: 'failed', result: data.error };
    case 'PermissionRequest':
      return {
        ...said,
        ...{ kind: 'permission', prompt: null, isShown: true },
        what: `${tool} ${JSON.stringify(input)}`.slice(0, mostWords).toWellFormed(),
        about: { calls: toolCalls('claude', tool, input), cwd: data.cwd },
      };
    case 'PermissionDenied':
      return { ...said, kind: 'call_ended', id, tool, input, outcome: 'denied' };
    case 'UserPromptSubmit':
      return { ...said, kind: 'prompt', helper, isWakeUp: wakeUps.test(data.source) };
    case 'SubagentStop':
      return helper === null
        ? { ...said, kind: 'told', what: 'other' }
        : { ...said, kind: 'helper_over', helper: helper.id };
    case 'Stop':
      return { ...said, kind: 'turn_over' };
    case 'SubagentStart':
      return { ...said, kind: 'told', what: 'spawn' };
    case 'PreCompact':
      return { ...said, kind: 'told', what: 'compaction' };
    case 'Notification':
      return { ...said, kind: 'told', what: 'question' };
    case 'SessionEnd':
      return { ...said, kind: 'told', what: 'session_end' };
    default:
      return { ...said, kind: 'told', what: 'other' };
  }
}

/** Of a prompt that is shown, as much as fits a line or two. */
const mostWords = 400;

/** What it is told of a prompt of its own that somebody answered elsewhere. */
const decisionOf = (answer: Exclude<HookAnswer, { kind: 'no_objection' }>) =>
  answer.kind === 'allow' ? { behavior: 'allow' } : { behavior: 'deny', message: answer.why };

/** A denial is always explicit: `continue: false` alone lets the tool run. */
function reply(native: string, answer: HookAnswer): Record<string, unknown> {
  if (answer.kind === 'no_objection') return {};
  if (native === 'UserPromptSubmit') return answer.kind === 'refuse' ? { decision: 'block', reason: answer.why } : {};
  if (native === 'PermissionRequest')
    return { hookSpecificOutput: { hookEventName: native, decision: decisionOf(answer) } };
  if (native !== 'PreToolUse') return {};
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: answer.kind === 'refuse' ? 'deny' : answer.kind,
      ...('answers' in answer ? { updatedInput: { ...answer.input, answers: answer.answers } } : {}),
      ...('why' in answer ? { permissionDecisionReason: answer.why } : {}),
    },
    ...('tell' in answer ? { systemMessage: answer.tell } : {}),
  };
}

/** Says that its folder is where it is: then it keeps what its person chose in there, where it may write, and not beside it. On macOS it would look for its sign-in under another name. */
const ownConfig = ({ contained, home, env }: StartPlace): Record<string, string> =>
  contained && process.platform !== 'darwin' && (env['CLAUDE_CONFIG_DIR'] ?? '') === ''
    ? { CLAUDE_CONFIG_DIR: join(home, '.claude') }
    : {};

/** Arguments that would take the harness out of reach of its hooks, and why each is refused. */
const bypasses: readonly Bypass[] = [
  { flag: '--bare', why: 'it starts without hooks' },
  { flag: '--safe-mode', why: 'it starts without hooks' },
  { flag: '--setting-sources', why: 'it can leave the hooks out' },
  { flag: '--settings', why: 'it can switch the hooks off, and Writ passes its own' },
  { flag: '--bg', why: 'its work is done by another process, which outlives this session' },
  { flag: '--background', why: 'its work is done by another process, which outlives this session' },
  { flag: '--cloud', why: 'its work is done elsewhere, where these hooks are not' },
  { flag: '--desktop', why: 'its work is done by another program, where these hooks are not' },
  { flag: '--tmux', why: 'its work is done by another process, which outlives this session' },
];
/** Subcommands whose work is done by somebody else. */
const elsewhere = ['attach', 'respawn', 'ultrareview'];

function bypass(argv: readonly string[]): Bypass | undefined {
  const known = bypasses.find(({ flag }) => argv.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
  if (known !== undefined) return known;
  const [command = ''] = argv;
  return elsewhere.includes(command)
    ? { flag: command, why: 'its work is done by another process, where these hooks are not' }
    : undefined;
}

export const claudeAdapter: HarnessAdapter = {
  contract: adapterContract,
  name: 'claude',
  title: 'Claude Code',
  program: {
    command: 'claude',
    versionArgs: ['--version'],
    install: 'npm install -g @anthropic-ai/claude-code',
    needs: [],
  },
  keeps: {
    made: ['.claude'],
    also: ['.config/claude', '.cache/claude', '.local/state/claude'],
    rules: ['.claude/settings.json', '.claude/hooks'],
    repositoryRules: ['.claude/settings.json', '.claude/settings.local.json', '.claude/hooks'],
    seeds: [{ path: '.claude/settings.json', text: '{}\n' }],
    copies: [{ path: '.claude/.claude.json', of: '.claude.json', together: claudeConfig }],
  },
  bypass,
  bypasses: [...bypasses.map(({ flag }) => [flag]), ['--settings={}'], ...elsewhere.map((command) => [command, 'x'])],
  start: (place) => ({
    kind: 'ready',
    args: [
      '--settings',
      JSON.stringify(settings(place)),
      ...(place.context === null ? [] : ['--append-system-prompt', place.context]),
    ],
    env: { ...ownConfig(place), ...withHooks },
    files: [{ path: statusFile, text: '' }],
    writesFolder: false,
  }),
  asks: 'PreToolUse',
  reaches: {
    hosts: ['api.anthropic.com', 'claude.ai', 'platform.claude.com', 'console.anthropic.com'],
    baseUrl: 'ANTHROPIC_BASE_URL',
    // It takes the code by hand where no browser comes back to it.
    callbacks: [],
  },
  mcpArgs: (servers) =>
    servers.length === 0
      ? []
      : [
          '--mcp-config',
          JSON.stringify({
            mcpServers: Object.fromEntries(servers.map(({ name, ...server }) => [name, { type: 'stdio', ...server }])),
          }),
        ],
  read,
  reply,
  helpers: 'told_apart',
  tells: {
    question: { by: 'PreToolUse on `AskUserQuestion`; Notification' },
    permission: { by: 'PermissionRequest' },
    spawn: { by: 'PreToolUse on `Agent`; `SubagentStart` after it' },
    stop: { by: 'Stop' },
    compaction: { by: 'PreCompact' },
    wake_up: { by: 'UserPromptSubmit, by its `source`' },
  },
  takesContext: { by: '--append-system-prompt' },
  showsStatus: { by: "its status line, above the person's own" },
  escapes: [
    { actionClass: 'every class', what: 'what a plugin of its own does outside a tool call' },
    { actionClass: 'consequential_write', what: 'its model, its updates and what it reports to its maker' },
  ],
  samples: claudeSamples,
  canary: {
    prepare: ({ modelUrl }) => ({
      args: ['--model', 'claude-sonnet-4-5', '--permission-mode', 'bypassPermissions', '-p', 'work'],
      env: {
        ANTHROPIC_BASE_URL: modelUrl,
        ANTHROPIC_API_KEY: 'sk-canary',
        IS_SANDBOX: '1',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
      },
      files: [],
    }),
    run: (command) => ({ name: 'Bash', input: { command, description: 'canary' } }),
    spawn: (task) => ({
      name: 'Agent',
      input: { description: 'help', prompt: task, subagent_type: 'general-purpose', run_in_background: false },
    }),
  },
};
