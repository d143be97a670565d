/**
 * A tool call as an ACP agent tells of it (ACP v1, Tool Calls), in the words of `judgedActions`: by its kind, and by what it was called with.
 *
 * It only translates. A kind it does not know keeps a name that nobody grants, and a file that is named anywhere in the call is a file of the call. Pure.
 */

import type { HistoryHarness } from '../histories/recorded.ts';
import type { ToolCall } from '../histories/tool-names.ts';
import { toolCalls } from '../histories/tool-names.ts';
import type { Message } from '../mcp/json-rpc.ts';
import { isMessage, membersOf } from '../mcp/json-rpc.ts';

export type SaidCall = { readonly tool: string; readonly input: Message; readonly calls: readonly ToolCall[] };

/** Kinds that have an effect: one that was done without a question is looked at afterwards. */
const effects: ReadonlySet<unknown> = new Set(['edit', 'delete', 'move', 'execute', 'fetch']);
export const hasEffect = (call: Message): boolean => effects.has(call['kind']);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const items = (value: unknown): readonly Message[] => (Array.isArray(value) ? value.filter(isMessage) : []);
const pathKeys = ['file_path', 'filePath', 'abs_path', 'path', 'notebook_path', 'destination', 'new_path', 'source'];

/** Every file the call names: where it says it is, in its diffs, and in its input. */
function pathsIn(call: Message, input: Message): readonly string[] {
  const named = [
    ...items(call['locations']).map(({ path }) => path),
    ...items(call['content']).flatMap((one) => (one['type'] === 'diff' ? [one['path']] : [])),
    ...pathKeys.map((key) => input[key]),
  ];
  return [...new Set(named.map(text).filter((path) => path !== ''))];
}

/** Some agents send no input and only a title, such as `rm -rf build`. */
function commandIn(call: Message, input: Message): string | readonly string[] {
  for (const key of ['command', 'cmd']) {
    const value = input[key];
    if (typeof value === 'string') return value;
    if (Array.isArray(value)) return value.map(String);
  }
  return text(call['title']).replace(/^`|`$/g, '').trim();
}

/** Where a command is run, where its input says so: agents have a name of their own for it. */
const folderIn = (input: Message): string =>
  ['workdir', 'cwd', 'dir_path', 'directory'].map((key) => text(input[key])).find((path) => path !== '') ?? '';

const each = (tool: string, key: string, paths: readonly string[]): readonly ToolCall[] =>
  paths.length === 0 ? [{ tool, input: { [key]: '' } }] : paths.map((path) => ({ tool, input: { [key]: path } }));

/** What `call` does. `harness`: whose own names its input is in, where that is known. */
export function saidCall(call: Message, harness: HistoryHarness | 'gemini' | null): SaidCall {
  const input = membersOf(call['rawInput']);
  const paths = pathsIn(call, input);
  const named = text(membersOf(membersOf(call['_meta'])['claudeCode'])['toolName']);
  if (harness === 'claude' && named !== '') return { tool: named, input, calls: [{ tool: named, input }] };
  const said = (tool: string, calls: readonly ToolCall[]): SaidCall => ({ tool, input, calls });
  switch (call['kind']) {
    case 'execute': {
      const given = { ...input, command: commandIn(call, input), workdir: folderIn(input) };
      return said('Bash', toolCalls('codex', 'shell', given));
    }
    case 'edit':
    case 'delete':
    case 'move':
      // Without a path nobody knows what is written, and nothing covers it.
      return said('Edit', paths.length === 0 ? [] : each('Edit', 'file_path', paths));
    case 'read':
      return said('Read', paths.length === 0 ? [] : each('Read', 'file_path', paths));
    case 'search':
      return said('Grep', each('Grep', 'path', paths));
    case 'fetch':
      return said('WebFetch', [{ tool: 'WebFetch', input: { url: text(input['url'] ?? input['uri']) } }]);
    case 'think':
    case 'switch_mode':
      return said('TodoWrite', [{ tool: 'TodoWrite', input: {} }]);
    default: {
      const tool = text(input['tool_name']) || text(call['title']) || 'unknown';
      return said(tool, [{ tool: /^mcp__/.test(tool) ? tool : `acp-${tool}`, input }]);
    }
  }
}
