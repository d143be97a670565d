/**
 * The adapter of pi (`npm install -g @mariozechner/pi-coding-agent`, 0.73), which asks by an extension: extension.mjs beside this file. `writ adapter test examples/adapter-pi` tries it, and
 * `writ adapter run examples/adapter-pi` runs it under a mandate. The person's own extensions are left out: one that is asked later can change a call that was judged.
 *
 * @typedef {import('@writ/enforce').HarnessAdapter} HarnessAdapter
 */
import { readFileSync } from 'node:fs';

const extension = readFileSync(new URL('extension.mjs', import.meta.url), 'utf8');

const isText = (value) => typeof value === 'string' && value !== '';
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A path as pi takes it: an `@` before it is left out, strange spaces are spaces, `~` is the home. */
function path(value, home) {
  if (value === undefined) return '.';
  if (typeof value !== 'string') return value;
  const plain = value.replace(/^@/, '').replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, ' ');
  return plain === '~' || plain.startsWith('~/') ? home + plain.slice(1) : plain;
}

/** A tool in the words Writ judges. */
function inWords(tool, input, home) {
  switch (tool) {
    case 'bash':
      return { tool: 'Bash', input: { command: input.command } };
    case 'read':
      return { tool: 'Read', input: { file_path: path(input.path, home) } };
    case 'write':
      return { tool: 'Write', input: { file_path: path(input.path, home) } };
    case 'edit':
      return { tool: 'Edit', input: { file_path: path(input.path, home) } };
    case 'grep':
      return { tool: 'Grep', input: { path: path(input.path, home) } };
    case 'find':
    case 'ls':
      return { tool: 'Glob', input: { path: path(input.path, home) } };
    default:
      return { tool, input };
  }
}

const commands = ['install', 'remove', 'uninstall', 'update', 'list', 'config'];

const said = { session: 's1', transcript: '/home/u/.pi/agent/sessions/s1.jsonl', cwd: '/repo', home: '/home/u' };
const call = (tool, input) => ({ ...said, event: 'tool_call', call: 'c1', tool, input });

