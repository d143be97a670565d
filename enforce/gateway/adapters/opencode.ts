/**
 * opencode: the plugin that asks before each call, how a session gets it, and what goes around it. Seen with 1.18.33.
 *
 * Only translates. The plugin is Writ's own and refuses what was not allowed; what it cannot do is see to it that opencode loads it, which is why arguments and
 * variables that leave plugins out are refused, and why a version counts only after its canary.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { toolCalls } from '../histories/tool-names.ts';
import type { Bypass, HarnessAdapter, HarnessEvent, HookAnswer, Started, StartPlace } from './adapter.ts';
import { adapterContract } from './adapter.ts';
import { parseJsonWithComments } from './json-with-comments.ts';
import { asking } from './asked-questions.ts';
import { opencodeSamples } from './opencode-samples.ts';

const configVariable = 'OPENCODE_CONFIG_CONTENT';

const config = z.looseObject({
  plugin: z.array(z.unknown()).optional(),
  instructions: z.array(z.unknown()).optional(),
  mcp: z.record(z.string(), z.unknown()).optional(),
});

function start({ folder, env, context }: StartPlace): Started {
  const given = env[configVariable];
  const own = given === undefined || given === '' ? {} : parsed(given);
  if (own === null)
    return {
      kind: 'unusable',
      problem:
        '`OPENCODE_CONFIG_CONTENT` is no configuration that can be read, so that the plugin of Writ cannot be added to it',
      wayOut: 'mend it, or unset it',
    };
  const merged = {
    ...own,
    plugin: [...(own.plugin ?? []), `file://${folder}/writ.mjs`],
    ...(context === null ? {} : { instructions: [...(own.instructions ?? []), join(folder, 'context.md')] }),
  };
  return {
    kind: 'ready',
    args: [],
    // Set, it would leave every plugin out.
    env: { [configVariable]: JSON.stringify(merged), OPENCODE_PURE: '0' },
    files: [
      { path: 'writ.mjs', text: readFileSync(new URL('opencode-plugin.mjs', import.meta.url), 'utf8') },
      ...(context === null ? [] : [{ path: 'context.md', text: context }]),
    ],
    writesFolder: false,
  };
}

function parsed(text: string): z.infer<typeof config> | null {
  try {
    return config.parse(parseJsonWithComments(text));
  } catch {
    return null; // said by the caller
  }
}

const helper = z.object({ id: z.string(), kind: z.string().nullable() }).nullable().default(null);
const hookInput = z.object({
  event: z.string(),
  session: z.string(),
  helper,
  tool: z.string().default(''),
  call: z.string().default(''),
  args: z.record(z.string(), z.unknown()).default({}),
  directory: z.string().default(''),
  prompt: z.string().default(''),
  what: z.string().default(''),
  database: z.string().nullable().default(null),
});

function read(body: unknown): HarnessEvent | null {
  const found = hookInput.safeParse(body);
  if (!found.success) return null;
  const { event: native, session, database: transcript, call: id, tool, args: input, ...more } = found.data;
  const said = { native, session, transcript };
  switch (native) {
    case 'tool.execute.before':
      return {
        ...said,
        kind: 'call',
        id,
        tool,
        input,
        calls: tool === '' ? [] : toolCalls('opencode', tool, input),
        cwd: more.directory,
        helper: more.helper,
        isBackground: false,
        ...(tool === 'question' && asking(input)),
      };
    case 'tool.execute.after':
      return { ...said, kind: 'call_ended', id, tool, input, outcome: 'done' };
    case 'chat.message':
      return { ...said, kind: 'prompt', helper: more.helper, isWakeUp: false };
    case 'session.idle':
      return more.helper === null
        ? { ...said, kind: 'turn_over' }
        : { ...said, kind: 'helper_over', helper: more.helper.id };
    case 'session.created':
      return { ...said, kind: 'told', what: more.helper === null ? 'session_start' : 'spawn' };
    case 'permission.asked':
      return {
        ...said,
        ...{ kind: 'permission', isShown: true },
        prompt: more.prompt,
        what: more.what,
        about: id === '' ? null : { id },
      };
    case 'permission.replied':
      return { ...said, kind: 'answered', prompt: more.prompt };
    case 'question.asked':
      return { ...said, kind: 'told', what: 'question' };
    case 'session.compacted':
      return { ...said, kind: 'told', what: 'compaction' };
    default:
      return { ...said, kind: 'told', what: 'other' };
  }
}

/** Of a prompt of its own, `{}` leaves it where it is. */
function reply(native: string, answer: HookAnswer): Record<string, unknown> {
  if (answer.kind === 'refuse') return { refuse: answer.why };
  if (native === 'permission.asked' && answer.kind === 'no_objection') return {};
  return { allow: true, ...(answer.kind === 'allow' && answer.answers !== undefined && { answers: answer.answers }) };
}

