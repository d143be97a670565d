/** Agents as files describe them, and what they get of what a session has. */

import type { AuthorityEntry } from '@writ/authority';
import { actionWithin, compileAuthoritySet, expandPreset, isSubset, permits } from '@writ/authority';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentAuthority, agentSandbox } from './agent-authority.ts';
import type { AgentDefinition } from './agent-file.ts';
import { parseAgent } from './agent-file.ts';
import { agentHash } from './find-agents.ts';
import type { AgentFormat } from './tool-table.ts';
import { askedBy, toolTable } from './tool-table.ts';

const read = (source: string, format: AgentFormat = 'claude'): AgentDefinition => {
  const parsed = parseAgent(source, format, 'file-name');
  if (!parsed.ok) throw new Error(parsed.refusal.sentence);
  return parsed.value;
};

describe('an agent file', () => {
  it('of Claude Code is read as it is', () => {
    const agent = read(
      '---\nname: reviewer\ndescription: Reviews. Use proactively.\ntools: Read, Grep, Bash(git diff:*, git log:*), Bsah, mcp__ledger__list\nmodel: sonnet\ncolor: red\n---\n\nYou review.\n',
    );
    expect(agent).toMatchObject({
      ...{ name: 'reviewer', description: 'Reviews. Use proactively.', prompt: 'You review.', model: 'sonnet' },
      ...{ driver: null, argv: [], asked: ['file.read', 'mcp.* on mcp://ledger/list'] },
    });
    expect(agent.withheld).toEqual([
      '`Bash(git diff:*, git log:*)` is no tool that is known here',
      '`Bsah` is no tool that is known here',
    ]);
  });

  it('of Claude Code without tools has those of its session, less what it disallows', () => {
    expect(read('---\nname: x\n---\nhi').asked).toBeNull();
    const { asked } = read(
      '---\nname: x\ndisallowedTools: Bash, BashOutput, KillShell, Write, Edit, MultiEdit, NotebookEdit\n---\nhi',
    );
    expect(asked).toContain('file.read');
    expect(asked).not.toContain('file.write');
    expect(asked).not.toContain('shell.run');
    expect(read('just words')).toMatchObject({ name: 'file-name', asked: null, prompt: 'just words' });
  });

  it('of opencode is named by its file, and has what is not switched off', () => {
    const off = read(
      '---\ndescription: d\nmode: subagent\ntools:\n  write: false\n  edit: false\n  multiedit: false\n  "*patch": false\n  bash: false\n---\nR',
      'opencode',
    );
    expect(off).toMatchObject({ name: 'file-name', model: null });
    expect(off.asked).toContain('file.read');
    expect(off.asked).not.toContain('file.write');
    expect(off.asked).not.toContain('shell.run');
    const asks = read(
      '---\npermission:\n  edit: deny\n  bash:\n    "git diff": allow\n    "*": ask\n---\nR',
      'opencode',
    );
    expect(asks.asked).not.toContain('file.write');
    expect(asks.asked).not.toContain('shell.run');
    expect(asks.withheld).toEqual(['`bash` is asked about or bounded by a pattern there, which is not held here']);
  });

  it('of Writ names a driver, a program, actions and lines of `allow`', () => {
    const agent = read(
      '---\nname: w\ndriver: model\nrun: my-agent --fast\nmodel: tiny\nconfig:\n  url: http://127.0.0.1:1/v1\ntools:\n  - read\n  - git.push on refs/heads/x\n  - nonsense\n---\nP',
      'writ',
    );
    expect(agent).toMatchObject({
      ...{ driver: 'model', argv: ['my-agent', '--fast'], model: 'tiny', config: { url: 'http://127.0.0.1:1/v1' } },
      ...{ asked: ['file.read', 'git.push on refs/heads/x'], withheld: ['`nonsense` is no tool that is known here'] },
    });
    // A program is for Writ's own form to name: elsewhere it would be a word nobody there knows.
    expect(read('---\nname: x\ndriver: command\nrun: rm -rf /\n---\n', 'claude')).toMatchObject({
      driver: null,
      argv: [],
    });
  });

  it('that is no agent is refused in words', () => {
    for (const bad of ['---\n- a\n---\n', '---\na: [\n---\n', '---\nname: ../x\n---\n', '---\na: &x 1\nb: *x\n---\n'])
      expect(parseAgent(bad, 'writ', 'b')).toMatchObject({ ok: false, refusal: { kind: 'invalid' } });
    expect(parseAgent('---\nname: x\ndriver: teleport\n---\n', 'writ', 'b')).toMatchObject({ ok: false });
  });

  it('is pinned by its bytes', () => {
    expect(agentHash('a')).not.toBe(agentHash('a '));
  });
});

