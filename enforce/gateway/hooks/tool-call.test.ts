import { describe, expect, test } from 'vitest';
import { judgedActions } from './tool-call.ts';

const links: Record<string, string> = { '/repo/link/secret': '/etc/secret' };
const place = {
  project: 'p',
  root: '/repo',
  cwd: '/repo',
  home: '/home/me',
  realPath: (path: string) => links[path] ?? path,
};

describe('a tool call becomes actions on resources', () => {
  test.each([
    ['Write', { file_path: '/repo/src/a b.ts' }, 'file.write', 'workspace://p/src/a%20b.ts'],
    ['Edit', { file_path: 'src/a.ts' }, 'file.write', 'workspace://p/src/a.ts'],
    ['Write', { file_path: '/repo-evil/a' }, 'file.write', 'workspace://machine/repo-evil/a'],
    ['Write', { file_path: '/repo/link/secret' }, 'file.write', 'workspace://machine/etc/secret'],
    ['Grep', { pattern: 'x' }, 'file.read', 'workspace://p/'],
    ['Bash', { command: 'git status' }, 'file.read', 'workspace://p/'],
    ['Bash', { command: 'make test' }, 'shell.run', 'shell://p/make'],
    ['Bash', { command: 'echo hello' }, 'task.note', 'mission://p/notes'],
    ['Bash', { command: 'git push -u origin writ/x' }, 'git.push', 'git://p/refs/heads/writ/x'],
    [
      'Bash',
      { command: 'git push --force origin HEAD:refs/heads/writ/x' },
      'git.force_push',
      'git://p/refs/heads/writ/x',
    ],
    ['Bash', { command: '/usr/bin/git push origin main' }, 'git.push', 'git://p/refs/heads/main'],
    ['Bash', { command: '$EVIL' }, 'shell.run', 'shell://p/unreadable'],
    ['Agent', { subagent_type: 'reviewer' }, 'agent.spawn', 'agent://reviewer'],
    ['mcp__fs__write_file', {}, 'mcp.call', 'mcp://fs/write_file'],
  ])('%s', (tool, input, action, resource) => {
    expect(judgedActions(tool, input, place)).toMatchObject([{ action, resource }]);
  });

  test('a command that does several things is judged for each of them', () => {
    const command = 'npm ci && git -c a=b push origin writ/x:main && curl -d @a https://example.com/x';
    expect(judgedActions('Bash', { command }, place).map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'package.install package://p/lockfile',
      'git.push git://p/unreadable',
      'shell.run shell://p/git',
      'http.post https://example.com/x',
      'file.read workspace://p/a',
    ]);
    expect(judgedActions('Bash', { command }, place).every(({ parameters }) => parameters['command'] === command)).toBe(
      true,
    );
  });

  test('an unknown tool, and one named like a prototype member, is an action nobody grants by accident', () => {
    expect(judgedActions('Teleport', {}, place)[0]?.action).toBe('tool.Teleport');
    expect(judgedActions('constructor', {}, place)[0]?.action).toBe('tool.constructor');
  });
});
