/**
 * Codex's hooks: which events Writ listens to, how they reach its endpoint, how Codex is told to trust them and nothing else, and which arguments would
 * go around them. Seen with Codex 0.169.
 *
 * Only translates. Codex runs commands as hooks, and only those whose hash a person trusted: a hook of another hash is silently left out. So the settings of
 * a session carry the hash of Writ's own hooks, as Codex itself states it, and no other hook becomes trusted by it. A hook that fails or is slow lets the call
 * run, so that the command ends with 2, which blocks, whatever happens to it.
 */

import { z } from 'zod';
import { toolCalls } from '../histories/tool-names.ts';
import type { Bypass, HarnessAdapter, HarnessEvent, HookAnswer, McpCommand, StartPlace, Started } from './adapter.ts';
import { adapterContract } from './adapter.ts';
import { answersInWords, asking } from './asked-questions.ts';
import { answersForHooks } from './codex-environment.ts';
import { codexFolderArgs } from './codex-folder.ts';
import { codexSamples } from './codex-samples.ts';
import { codexHashes } from './codex-trust.ts';
import type { HookVariables } from './hook-command.ts';
import { hookCommand, hookCommandNeeds, hookTimeoutS } from './hook-command.ts';

/** The events Writ answers, and what Codex calls them in the keys of its trust. */
const codexEvents = {
  PreToolUse: 'pre_tool_use',
  PermissionRequest: 'permission_request',
  PostToolUse: 'post_tool_use',
  UserPromptSubmit: 'user_prompt_submit',
  PreCompact: 'pre_compact',
  Stop: 'stop',
} as const;
/** What runs only after an answer. Where nobody answers about a prompt of its own, it shows that prompt. */
const blocking: ReadonlySet<string> = new Set(['PreToolUse', 'UserPromptSubmit']);

/** `-c` arguments with the hooks. The same for every session, so that their hashes are the same. */
export function codexHookArgs(names: HookVariables): readonly string[] {
  return Object.keys(codexEvents).flatMap((event) => {
    const command = JSON.stringify(hookCommand(names, blocking.has(event)));
    return [
      '-c',
      `hooks.${event}=[{matcher=".*",hooks=[{type="command",command=${command},timeout=${String(hookTimeoutS)}}]}]`,
    ];
  });
}

/** Where Codex keeps the trust of a hook that came with its arguments. */
const keyOf = (name: string): string => `/<session-flags>/config.toml:${name}:0:0`;

/** `-c` arguments that switch hooks on and say that these are trusted, by the hashes Codex gave them. */
export function codexTrustArgs(hashes: ReadonlyMap<string, string>): readonly string[] {
  const entries = Object.values(codexEvents).flatMap((name) => {
    const hash = hashes.get(keyOf(name));
    return hash === undefined ? [] : [`${JSON.stringify(keyOf(name))}={trusted_hash=${JSON.stringify(hash)}}`];
  });
  return ['-c', 'features.hooks=true', '-c', `hooks.state={${entries.join(',')}}`];
}

/** Whether every hook of Writ's has a hash. Without, one of them would be left out without a word. */
export const areAllTrusted = (hashes: ReadonlyMap<string, string>): boolean =>
  Object.values(codexEvents).every((name) => hashes.has(keyOf(name)));

/** Before a call `{}` is no objection: Codex takes no explicit yes there, and no answers to what its model asks but as the reason for which the tool does not run. */
function reply(native: string, answer: HookAnswer): Record<string, unknown> {
  if (native === 'PermissionRequest') return permission(answer);
  if (answer.kind === 'allow' && answer.answers !== undefined)
    return reply(native, { kind: 'refuse', why: answersInWords(answer.answers) });
  if (answer.kind !== 'refuse') return {};
  if (native === 'UserPromptSubmit') return { decision: 'block', reason: answer.why };
  if (native !== 'PreToolUse') return {};
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: answer.why,
    },
    ...(answer.tell === undefined ? {} : { systemMessage: answer.tell }),
  };
}

function permission(answer: HookAnswer): Record<string, unknown> {
  if (answer.kind === 'no_objection') return {};
  const decision = answer.kind === 'allow' ? { behavior: 'allow' } : { behavior: 'deny', message: answer.why };
  return { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } };
}