const presets = (['read-only', 'worktree', 'pr', 'ship'] as const).map(
  (name) => expandPreset(name, { project: 'p', knownAgents: ['helper'] }).authority,
);
const odd: AuthorityEntry = {
  ...{ resource: 'mcp://ledger/', resourceMatch: 'prefix', actions: ['mcp.read', 'git.*'] },
  constraints: { tenant: 'acme' },
  catalogueDigest: 'c'.repeat(43),
};
const tools = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom(...Object.keys(toolTable.claude), 'mcp__ledger', 'mcp__ledger__list', 'Nonsense'),
    fc.constantFrom('file.*', 'git.*', 'git.push on refs/heads/*', 'http.get on https://*', 'shell.run on shell://q/*'),
  ),
  { maxLength: 6 },
);

describe('what an agent gets', () => {
  it('LAW: is within what the session has, whatever its file names', () => {
    let said = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...presets, [odd], [...(presets[1] ?? []), odd]),
        fc.option(tools, { nil: null }),
        fc.constantFrom(null, 'sh', '/usr/bin/node', 'writ'),
        (set, named, program) => {
          const asked = named?.flatMap((tool) => askedBy('writ', tool) ?? askedBy('claude', tool) ?? []) ?? null;
          const got = agentAuthority(set, { asked, program, project: 'p' });
          if (got.length > 0) said += 1;
          expect(isSubset(got, set)).toMatchObject({ subset: true });
          expect(got.every(({ delegation }) => delegation === undefined)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
    expect(said).toBeGreaterThan(100);
  });

  it('is its tools, its own program, and what speaking with its model takes', () => {
    const [, worktree = []] = presets;
    const got = agentAuthority(worktree, { asked: ['file.read'], program: '/opt/reviewer', project: 'p' });
    const compiled = compileAuthoritySet(got);
    if (!compiled.ok) throw new Error(compiled.why);
    const may = (action: string, resource: string) =>
      permits(compiled.set, { action, resource, parameters: {} }, 0).permitted;
    expect(may('file.read', 'workspace://p/a.ts')).toBe(true);
    expect(may('file.write', 'workspace://p/a.ts')).toBe(false);
    expect(may('shell.run', 'shell://p/reviewer')).toBe(true);
    expect(may('shell.run', 'shell://p/sh')).toBe(false);
    expect(may('task.note', 'mission://p/notes')).toBe(true);
    expect(got.some(({ actions }) => actions.some((own) => actionWithin('model.call', own)))).toBe(true);
  });

  it('is held by its sandbox too: nothing to write, no network without a use for it', () => {
    const [, worktree = []] = presets;
    const sandbox = { kind: 'contain', writable: ['/w'], hidden: [], network: 'gated' } as const;
    const of = (asked: readonly string[] | null, set = worktree) =>
      agentSandbox(sandbox, agentAuthority(set, { asked, program: 'x', project: 'p' }));
    expect(of(['file.read']).writable).toEqual([]);
    expect(of(['file.write']).writable).toEqual(['/w']);
    expect(of(null)).toEqual(sandbox);
    expect(
      of(
        ['file.read'],
        worktree.filter(({ resource }) => !resource.startsWith('https:')),
      ).network,
    ).toBe('none');
  });
});
