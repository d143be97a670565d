/**
 * A tool call of an ACP agent, as the action control is asked about. Follows the Agent Client Protocol's tool kinds; what it does not know it asks about
 * under a name nothing permits. Pure.
 */

export type AcpToolCall = {
  readonly toolCallId: string;
  readonly title?: string | null | undefined;
  readonly kind?: string | null | undefined;
  readonly rawInput?: unknown;
  readonly locations?: readonly { readonly path: string }[] | null | undefined;
};

export type ToolAction = { readonly action: string; readonly resource: string };

/** The action and resource of `call` in `project`, with `cwd` as the worktree's absolute path. */
export function toolAction(call: AcpToolCall, project: string, cwd: string): ToolAction {
  const path = (): string => workspacePath(call, project, cwd);
  switch (call.kind) {
    case 'execute':
      return { action: 'shell.run', resource: `shell://${project}/${encodeURIComponent(program(call))}` };
    case 'edit':
    case 'delete':
    case 'move':
      return { action: 'file.write', resource: path() };
    case 'read':
    case 'search':
      return { action: 'file.read', resource: path() };
    case 'fetch':
      return { action: 'http.get', resource: text(call.rawInput, ['url', 'uri']) ?? 'https://unknown.invalid/' };
    case 'think':
      return { action: 'task.note', resource: `mission://${project}/notes` };
    default:
      return { action: `tool.${call.kind ?? 'unknown'}`, resource: `shell://${project}/unknown` };
  }
}

/** Some agents send no input and only a title, such as `rm -rf build`. */
function program(call: AcpToolCall): string {
  const line = (text(call.rawInput, ['command', 'cmd']) ?? call.title ?? '').replace(/^`|`$/g, '').trim();
  const first = line.split(/\s+/)[0] ?? '';
  return first.split(/[\\/]/).findLast((part) => part !== '') ?? 'unknown';
}

function workspacePath(call: AcpToolCall, project: string, cwd: string): string {
  const path = call.locations?.[0]?.path ?? text(call.rawInput, ['file_path', 'path', 'filePath', 'abs_path']) ?? '';
  const inside =
    path === cwd ? '' : path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path.startsWith('/') ? null : path;
  // A path outside the worktree is no resource of the project: the name says where it is, and nothing covers it.
  if (inside === null || inside.split('/').includes('..')) return `file://local${encodePath(path)}`;
  return `workspace://${project}/${encodePath(inside)}`;
}

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

function text(input: unknown, keys: readonly string[]): string | null {
  if (typeof input !== 'object' || input === null) return null;
  for (const key of keys) {
    const value: unknown = Object.hasOwn(input, key) ? Reflect.get(input, key) : undefined;
    if (typeof value === 'string') return value;
    if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(' ');
  }
  return null;
}
