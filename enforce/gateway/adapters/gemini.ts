/**
 * Gemini CLI: which events Writ listens to, how they reach its endpoint, and where its settings can come from. Seen with 0.61.
 *
 * Only translates. Its hooks are in `gemini-hooks.ts`. It takes settings of one session from nowhere
 * (those of the system have to belong to root), so that the session gets a home of its own for it: what the person has there, by links, and settings with the
 * hooks. It says nothing that names a call or tells a sub-agent from the main conversation.
 */

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { toolCalls } from '../histories/tool-names.ts';
import type {
  Bypass,
  HarnessAdapter,
  HarnessEvent,
  HookAnswer,
  McpCommand,
  SessionFile,
  Started,
  StartPlace,
} from './adapter.ts';
import { adapterContract } from './adapter.ts';
import { answersInWords, asking } from './asked-questions.ts';
import { geminiSamples } from './gemini-samples.ts';
import { hookName, hooksAfter, inItsOwnProcess } from './gemini-hooks.ts';
import { hookCommandNeeds } from './hook-command.ts';
import { parseJsonWithComments } from './json-with-comments.ts';

const settings = z.looseObject({
  hooks: z.record(z.string(), z.array(z.unknown())).optional(),
  hooksConfig: z.looseObject({ enabled: z.boolean().optional(), disabled: z.array(z.string()).optional() }).optional(),
  mcpServers: z.record(z.string(), z.unknown()).optional(),
});
type Settings = z.infer<typeof settings>;

/** Empty where there is no such file. Throws where it cannot be understood. */
const settingsAt = (path: string): Settings =>
  existsSync(path) ? settings.parse(parseJsonWithComments(readFileSync(path, 'utf8'))) : {};

/** Folders and files that Gemini makes in a home it finds empty: links, so that they are made where the person has them. */
const made = [
  'oauth_creds.json',
  'google_accounts.json',
  'installation_id',
  'state.json',
  'tmp',
  'history',
  'extensions',
  'commands',
  'skills',
  'agents',
  'GEMINI.md',
] as const;

/** The settings of a person with Writ's hooks after their own. Who had switched hooks off has none but Writ's. */
function withHooks(own: Settings, hook: StartPlace['hook']): Settings {
  const isOff = own.hooksConfig?.enabled === false;
  const hooks = hooksAfter(isOff ? {} : (own.hooks ?? {}), hook);
  const disabled = (own.hooksConfig?.disabled ?? []).filter((name) => name !== hookName);
  return { ...own, hooks, hooksConfig: { ...own.hooksConfig, enabled: true, disabled } };
}

/** Settings that hold over those of a home. */
function above({ cwd, env }: StartPlace): readonly string[] {
  return [systemSettings(env), join(cwd, '.gemini', 'settings.json')];
}

const systemSettings = (env: StartPlace['env']): string =>
  env['GEMINI_CLI_SYSTEM_SETTINGS_PATH'] ??
  (process.platform === 'darwin'
    ? '/Library/Application Support/GeminiCli/settings.json'
    : '/etc/gemini-cli/settings.json');

/**
 * What a hook's shell, the loader and Node would run before the hook, or instead of it. INVARIANT: Gemini reads a `.env` of the worktree, which an agent may write, into its own
 * environment, and only what is there already stays as it is; so each of these is there.
 */
const runFirst = ['BASH_ENV', 'ENV', 'SHELLOPTS', 'BASHOPTS', 'NODE_OPTIONS', 'NODE_PATH'];
const loadedFirst = ['LD_PRELOAD', 'LD_AUDIT', 'LD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES', 'DYLD_LIBRARY_PATH'];
const notFromWorktree = (env: StartPlace['env']): Record<string, string> =>
  Object.fromEntries([...runFirst, ...loadedFirst].map((name) => [name, env[name] ?? '']));