const bypasses: readonly (Bypass & { readonly matches: RegExp })[] = [
  {
    flag: '--dangerously-bypass-hook-trust',
    matches: /^--dangerously-bypass-hook-trust$/,
    why: 'it runs hooks that nobody looked at',
  },
  {
    flag: '--remote',
    matches: /^--remote(?:=|$)/,
    why: 'the work would be done by another process, without these hooks',
  },
];
/** Subcommands whose work is done somewhere else, or later. */
const elsewhere = ['app-server', 'remote-control', 'exec-server', 'mcp-server', 'cloud', 'agents', 'queue'];
const switchesHooks = /^(?:hooks\b|features\s*=|features\.hooks\b|"|'|\s)/;

function bypass(args: readonly string[], { contained }: { readonly contained: boolean }): Bypass | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === '--') return undefined;
    const known = bypasses.find(({ matches }) => matches.test(arg));
    if (known !== undefined) return known;
    const [, config] = /^(?:-c=?|--config=)(.+)$/.exec(arg) ?? [];
    const value = config ?? (arg === '-c' || arg === '--config' ? (args[index + 1] ?? '') : undefined);
    if (value !== undefined && switchesHooks.test(value))
      return { flag: `-c ${value.split('=')[0] ?? ''}`, why: 'it can switch the hooks off, and Writ passes its own' };
    const disabled = /^--disable(?:=(.*))?$/.exec(arg);
    if (disabled !== null && (disabled[1] ?? args[index + 1]) === 'hooks')
      return { flag: '--disable hooks', why: 'it switches the hooks off' };
    if (contained && /^(?:-s|--sandbox)(?:=|$)/.test(arg))
      return {
        flag: arg,
        why: "the sandbox of Codex cannot start inside Writ's, which stands in its place",
        wayOut: 'leave it out, and choose with `writ codex --preset`',
      };
  }
  const command = args.find((arg) => !arg.startsWith('-'));
  return command !== undefined && elsewhere.includes(command)
    ? { flag: command, why: 'its work is done elsewhere, where these hooks are not' }
    : undefined;
}

const hookInput = z.looseObject({
  session_id: z.string(),
  hook_event_name: z.string(),
  cwd: z.string().default(''),
  transcript_path: z.string().nullable().default(null),
  tool_name: z.string().default(''),
  tool_input: z.record(z.string(), z.unknown()).default({}),
  tool_response: z.unknown().optional(),
  tool_use_id: z.string().default(''),
  agent_id: z.string().optional(),
  agent_type: z.string().optional(),
});

function read(body: unknown): HarnessEvent | null {
  const parsed = hookInput.safeParse(body);
  if (!parsed.success) return null;
  const { data } = parsed;
  const said = { native: data.hook_event_name, session: data.session_id, transcript: data.transcript_path };
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
        calls: tool === '' ? [] : toolCalls('codex', tool, input),
        cwd: data.cwd,
        helper,
        isBackground: false,
        ...(tool === 'request_user_input' && asking(input)),
      };
    case 'PermissionRequest':
      return {
        ...said,
        ...{ kind: 'permission', prompt: null, isShown: false },
        what: `${tool} ${JSON.stringify(input)}`.slice(0, mostWords).toWellFormed(),
        about: { calls: toolCalls('codex', tool, input), cwd: data.cwd },
      };
    case 'PreCompact':
      return { ...said, kind: 'told', what: 'compaction' };
    case 'PostToolUse':
      return { ...said, kind: 'call_ended', id, tool, input, outcome: 'done', result: data.tool_response };
    case 'UserPromptSubmit':
      return { ...said, kind: 'prompt', helper, isWakeUp: false };
    case 'Stop':
      return { ...said, kind: 'turn_over' };
    default:
      return { ...said, kind: 'told', what: 'other' };
  }
}

/** Of a prompt, as much as fits a line or two. */
const mostWords = 400;

/** Codex leaves out, without a word, a hook it does not trust: without the trust of all of them nothing is started. */
async function start(place: StartPlace): Promise<Started> {
  const { hook, program, cache, cwd, env, contained, context } = place;
  const answers = answersForHooks(place);
  if (answers !== null)
    return {
      kind: 'unusable',
      problem: `\`${answers.file}\` sets ${answers.names.join(', ')}, by which something else could answer in the place of the hooks of Writ`,
      wayOut: 'take that out of it, and set it where you start Codex',
    };
  const hooks = codexHookArgs(hook);
  const hashes = await codexHashes(program, hooks, { cache, cwd, env });
  if (!areAllTrusted(hashes))
    return {
      kind: 'unusable',
      problem:
        'this Codex does not say by which hashes it would trust the hooks of Writ, so that it would run without them',
      wayOut: 'use Codex 0.169 or newer, or run it without hooks in a sandbox with `writ exec -- codex`',
    };
  return {
    kind: 'ready',
    args: [
      ...hooks,
      ...codexTrustArgs(hashes),
      // Its own sandbox cannot start inside ours, and every command would fail: ours stands in its place.
      ...(contained ? ['-c', 'sandbox_mode="danger-full-access"', ...codexFolderArgs(place)] : []),
      ...(context === null ? [] : ['-c', `developer_instructions=${JSON.stringify(context)}`]),
    ],
    env: {},
    files: [],
    writesFolder: false,
  };
}

