/**
 * The adapter of `tiny-agent`, complete: `writ adapter test examples/adapter` passes, and `writ adapter run examples/adapter "do it"` runs it under a mandate. docs/guide/adapters.md walks through it.
 *
 * @typedef {import('@writ/enforce').HarnessAdapter} HarnessAdapter
 */

const said = { session: 'tiny-1', cwd: '/repo' };
const before = (command) => ({ ...said, event: 'before', call: 'c1', tool: 'run', input: { command } });
const isText = (value) => typeof value === 'string' && value !== '';
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @type {HarnessAdapter} */
export const adapter = {
  contract: 1,
  name: 'tiny-agent',
  title: 'Tiny agent',
  program: {
    command: 'tiny-agent',
    versionArgs: ['--version'],
    install: 'ln -s "$PWD/examples/adapter/agent.mjs" ~/.local/bin/tiny-agent',
    needs: [{ command: 'curl', why: 'by which its hook reaches Writ' }],
  },
  // It keeps nothing in a home, and takes no settings from a repository.
  keeps: { made: [], also: [], rules: [], repositoryRules: [], seeds: [] },

  // It reaches its model and nobody else, and knows no MCP servers.
  reaches: { hosts: [], baseUrl: 'TINY_MODEL_URL', callbacks: [] },
  mcpArgs: () => [],

  // What leaves its hook out, or puts another in its place.
  bypass: (argv) => {
    const flag = ['--no-hooks', '--hook'].find((one) => argv.includes(one));
    return flag === undefined ? undefined : { flag, why: 'it would run without the hook of Writ' };
  },
  bypasses: [
    ['--no-hooks', 'x'],
    ['--hook', 'true', 'x'],
  ],

  // The hook hands what it got to Writ's endpoint and prints the answer. Whatever keeps it from one ends it with 2, which blocks. A person may be asked meanwhile.
  start: ({ hook, patienceS }) => ({
    kind: 'ready',
    args: [
      '--hook',
      `answer=$(curl -fsS -m ${patienceS} -H "Authorization: Bearer $${hook.tokenVariable}" --data-binary @- "$${hook.urlVariable}") || exit 2; ` +
        'case $answer in "{"*"}") printf "%s" "$answer" ;; *) exit 2 ;; esac',
    ],
    env: {},
    files: [],
    writesFolder: false,
  }),

  // From its words to the one request. What is not understood is null, and refused.
  asks: 'before',
  read(body) {
    if (!isObject(body) || !isText(body.event) || !isText(body.session)) return null;
    const at = { native: body.event, session: body.session, transcript: null };
    const input = isObject(body.input) ? body.input : {};
    switch (body.event) {
      case 'before':
        return {
          ...at,
          kind: 'call',
          id: isText(body.call) ? body.call : null,
          tool: body.tool,
          input,
          // A tool in the words Writ judges; one it does not know keeps its name, and nobody is granted it by accident.
          calls: [
            body.tool === 'run'
              ? { tool: 'Bash', input: { command: input.command } }
              : { tool: String(body.tool), input },
          ],
          cwd: isText(body.cwd) ? body.cwd : '',
          helper: null,
          isBackground: false,
        };
      case 'after':
        return {
          ...at,
          kind: 'call_ended',
          id: body.call ?? null,
          tool: body.tool,
          input,
          outcome: body.failed ? 'failed' : 'done',
        };
      case 'prompt':
        return { ...at, kind: 'prompt', helper: null, isWakeUp: false };
      case 'over':
        return { ...at, kind: 'turn_over' };
      default:
        return null;
    }
  },
  // An answer as it obeys it. It takes no explicit yes.
  reply: (_, answer) => (answer.kind === 'refuse' ? { block: answer.why } : {}),

  helpers: 'none',
  tells: {
    question: { not: 'it asks no questions' },
    permission: { not: 'it has no prompts of its own' },
    spawn: { not: 'it has no sub-agents' },
    stop: { by: 'over' },
    compaction: { not: 'it never leaves anything out' },
    wake_up: { not: 'nothing wakes it' },
  },
  takesContext: { not: 'its model is told nothing but the prompt' },
  escapes: [{ actionClass: 'consequential_write', what: 'its model' }],

  // What its hook sent, recorded: the evidence that `read` understands it.
  samples: [
    {
      name: 'a shell command',
      body: before('make test'),
      is: 'call',
      does: [{ action: 'shell.run', resource: 'shell://app/make' }],
    },
    { name: 'the end of a call', body: { ...said, event: 'after', call: 'c1', tool: 'run' }, is: 'call_ended' },
    { name: 'a prompt', body: { ...said, event: 'prompt', prompt: 'go' }, is: 'prompt' },
    { name: 'the end of a turn', body: { ...said, event: 'over' }, is: 'turn_over' },
  ],

  // How the kit starts the real program on a model that plays a script.
  canary: {
    prepare: ({ modelUrl }) => ({
      args: ['work'],
      env: { TINY_MODEL_URL: modelUrl, TINY_MODEL_KEY: 'sk-canary' },
      files: [],
    }),
    run: (command) => ({ name: 'run', input: { command } }),
    spawn: null,
  },
};