function start(place: StartPlace): Started {
  const { env, home, folder, hook, context } = place;
  const own = join(env['GEMINI_CLI_HOME'] ?? home, '.gemini');
  const unusable = (problem: string, wayOut: string): Started => ({ kind: 'unusable', problem, wayOut });
  let merged: Settings;
  try {
    merged = withHooks(settingsAt(join(own, 'settings.json')), hook);
    for (const path of above(place)) {
      const { hooksConfig } = settingsAt(path);
      if (hooksConfig?.enabled === false || hooksConfig?.disabled?.includes(hookName) === true)
        return unusable(
          `\`${path}\` switches hooks off, so that Gemini CLI would run without those of Writ`,
          'let it have hooks, or run it in a sandbox alone with `writ exec -- gemini`',
        );
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unusable(`settings of Gemini CLI cannot be read: ${why}`, `mend what is in ${own} and .gemini`);
  }
  const names = new Set([...made, ...(existsSync(own) ? readdirSync(own) : [])]);
  names.delete('settings.json');
  const memory = join(own, 'GEMINI.md');
  if (context !== null) names.delete('GEMINI.md');
  const told =
    context === null ? [] : [`${existsSync(memory) ? `${readFileSync(memory, 'utf8')}\n\n` : ''}${context}\n`];
  const asks = inItsOwnProcess(place);
  const files: readonly SessionFile[] = [
    ...[...names].map((name) => ({ path: `.gemini/${name}`, linkTo: join(own, name) })),
    { path: ownSettings, text: JSON.stringify(merged, null, 2) },
    ...told.map((text) => ({ path: '.gemini/GEMINI.md', text })),
    ...asks.files,
  ];
  const fixed = {
    ...notFromWorktree(env),
    GEMINI_CLI_SYSTEM_SETTINGS_PATH: systemSettings(env),
    // It puts another file in its place, by which a link would end with the session, and what the person said with it.
    GEMINI_CLI_TRUSTED_FOLDERS_PATH: env['GEMINI_CLI_TRUSTED_FOLDERS_PATH'] ?? join(own, 'trustedFolders.json'),
  };
  const itsOwn = { NODE_OPTIONS: asks.nodeOptions, GEMINI_CLI_HOME: folder };
  return { kind: 'ready', args: [], env: { ...fixed, ...itsOwn }, files, writesFolder: true };
}

const ownSettings = '.gemini/settings.json';

/** The settings of the session, with these servers after the person's. */
function withServers(
  file: Extract<SessionFile, { readonly text: string }>,
  servers: readonly McpCommand[],
): SessionFile {
  const own = settings.parse(JSON.parse(file.text));
  const named = servers.map(({ name, command, args, env }): [string, unknown] => [name, { command, args, env }]);
  const mcpServers = { ...own.mcpServers, ...Object.fromEntries(named) };
  return { path: file.path, text: JSON.stringify({ ...own, mcpServers }, null, 2) };
}

const hookInput = z.looseObject({
  session_id: z.string(),
  hook_event_name: z.string(),
  cwd: z.string().default(''),
  transcript_path: z.string().default(''),
  tool_name: z.string().default(''),
  tool_input: z.record(z.string(), z.unknown()).default({}),
  tool_response: z.looseObject({ error: z.unknown().optional() }).optional(),
});

function read(body: unknown): HarnessEvent | null {
  const parsed = hookInput.safeParse(body);
  if (!parsed.success) return null;
  const { data } = parsed;
  const said = {
    native: data.hook_event_name,
    session: data.session_id,
    transcript: data.transcript_path === '' ? null : data.transcript_path,
  };
  const { tool_name: tool, tool_input: input } = data;
  switch (data.hook_event_name) {
    case 'BeforeTool':
      return {
        ...said,
        kind: 'call',
        id: null,
        tool,
        input,
        calls: tool === '' ? [] : toolCalls('gemini', tool, input),
        cwd: data.cwd,
        helper: null,
        isBackground: input['is_background'] === true,
        ...(tool === 'ask_user' && asking(input)),
      };
    case 'AfterTool':
      return {
        ...said,
        kind: 'call_ended',
        id: null,
        tool,
        input,
        outcome: data.tool_response?.error === undefined ? 'done' : 'failed',
      };
    case 'BeforeAgent':
      return { ...said, kind: 'prompt', helper: null, isWakeUp: false };
    case 'AfterAgent':
      return { ...said, kind: 'turn_over' };
    case 'SessionStart':
      return { ...said, kind: 'told', what: 'session_start' };
    case 'SessionEnd':
      return { ...said, kind: 'told', what: 'session_end' };
    case 'Notification':
      return { ...said, kind: 'told', what: 'question' };
    default:
      return { ...said, kind: 'told', what: 'other' };
  }
}

/** It takes no answers to what its model asks but as the reason for which the tool does not run. */
function reply(native: string, answer: HookAnswer): Record<string, unknown> {
  if (answer.kind === 'allow' && answer.answers !== undefined)
    return reply(native, { kind: 'refuse', why: answersInWords(answer.answers) });
  if (answer.kind !== 'refuse' || (native !== 'BeforeTool' && native !== 'BeforeAgent')) return {};
  return {
    decision: 'deny',
    reason: answer.why,
    ...(answer.tell === undefined ? {} : { systemMessage: answer.tell }),
  };
}

const bypasses: readonly (Bypass & { readonly matches: RegExp })[] = [
  {
    flag: '--acp',
    matches: /^--(?:experimental-)?acp$/,
    why: 'it asks no hook before a tool when an editor drives it',
    wayOut: 'leave it out, or drive it by `acp` in a mission, where its questions are answered',
  },
  {
    flag: '--sandbox',
    matches: /^(?:-s|--sandbox)(?:=|$)/,
    why: 'it starts another copy of itself in a container, where these hooks are not',
    wayOut: "leave it out: Writ's own sandbox stands around it where there is one",
  },
];

function bypass(argv: readonly string[]): Bypass | undefined {
  const end = argv.indexOf('--');
  return bypasses.find(({ matches }) => argv.slice(0, end < 0 ? undefined : end).some((arg) => matches.test(arg)));
}

export const geminiAdapter: HarnessAdapter = {
  contract: adapterContract,
  name: 'gemini',
  title: 'Gemini CLI',
  program: {
    command: 'gemini',
    versionArgs: ['--version'],
    install: 'npm install -g @google/gemini-cli',
    needs: hookCommandNeeds,
  },
  keeps: {
    made: ['.gemini', '.gemini/tmp', '.gemini/history'],
    also: [],
    rules: ['.gemini/settings.json', '.gemini/.env', '.gemini/hooks', '.gemini/extensions', '.gemini/policies'],
    repositoryRules: ['.gemini/settings.json', '.gemini/.env', '.gemini/extensions', '.gemini/policies'],
    seeds: [{ path: '.gemini/settings.json', text: '{}\n' }],
  },
  bypass,
  bypasses: [['--acp'], ['--experimental-acp'], ['-s'], ['--sandbox=docker']],
  start,
  asks: 'BeforeTool',
  reaches: {
    hosts: [
      'generativelanguage.googleapis.com',
      'cloudcode-pa.googleapis.com',
      'oauth2.googleapis.com',
      'accounts.google.com',
      'www.googleapis.com',
    ],
    baseUrl: 'GOOGLE_GEMINI_BASE_URL',
    callbacks: [],
  },
  mcpArgs: () => [],
  mcpSettings: (servers, { env, files }) => ({
    env,
    files: files.map((file) => ('text' in file && file.path === ownSettings ? withServers(file, servers) : file)),
  }),
  read,
  reply,
  helpers: 'alike',
  tells: {
    question: { by: 'BeforeTool on `ask_user`; the answer goes back as the reason for which the tool does not run' },
    permission: { not: 'it tells of them, and takes no answer to them from elsewhere' },
    spawn: { by: 'BeforeTool on `invoke_agent`' },
    stop: { by: 'AfterAgent' },
    compaction: { not: 'its event comes with every turn, whether or not anything is left out' },
    wake_up: { not: 'a prompt does not say who wrote it' },
  },
  takesContext: { by: 'GEMINI.md in its home' },
  showsStatus: { not: 'its footer takes items of its own alone' },
  escapes: [
    { actionClass: 'every class', what: 'work of a sub-agent cannot be told from its own: none is started' },
    { actionClass: 'every class', what: "a hook of the person's own that changes a call after it was judged" },
    { actionClass: 'workspace_write', what: 'how two equal calls at once ended: it names no call' },
    { actionClass: 'consequential_write', what: 'its model, its updates and what it reports to its maker' },
  ],
  samples: geminiSamples,
  canary: {
    prepare: ({ modelUrl }) => ({
      args: ['--yolo', '-m', 'gemini-2.5-flash', '-p', 'work'],
      env: {
        GEMINI_API_KEY: 'sk-canary',
        GOOGLE_GEMINI_BASE_URL: modelUrl,
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
        GEMINI_CLI_NO_RELAUNCH: 'true',
      },
      files: [
        {
          path: '.gemini/settings.json',
          text: JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }),
        },
      ],
    }),
    run: (command) => ({ name: 'run_shell_command', input: { command } }),
    spawn: (task) => ({ name: 'invoke_agent', input: { agent_name: 'generalist', prompt: task } }),
  },
};