/** Subcommands whose work is done by somebody else. */
const elsewhere = ['attach', 'github'];
const bypasses: readonly Bypass[] = [
  { flag: '--pure', why: 'it starts without plugins, and Writ asks through one' },
  { flag: '--attach', why: 'the work would be done by another process, without this plugin' },
];

function bypass(argv: readonly string[]): Bypass | undefined {
  const end = argv.indexOf('--');
  const own = argv.slice(0, end < 0 ? undefined : end);
  const known = bypasses.find(({ flag }) => own.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
  if (known !== undefined) return known;
  const [command = ''] = own;
  return elsewhere.includes(command)
    ? { flag: command, why: 'its work is done by another process, where this plugin is not' }
    : undefined;
}

export const opencodeAdapter: HarnessAdapter = {
  contract: adapterContract,
  name: 'opencode',
  title: 'opencode',
  program: {
    command: 'opencode',
    versionArgs: ['--version'],
    install: 'npm install -g opencode-ai',
    needs: [],
  },
  keeps: {
    made: ['.local/share/opencode', '.local/state/opencode', '.cache/opencode', '.config/opencode'],
    also: [],
    // Plugins of every session are there.
    rules: ['.config/opencode'],
    repositoryRules: [
      'opencode.json',
      'opencode.jsonc',
      ...['opencode.json', 'opencode.jsonc', 'plugin', 'plugins', 'tool', 'tools'].map((name) => `.opencode/${name}`),
    ],
    // It makes one at its first start, and does not start where it cannot.
    seeds: [
      {
        path: '.config/opencode/.gitignore',
        text: 'node_modules\npackage.json\npackage-lock.json\nbun.lock\n.gitignore',
      },
    ],
  },
  bypass,
  bypasses: [
    ['--pure'],
    ['run', '--pure', 'x'],
    ['run', '--attach', 'http://x'],
    ['attach', 'http://x'],
    ['github', 'run'],
  ],
  start,
  asks: 'tool.execute.before',
  reaches: {
    hosts: [
      'api.anthropic.com',
      'api.openai.com',
      'generativelanguage.googleapis.com',
      'opencode.ai',
      'models.dev',
      // What it installs its plugins from.
      'registry.npmjs.org',
    ],
    baseUrl: null,
    callbacks: [],
  },
  mcpArgs: () => [],
  mcpSettings(servers, { env, files }) {
    const own = parsed(env[configVariable] ?? '') ?? {};
    const named = servers.map(({ name, command, args, env: environment }): [string, unknown] => [
      name,
      { type: 'local', command: [command, ...args], environment, enabled: true },
    ]);
    const mcp = { ...own.mcp, ...Object.fromEntries(named) };
    return { env: { ...env, [configVariable]: JSON.stringify({ ...own, mcp }) }, files };
  },
  read,
  reply,
  helpers: 'told_apart',
  tells: {
    question: { by: 'tool.execute.before on `question`' },
    permission: { by: 'permission.asked' },
    spawn: { by: 'tool.execute.before on `task`; `session.created` after it' },
    stop: { by: 'session.idle' },
    compaction: { by: 'session.compacted' },
    wake_up: { not: 'a prompt does not say who wrote it' },
  },
  takesContext: { by: '`instructions` of its configuration' },
  showsStatus: { not: 'it has no line that somebody else could write' },
  escapes: [
    { actionClass: 'every class', what: 'what another plugin does, and a call that one changes after it was judged' },
    { actionClass: 'every class', what: 'a shell command a person types into it with `!`' },
    { actionClass: 'workspace_write', what: 'a call that failed: it tells of no failure, so that one ends *unknown*' },
    { actionClass: 'consequential_write', what: 'its model, its registry look-ups and its updates' },
  ],
  samples: opencodeSamples,
  canary: {
    prepare: ({ modelUrl }) => ({
      args: ['run', 'work'],
      env: {
        OPENCODE_CONFIG_CONTENT: JSON.stringify({
          model: 'canary/canary',
          small_model: 'canary/canary',
          autoupdate: false,
          share: 'disabled',
          provider: {
            canary: {
              npm: '@ai-sdk/openai-compatible',
              name: 'canary',
              options: { baseURL: `${modelUrl}/v1`, apiKey: 'sk-canary' },
              models: { canary: { name: 'canary', limit: { context: 200_000, output: 8_000 } } },
            },
          },
        }),
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        // It looks its plugins' library up at each start: nothing is asked for from here.
        npm_config_registry: 'http://127.0.0.1:9/',
        npm_config_fetch_retries: '0',
      },
      files: [],
    }),
    run: (command) => ({ name: 'bash', input: { command, description: 'canary' } }),
    spawn: (task) => ({ name: 'task', input: { description: 'help', subagent_type: 'general', prompt: task } }),
  },
};
