/**
 * What a tool that an agent's file names stands for, in actions: one row for each name, in each format. Data.
 *
 * INVARIANT: a name that has no row gives nothing. A row may give less than the tool does in its harness, never more.
 */

export type AgentFormat = 'writ' | 'claude' | 'opencode';

const reads = ['file.read'];
const writes = ['file.read', 'file.write'];
const runs = ['shell.run', 'git.commit'];
const fetches = ['http.get'];
const spawns = ['agent.spawn'];
const notes = ['task.note'];
const asks = ['task.ask'];

const claude: Readonly<Record<string, readonly string[]>> = {
  Read: reads,
  NotebookRead: reads,
  Glob: reads,
  Grep: reads,
  LS: reads,
  Write: writes,
  Edit: writes,
  MultiEdit: writes,
  NotebookEdit: writes,
  Bash: runs,
  BashOutput: runs,
  KillShell: runs,
  WebFetch: fetches,
  WebSearch: fetches,
  Agent: spawns,
  Task: spawns,
  TodoWrite: notes,
  TaskCreate: notes,
  TaskUpdate: notes,
  TaskGet: notes,
  TaskList: notes,
  AskUserQuestion: asks,
  Skill: notes,
  ExitPlanMode: notes,
};

const opencode: Readonly<Record<string, readonly string[]>> = {
  read: reads,
  list: reads,
  glob: reads,
  grep: reads,
  lsp: reads,
  write: writes,
  edit: writes,
  multiedit: writes,
  patch: writes,
  apply_patch: writes,
  bash: runs,
  webfetch: fetches,
  websearch: fetches,
  task: spawns,
  todowrite: notes,
  todoread: notes,
  question: asks,
  skill: notes,
};

/** Ours: what the `model` driver offers. An action or a line of `allow` is itself. */
const writ: Readonly<Record<string, readonly string[]>> = {
  read: reads,
  list: reads,
  search: reads,
  write: writes,
  edit: writes,
  run: runs,
  agent: spawns,
  fetch: fetches,
  note: notes,
  ask: asks,
};

export const toolTable: Readonly<Record<AgentFormat, Readonly<Record<string, readonly string[]>>>> = {
  writ,
  claude,
  opencode,
};

/** What `tool` of a file in `format` asks for, in actions or lines of `allow`; null where it is not known. */
export function askedBy(format: AgentFormat, tool: string): readonly string[] | null {
  const table = toolTable[format];
  if (Object.hasOwn(table, tool)) return table[tool] ?? null;
  // Ours alone, and only whole words: `Bash(git diff:*)` is narrower than any action, so it gives nothing.
  if (format === 'writ' && /^[a-z_]+(?:\.[a-z_*]+)+(?: on \S+)?$/.test(tool)) return [tool];
  const [, server, name] = /^mcp__([A-Za-z0-9_-]+?)(?:__([A-Za-z0-9_-]+|\*))?$/.exec(tool) ?? [];
  if (format === 'opencode' || server === undefined) return null;
  const part = name === undefined || name === '*' ? '*' : name;
  return [`mcp.* on mcp://${server}/${part}`];
}
