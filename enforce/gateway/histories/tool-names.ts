/**
 * The tools of Codex and opencode in the words of `judgedActions`, which knows those of Claude Code: what is called something else and does the
 * same is judged the same.
 *
 * It only translates. A tool that is not here keeps its name, and so becomes an action nobody grants by accident.
 */

import type { HistoryHarness } from './recorded.ts';

export type ToolCall = {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Where it is done, where the call says so itself. */
  readonly cwd?: string;
};

type Input = Readonly<Record<string, unknown>>;
type Translate = (input: Input) => readonly ToolCall[];

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const as =
  (tool: string, names: Readonly<Record<string, string>> = {}): Translate =>
  (input) => [{ tool, input: Object.fromEntries(Object.entries(names).map(([to, from]) => [to, input[from]])) }];
const noted = as('TodoWrite');

/** `["bash", "-lc", "…"]` is its script; any other list of words, the words. */
function commandOf(value: unknown): string {
  if (!Array.isArray(value)) return text(value);
  const words = value.map(String);
  const [shell = '', flag = '', script] = words;
  if (words.length === 3 && /(?:^|\/)(?:ba|z|da)?sh$/.test(shell) && /^-l?c$/.test(flag)) return script ?? '';
  return words
    .map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}

const shell =
  (...names: readonly string[]): Translate =>
  (input) => {
    const command = commandOf(names.map((name) => input[name]).find((value) => value !== undefined));
    const cwd = text(input['workdir']);
    return [{ tool: 'Bash', input: { command }, ...(cwd !== '' && { cwd }) }];
  };

const patched = /^\*\*\* (?:Add|Update|Delete) File: (.+)$|^\*\*\* Move to: (.+)$/gm;
/** A patch writes each file it names; one that names none is not understood. */
const patch: Translate = (input) => {
  const given = text(input['input'] ?? input['patchText'] ?? input['patch']);
  const files = [...given.matchAll(patched)].map(([, written = '', moved = '']) => (written || moved).trim());
  return files.length === 0
    ? [{ tool: 'apply_patch', input: {} }]
    : files.map((path) => ({ tool: 'Write', input: { file_path: path } }));
};

/** Codex takes a patch out of a command and applies it itself: then the files it names are written, beside whatever else the command does. */
const codexShell =
  (...names: readonly string[]): Translate =>
  (input) => {
    const calls = shell(...names)(input);
    return calls.flatMap((call): readonly ToolCall[] => {
      const command = text(call.input['command']);
      if (!command.includes('*** Begin Patch')) return [call];
      const files = patch({ input: command }).filter(({ tool }) => tool === 'Write');
      return [call, ...files.map((one) => (call.cwd === undefined ? one : { ...one, cwd: call.cwd }))];
    });
  };

const codex: Readonly<Record<string, Translate>> = {
  exec_command: codexShell('cmd', 'command'),
  shell: codexShell('command', 'cmd'),
  shell_command: codexShell('command', 'cmd'),
  local_shell: codexShell('command', 'cmd'),
  Bash: codexShell('command', 'cmd'),
  // Keys for a program that runs: what they do is the program's to say.
  write_stdin: () => [{ tool: 'Bash', input: { command: '"$keys"' } }],
  apply_patch: patch,
  view_image: as('Read', { file_path: 'path' }),
  web_search: as('WebSearch'),
  update_plan: noted,
  request_user_input: noted,
  get_goal: noted,
  create_goal: noted,
  update_goal: noted,
  spawn_agent: as('Agent', { subagent_type: 'agent_type' }),
  close_agent: noted,
  resume_agent: noted,
  send_input: noted,
  wait_agent: noted,
  wait: noted,
};

const opencode: Readonly<Record<string, Translate>> = {
  bash: shell('command'),
  read: as('Read', { file_path: 'filePath' }),
  list: as('LS', { path: 'path' }),
  glob: as('Glob', { path: 'path' }),
  grep: as('Grep', { path: 'path' }),
  write: as('Write', { file_path: 'filePath' }),
  edit: as('Edit', { file_path: 'filePath' }),
  multiedit: as('Edit', { file_path: 'filePath' }),
  patch,
  apply_patch: patch,
  webfetch: as('WebFetch', { url: 'url' }),
  websearch: as('WebSearch'),
  task: as('Agent', { subagent_type: 'subagent_type' }),
  todowrite: noted,
  todoread: noted,
  question: noted,
  skill: noted,
  plan_enter: noted,
  plan_exit: noted,
  invalid: noted,
};

const gemini: Readonly<Record<string, Translate>> = {
  run_shell_command: (input) => {
    const folder = text(input['dir_path'] ?? input['directory']);
    return [{ tool: 'Bash', input: { command: text(input['command']) }, ...(folder !== '' && { cwd: folder }) }];
  },
  list_background_processes: noted,
  read_background_output: noted,
  read_file: as('Read', { file_path: 'file_path' }),
  read_many_files: as('LS'),
  list_directory: as('LS', { path: 'dir_path' }),
  glob: as('Glob', { path: 'dir_path' }),
  grep_search: as('Grep', { path: 'dir_path' }),
  search_file_content: as('Grep', { path: 'dir_path' }),
  write_file: as('Write', { file_path: 'file_path' }),
  replace: as('Edit', { file_path: 'file_path' }),
  web_fetch: as('WebFetch'),
  google_web_search: as('WebSearch'),
  invoke_agent: as('Agent', { subagent_type: 'agent_name' }),
  write_todos: noted,
  update_topic: noted,
  enter_plan_mode: noted,
  exit_plan_mode: noted,
  activate_skill: noted,
  ask_user: noted,
  complete_task: noted,
};

const tables = { codex, opencode, gemini } as const;
/** `mcp_SERVER_TOOL`, as Gemini CLI calls the tools of MCP servers: whoever has an underscore in the name of a server is misread, and so refused. */
const geminiMcp = /^mcp_([^_]+)_(.+)$/;

/** `SERVER_TOOL`, as opencode calls them: of the servers behind Writ's door, whose names no underscore cuts short; of any other it cannot be told where its name ends. */
const opencodeMcp = /^(writ(?:-[^_]+)?)_(.+)$/;

/** What a call of a harness's tool is in the words of `judgedActions`; a patch of several files is several calls. */
export function toolCalls(harness: HistoryHarness | 'gemini', tool: string, input: Input): readonly ToolCall[] {
  if (harness === 'claude') return [{ tool, input }];
  // Codex puts its own tools into groups, such as `multi_agent_v1__spawn_agent`.
  const name = harness === 'codex' && !tool.startsWith('mcp__') ? (tool.split('__').at(-1) ?? tool) : tool;
  const ofServer = harness === 'gemini' ? geminiMcp : harness === 'opencode' ? opencodeMcp : null;
  const [, server, called] = ofServer?.exec(tool) ?? [];
  if (server !== undefined && called !== undefined) return [{ tool: `mcp__${server}__${called}`, input }];
  const table: Readonly<Record<string, Translate>> = tables[harness];
  const translate = Object.hasOwn(table, name) ? table[name] : undefined;
  return translate === undefined ? [{ tool, input }] : translate(input);
}
