/**
 * From a harness's tool call to the questions Writ asks: which actions, on which resources.
 *
 * Only translates; it never decides. A tool it does not know becomes an action nobody grants by accident. Paths are resolved by
 * the caller (symbolic links included) before they come here.
 */

import { classifyShell } from '../../classify/classify-shell.ts';
import { fileResource } from '../../classify/file-resource.ts';
import type { ShellPlace } from '../../classify/shell-place.ts';

export type JudgedAction = {
  readonly action: string;
  readonly resource: string;
  readonly parameters: Readonly<Record<string, string>>;
};

type Rule = (input: Readonly<Record<string, unknown>>, place: ShellPlace) => readonly JudgedAction[];

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const read =
  (key: string): Rule =>
  (input, place) => [
    { action: 'file.read', resource: fileResource(text(input[key]) || place.root, place), parameters: {} },
  ];
const write =
  (key: string): Rule =>
  (input, place) => [{ action: 'file.write', resource: fileResource(text(input[key]), place), parameters: {} }];
const noted = ({ project }: ShellPlace): JudgedAction => ({
  action: 'task.note',
  resource: `mission://${project}/notes`,
  parameters: {},
});
const note: Rule = (_, place) => [noted(place)];
const fetchPage: Rule = (input) => [
  { action: 'http.get', resource: text(input['url']) || 'https://web-search.invalid/', parameters: {} },
];
const spawn: Rule = (input) => [
  {
    action: 'agent.spawn',
    resource: `agent://${encodeURIComponent(text(input['subagent_type']) || 'general-purpose')}`,
    parameters: {},
  },
];
/** Each thing the command does; the whole of it is bound as a parameter. One that touches nothing is judged as a word. */
const shell: Rule = (input, place) => {
  const command = text(input['command']).trim();
  const doings = classifyShell(command, place);
  if (doings.length === 0) return [{ ...noted(place), parameters: { command } }];
  return doings.map(({ action, resource }) => ({ action, resource, parameters: { command } }));
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

/** What a call of `tool` with `input` would do, in Writ's words: at least one thing, and each has to be allowed. */
export function judgedActions(
  tool: string,
  input: Readonly<Record<string, unknown>>,
  place: ShellPlace,
): readonly JudgedAction[] {
  const rule = rules.get(tool);
  if (rule !== undefined) return rule(input, place);
  const [, server, name] = /^mcp__(.+?)__(.+)$/.exec(tool) ?? [];
  if (server !== undefined && name !== undefined)
    return [
      {
        action: 'mcp.call',
        resource: `mcp://${encodeURIComponent(server)}/${encodeURIComponent(name)}`,
        parameters: {},
      },
    ];
  return [
    {
      action: `tool.${tool.replace(/[^A-Za-z0-9_]/g, '_')}`,
      resource: `shell://${place.project}/unknown-tool`,
      parameters: {},
    },
  ];
}
