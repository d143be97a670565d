/**
 * From a harness's tool call to the one question Writ asks: which action, on which resource.
 *
 * Only translates; it never decides. A tool it does not know becomes an action nobody grants by accident. Paths are resolved by
 * the caller (symbolic links included) before they come here.
 */

export type JudgedAction = {
  readonly action: string;
  readonly resource: string;
  readonly parameters: Readonly<Record<string, string>>;
};

export type Place = {
  readonly project: string;
  /** Absolute, resolved. */
  readonly root: string;
  /** The real path of what a call names, symbolic links followed; the path itself where nothing is there yet. */
  readonly realPath: (path: string) => string;
};

type Rule = (input: Readonly<Record<string, unknown>>, place: Place) => JudgedAction;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A file of the project, or of the machine when it lies outside: `workspace://machine/…`, which no preset covers for writing. */
function fileResource(path: string, place: Place): string {
  const real = place.realPath(path.startsWith('/') ? path : `${place.root}/${path}`);
  const inside =
    real === place.root ? '' : real.startsWith(`${place.root}/`) ? real.slice(place.root.length + 1) : null;
  const encode = (segments: string): string => segments.split('/').map(encodeURIComponent).join('/');
  return inside === null ? `workspace://machine${encode(real)}` : `workspace://${place.project}/${encode(inside)}`;
}

const read =
  (key: string): Rule =>
  (input, place) => ({
    action: 'file.read',
    resource: fileResource(text(input[key]) || place.root, place),
    parameters: {},
  });
const write =
  (key: string): Rule =>
  (input, place) => ({ action: 'file.write', resource: fileResource(text(input[key]), place), parameters: {} });
const note: Rule = (_, place) => ({
  action: 'task.note',
  resource: `mission://${place.project}/notes`,
  parameters: {},
});
const fetchPage: Rule = (input) => ({
  action: 'http.get',
  resource: text(input['url']) || 'https://web-search.invalid/',
  parameters: {},
});
const spawn: Rule = (input) => ({
  action: 'agent.spawn',
  resource: `agent://${encodeURIComponent(text(input['subagent_type']) || 'general-purpose')}`,
  parameters: {},
});
/** `git push REMOTE BRANCH`, said plainly. Whatever else seems to push names no branch, and no preset covers that. */
const plainPush =
  /^git push (?:(-u|--set-upstream|--force-with-lease|--force|-f) )?[A-Za-z0-9_.-]+ (?:HEAD:)?(?:refs\/heads\/)?([A-Za-z0-9_./-]+)$/;
const mayPush = /\bgit\b[\s\S]*\bpush\b/;

function push(command: string, place: Place): JudgedAction | undefined {
  const [, option = '', branch] = plainPush.exec(command) ?? [];
  if (branch !== undefined) {
    const action = /^(-f|--force)/.test(option) ? 'git.force_push' : 'git.push';
    return { action, resource: `git://${place.project}/refs/heads/${branch}`, parameters: { command } };
  }
  return mayPush.test(command)
    ? { action: 'git.push', resource: `git://${place.project}/unreadable`, parameters: { command } }
    : undefined;
}

/** The program is what a person recognises; the whole command is bound as a parameter. */
const shell: Rule = (input, place) => {
  const command = text(input['command']).trim();
  const pushing = push(command, place);
  if (pushing !== undefined) return pushing;
  const program = /^[A-Za-z0-9_./+-]+/.exec(command)?.[0].split('/').at(-1) ?? 'unreadable';
  return {
    action: 'shell.run',
    resource: `shell://${place.project}/${encodeURIComponent(program)}`,
    parameters: { command },
  };
};

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Bash', shell],
  ['Read', read('file_path')],
  ['NotebookRead', read('notebook_path')],
  ['Glob', read('path')],
  ['Grep', read('path')],
  ['LS', read('path')],
  ['Write', write('file_path')],
  ['Edit', write('file_path')],
  ['MultiEdit', write('file_path')],
  ['NotebookEdit', write('notebook_path')],
  ['WebFetch', fetchPage],
  ['WebSearch', fetchPage],
  ['Agent', spawn],
  ['Task', spawn],
  ...[
    'TodoWrite',
    'TaskCreate',
    'TaskUpdate',
    'TaskGet',
    'TaskList',
    'TaskOutput',
    'BashOutput',
    'KillShell',
    'TaskStop',
    'ToolSearch',
    'AskUserQuestion',
    'EnterPlanMode',
    'ExitPlanMode',
    'Skill',
    'SendUserMessage',
  ].map((name): [string, Rule] => [name, note]),
]);

/** What a call of `tool` with `input` would do, in Writ's words. */
export function judgedAction(tool: string, input: Readonly<Record<string, unknown>>, place: Place): JudgedAction {
  const rule = rules.get(tool);
  if (rule !== undefined) return rule(input, place);
  const mcp = /^mcp__(.+?)__(.+)$/.exec(tool);
  if (mcp?.[1] !== undefined && mcp[2] !== undefined)
    return {
      action: 'mcp.call',
      resource: `mcp://${encodeURIComponent(mcp[1])}/${encodeURIComponent(mcp[2])}`,
      parameters: {},
    };
  return {
    action: `tool.${tool.replace(/[^A-Za-z0-9_]/g, '_')}`,
    resource: `shell://${place.project}/unknown-tool`,
    parameters: {},
  };
}