/** @type {HarnessAdapter} */
export const adapter = {
  contract: 1,
  name: 'pi',
  title: 'pi',
  program: {
    command: 'pi',
    versionArgs: ['--version'],
    install: 'npm install -g @mariozechner/pi-coding-agent',
    needs: [],
  },
  keeps: {
    made: ['.pi/agent'],
    also: [],
    rules: [
      '.pi/agent/settings.json',
      '.pi/agent/models.json',
      '.pi/agent/extensions',
      '.pi/agent/bin',
      '.pi/agent/npm',
      '.pi/agent/git',
    ],
    // What it takes from the folder it works in.
    repositoryRules: ['.pi/settings.json', '.pi/extensions'],
    seeds: [{ path: '.pi/agent/settings.json', text: '{}' }],
  },
  reaches: {
    hosts: [
      'api.anthropic.com',
      'platform.claude.com',
      'api.openai.com',
      'auth.openai.com',
      'chatgpt.com',
      'generativelanguage.googleapis.com',
      'openrouter.ai',
    ],
    baseUrl: null,
    callbacks: [],
  },
  mcpArgs: () => [],

  bypass(argv) {
    if (commands.includes(argv[0]))
      return {
        flag: argv[0],
        why: 'under Writ it would be taken as a prompt',
        wayOut: `run \`pi ${argv[0]}\` by itself`,
      };
    const flag = argv.find((one) => one === '--extension' || one === '-e');
    return flag && { flag, why: 'an extension can change a call after Writ was asked about it' };
  },
  bypasses: [
    ['-e', 'x.ts', 'do it'],
    ['-p', 'do it', '--extension', 'x.ts'],
    ['install', 'npm:x'],
  ],

  start({ hook, patienceS, folder, env, context }) {
    if (env.PI_CODING_AGENT_DIR)
      return {
        kind: 'unusable',
        problem: '`PI_CODING_AGENT_DIR` puts what governs pi where Writ does not keep it from pi',
        wayOut: 'unset it',
      };
    return {
      kind: 'ready',
      // No other extension is loaded beside it: one that comes later can change a call that was judged.
      args: [
        '--no-extensions',
        '--extension',
        `${folder}/writ.mjs`,
        ...(context === null ? [] : ['--append-system-prompt', `${folder}/mission.md`]),
      ],
      env: { WRIT_PI_STATUS: `${folder}/status`, WRIT_PI_PATIENCE_S: String(patienceS), PI_SKIP_VERSION_CHECK: '1' },
      files: [
        {
          path: 'writ.mjs',
          text: extension.replace('WRIT_PI_URL', hook.urlVariable).replace('WRIT_PI_TOKEN', hook.tokenVariable),
        },
        { path: 'status', text: '' },
        ...(context === null ? [] : [{ path: 'mission.md', text: context }]),
      ],
      writesFolder: false,
    };
  },

  asks: 'tool_call',
  read(body) {
    if (!isObject(body) || !isText(body.event) || !isText(body.session)) return null;
    const at = {
      native: body.event,
      session: body.session,
      transcript: isText(body.transcript) ? body.transcript : null,
    };
    const input = isObject(body.input) ? body.input : {};
    switch (body.event) {
      case 'tool_call':
        if (!isText(body.tool) || !isText(body.cwd) || !isText(body.home)) return null;
        return {
          ...at,
          kind: 'call',
          id: isText(body.call) ? body.call : null,
          tool: body.tool,
          input,
          calls: [inWords(body.tool, input, body.home)],
          cwd: body.cwd,
          helper: null,
          isBackground: false,
        };
      case 'tool_result':
        if (!isText(body.tool)) return null;
        return {
          ...at,
          kind: 'call_ended',
          id: isText(body.call) ? body.call : null,
          tool: body.tool,
          input,
          outcome: body.failed === true ? 'failed' : 'done',
        };
      case 'input':
        return { ...at, kind: 'prompt', helper: null, isWakeUp: body.source === 'extension' };
      case 'agent_end':
        return { ...at, kind: 'turn_over' };
      case 'session_start':
        return { ...at, kind: 'told', what: 'session_start' };
      case 'session_shutdown':
        return { ...at, kind: 'told', what: 'session_end' };
      case 'session_before_compact':
        return { ...at, kind: 'told', what: 'compaction' };
      default:
        return null;
    }
  },
  reply: (_, answer) => (answer.kind === 'refuse' ? { block: answer.why } : { run: true }),

  helpers: 'none',
  tells: {
    question: { not: 'its model asks no questions by a tool' },
    permission: { not: 'it has no prompts of its own' },
    spawn: { not: 'it has no sub-agents' },
    stop: { by: 'agent_end' },
    compaction: { by: 'session_before_compact' },
    wake_up: { not: 'nothing wakes it' },
  },
  takesContext: { by: '--append-system-prompt' },
  showsStatus: { by: 'the footer, by the extension' },
  escapes: [
    { actionClass: 'consequential_write', what: 'its model' },
    { actionClass: 'every class', what: 'what the person types after `!`' },
    {
      actionClass: 'external_commitment',
      what: 'packages that its settings or those of the project name, installed at the start',
    },
  ],
  samples: [
    {
      name: 'a shell command',
      body: call('bash', { command: 'make test' }),
      is: 'call',
      does: [{ action: 'shell.run', resource: 'shell://app/make' }],
    },
    {
      name: 'a file read',
      body: call('read', { path: 'src/a.ts' }),
      is: 'call',
      does: [{ action: 'file.read', resource: 'workspace://app/src/a.ts' }],
    },
    {
      name: 'a file written',
      body: call('write', { path: '@src/a.ts', content: 'x' }),
      is: 'call',
      does: [{ action: 'file.write', resource: 'workspace://app/src/a.ts' }],
    },
    {
      name: 'an edit',
      body: call('edit', { path: 'src/a.ts', edits: [{ oldText: 'a', newText: 'b' }] }),
      is: 'call',
      does: [{ action: 'file.write', resource: 'workspace://app/src/a.ts' }],
    },
    {
      name: 'the end of a call',
      body: { ...said, event: 'tool_result', call: 'c1', tool: 'bash', input: {}, failed: false },
      is: 'call_ended',
    },
    { name: 'a prompt', body: { ...said, event: 'input', source: 'interactive' }, is: 'prompt' },
    { name: 'the end of a turn', body: { ...said, event: 'agent_end' }, is: 'turn_over' },
    { name: 'the start of a session', body: { ...said, event: 'session_start', reason: 'startup' }, is: 'told' },
  ],

  canary: {
    prepare: ({ modelUrl }) => ({
      args: ['--provider', 'kit', '--model', 'scripted', '-p', 'work'],
      env: { PI_OFFLINE: '1' },
      files: [
        {
          path: '.pi/agent/models.json',
          text: JSON.stringify({
            providers: {
              kit: {
                baseUrl: `${modelUrl}/v1`,
                api: 'openai-completions',
                apiKey: 'sk-canary',
                models: [{ id: 'scripted' }],
              },
            },
          }),
        },
      ],
    }),
    run: (command) => ({ name: 'bash', input: { command } }),
    spawn: null,
  },
};