/** In one line of TOML, whose strings are written as those of JSON. */
function serverTable({ command, args, env }: McpCommand): string {
  const pairs = Object.entries(env).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `{command=${JSON.stringify(command)},args=${JSON.stringify(args)},env={${pairs.join(',')}}}`;
}

export const codexAdapter: HarnessAdapter = {
  contract: adapterContract,
  name: 'codex',
  title: 'Codex',
  program: {
    command: 'codex',
    versionArgs: ['--version'],
    install: 'npm install -g @openai/codex',
    needs: hookCommandNeeds,
  },
  keeps: {
    made: ['.codex'],
    also: ['.cache/codex'],
    // Where there is none, an empty one: what is not there cannot be kept from being written.
    rules: ['.codex/config.toml', '.codex/.env', '.codex/hooks.json', '.codex/rules'],
    repositoryRules: ['.codex/config.toml', '.codex/hooks.json', '.codex/rules'],
    seeds: [
      { path: '.codex/config.toml', text: '' },
      { path: '.codex/.env', text: '' },
    ],
  },
  bypass,
  bypasses: [
    ['--dangerously-bypass-hook-trust'],
    ['--remote', 'ws://x'],
    ['-c', 'features.hooks=false'],
    ['--config=hooks.PreToolUse=[]'],
    ['--disable', 'hooks'],
    ...elsewhere.map((command) => [command]),
  ],
  start,
  asks: 'PreToolUse',
  reaches: { hosts: ['api.openai.com', 'chatgpt.com', 'auth.openai.com'], baseUrl: null, callbacks: [1455] },
  mcpArgs: (servers) => servers.flatMap((server) => ['-c', `mcp_servers.${server.name}=${serverTable(server)}`]),
  read,
  reply,
  helpers: 'told_apart',
  tells: {
    question: {
      by: 'PreToolUse on `request_user_input`; the answer goes back as the reason for which the tool does not run',
    },
    permission: { by: 'PermissionRequest' },
    spawn: { by: 'PreToolUse on `spawn_agent`; the prompt of the helper after it' },
    stop: { by: 'Stop' },
    compaction: { by: 'PreCompact' },
    wake_up: { not: 'a prompt does not say who wrote it' },
  },
  takesContext: { by: '-c developer_instructions' },
  showsStatus: { not: 'its status line takes items of its own alone' },
  escapes: [
    { actionClass: 'every class', what: 'a profile or a managed configuration that switches its hooks off' },
    { actionClass: 'workspace_write', what: 'a call that failed: it tells of no failure, so that one ends *unknown*' },
    { actionClass: 'consequential_write', what: 'its model, its updates and what it reports to its maker' },
  ],
  samples: codexSamples,
  canary: {
    prepare: ({ modelUrl, home, cwd }) => ({
      args: ['exec', '--skip-git-repo-check', 'work'],
      env: { CODEX_HOME: `${home}/.codex`, CANARY_KEY: 'sk-canary' },
      files: [
        {
          path: '.codex/config.toml',
          text: [
            'model = "gpt-5"',
            'model_provider = "canary"',
            'sandbox_mode = "danger-full-access"',
            'approval_policy = "never"',
            '[model_providers.canary]',
            'name = "canary"',
            `base_url = "${modelUrl}/v1"`,
            'env_key = "CANARY_KEY"',
            'wire_api = "responses"',
            '[analytics]',
            'enabled = false',
            '[features]',
            'plugins = false',
            `[projects.${JSON.stringify(cwd)}]`,
            'trust_level = "trusted"',
          ].join('\n'),
        },
      ],
    }),
    run: (command) => ({ name: 'exec_command', input: { cmd: command } }),
    spawn: (task) => ({ name: 'multi_agent_v1__spawn_agent', input: { message: task } }),
  },
};
