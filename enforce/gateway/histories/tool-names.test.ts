import { expect, test } from 'vitest';
import { judgedActions } from '../hooks/tool-call.ts';
import type { HistoryHarness } from './recorded.ts';
import { toolCalls } from './tool-names.ts';

const place = { project: 'p', root: '/repo', cwd: '/repo', home: '/home/me', realPath: (path: string) => path };
const patch =
  '*** Begin Patch\n*** Add File: a.ts\n+x\n*** Update File: b/c.ts\n*** Move to: /etc/d\n@@\n*** End Patch';

test.each<[HistoryHarness, string, Record<string, unknown>, readonly string[]]>([
  ['claude', 'Bash', { command: 'git push origin main' }, ['git.push git://p/refs/heads/main']],
  ['codex', 'exec_command', { cmd: 'git push origin main' }, ['git.push git://p/refs/heads/main']],
  [
    'codex',
    'shell',
    { command: ['bash', '-lc', 'cd sub && rm a'], workdir: '/repo' },
    ['file.write workspace://p/a', 'file.write workspace://p/sub/a'],
  ],
  [
    'codex',
    'shell',
    { command: ['rm', 'a b'], workdir: '/elsewhere' },
    ['file.write workspace://machine/elsewhere/a%20b'],
  ],
  [
    'codex',
    'Bash',
    { command: `apply_patch <<'EOF'\n${patch}\nEOF` },
    [
      'shell.run shell://p/apply_patch',
      'file.write workspace://p/a.ts',
      'file.write workspace://p/b/c.ts',
      'file.write workspace://machine/etc/d',
    ],
  ],
  [
    'codex',
    'apply_patch',
    { input: patch },
    ['file.write workspace://p/a.ts', 'file.write workspace://p/b/c.ts', 'file.write workspace://machine/etc/d'],
  ],
  ['codex', 'apply_patch', { input: 'nonsense' }, ['tool.apply_patch shell://p/unknown-tool']],
  ['codex', 'multi_agent_v1__spawn_agent', { agent_type: 'worker' }, ['agent.spawn agent://worker']],
  ['codex', 'mcp__fs__write_file', {}, ['mcp.call mcp://fs/write_file']],
  ['codex', 'write_stdin', { chars: 'rm -rf /' }, ['shell.run shell://p/unreadable']],
  ['opencode', 'bash', { command: 'git push origin main' }, ['git.push git://p/refs/heads/main']],
  ['opencode', 'edit', { filePath: '/etc/x' }, ['file.write workspace://machine/etc/x']],
  ['opencode', 'webfetch', { url: 'https://example.com/a' }, ['http.get https://example.com/a']],
  ['opencode', 'task', { subagent_type: 'general' }, ['agent.spawn agent://general']],
  ['opencode', 'writ_facts', {}, ['mcp.call mcp://writ/facts']],
  ['opencode', 'writ-ledger_post_entry', {}, ['mcp.call mcp://writ-ledger/post_entry']],
  ['opencode', 'ledger_post_entry', {}, ['tool.ledger_post_entry shell://p/unknown-tool']],
  ['opencode', 'teleport', {}, ['tool.teleport shell://p/unknown-tool']],
  ['opencode', 'constructor', {}, ['tool.constructor shell://p/unknown-tool']],
])('%s: %s %j', (harness, tool, input, wanted) => {
  const judged = toolCalls(harness, tool, input).flatMap((call) =>
    judgedActions(call.tool, call.input, { ...place, cwd: call.cwd ?? place.cwd }),
  );
  expect(judged.map(({ action, resource }) => `${action} ${resource}`)).toEqual(wanted);
});
