/**
 * `mission.md`: front matter and a checklist, to what its author said, checked key by key. It expands nothing and reads no other file.
 */

import { z } from 'zod';
import type { Checklist } from './checklist.ts';
import { parseChecklist } from './checklist.ts';
import type { FrontMatter } from './front-matter.ts';
import { splitFrontMatter } from './front-matter.ts';
import type { AgentDefinition, Finding } from './plan.ts';

/** A value with the line it stands on. */
export type Placed<T> = { readonly value: T; readonly line: number | null };

export type MissionFile = {
  readonly title: string;
  readonly goal: string;
  readonly project: Placed<string>;
  readonly preset: Placed<string>;
  readonly branchPrefix: Placed<string>;
  /** The remote pushes go to; null: those the repository has. */
  readonly remote: string | null;
  readonly conditions: Placed<readonly string[]>;
  readonly expiresIn: Placed<string>;
  /** How old a yes may be when it is used; empty: as the class of the action says. */
  readonly freshWithin: Placed<string>;
  readonly order: Placed<readonly string[]>;
  readonly agents: readonly AgentDefinition[];
  /** The agent of a task that names none. */
  readonly defaultAgent: string | null;
  readonly allow: Placed<readonly string[]>;
  readonly delegation: { readonly maxDepth: number; readonly maxChildren: number };
  readonly subAgents: readonly string[];
  readonly parallel: number;
  /** How often a task is tried before it failed. */
  readonly attempts: number;
  readonly checklist: Checklist;
};

const agentShape = z.union([
  z
    .string()
    .min(1)
    .transform((run) => ({ driver: 'command' as const, run, network: 'none' as const })),
  z.strictObject({
    driver: z.enum(['command', 'acp', 'person']).default('command'),
    run: z.string().min(1).nullable().default(null),
    network: z.enum(['none', 'gated', 'open']).default('none'),
  }),
]);
const delegationShape = z.union([
  z
    .int()
    .min(0)
    .max(16)
    .transform((maxDepth) => ({ max_depth: maxDepth, max_children: maxDepth === 0 ? 0 : 8 })),
  z.strictObject({ max_depth: z.int().min(0).max(16), max_children: z.int().min(0).max(1_000).default(8) }),
]);
const lines = z.array(z.string().max(1_024)).max(64);

export const idPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Reads a mission file. What could not be read takes its default, with a finding. */
export function parseMissionFile(source: string): {
  readonly file: MissionFile;
  readonly findings: readonly Finding[];
} {
  const { frontMatter, body, bodyOffset, findings: early } = splitFrontMatter(source);
  const checklist = parseChecklist(body, bodyOffset);
  const findings: Finding[] = [...early, ...checklist.findings];
  const take = <T>(key: string, shape: z.ZodType<T>, fallback: T, wants: string): Placed<T> => {
    const line = frontMatter.lineOf(key);
    const raw = frontMatter.get(key);
    if (raw === undefined || raw === null) return { value: fallback, line };
    const read = shape.safeParse(raw);
    if (read.success) return { value: read.data, line };
    findings.push({ severity: 'error', line, message: `\`${key}\` cannot be \`${brief(raw)}\`; it is ${wants}` });
    return { value: fallback, line };
  };
  const words = z.string().max(4_096);
  const delegation = take(
    'delegation',
    delegationShape,
    { max_depth: 0, max_children: 0 },
    'how deep sub-agents may go, such as `1`',
  ).value;
  const file: MissionFile = {
    title: take('title', words.min(1).max(256), checklist.title ?? '', 'text').value,
    goal: take('goal', words, checklist.goal, 'text').value,
    project: take('project', z.string().max(128).regex(idPattern), '', 'letters, digits, `-`, `_` and `.`'),
    preset: take('preset', words, 'worktree', 'the name of a preset'),
    branchPrefix: take(
      'branch_prefix',
      z.string().max(128),
      'writ',
      'the start of a branch name, such as `feat/passkey`',
    ),
    remote: take('remote', words.nullable(), null, 'the name of a remote').value,
    conditions: take('conditions', lines, [], 'a list of sentences such as `branch release/2.4 is not frozen`'),
    order: take('order', lines, [], 'a list such as `git.commit before git.push` or `first git.push asks`'),
    expiresIn: take('expires_in', words, '8h', 'a time such as `90m`, `12h` or `3d`'),
    freshWithin: take('fresh_within', words, '', 'a time such as `2s`, or `0s` to be asked each time'),
    agents: readAgents(frontMatter, findings),
    defaultAgent: take('agent', z.string().max(128).nullable(), null, 'the name of an agent').value,
    allow: take('allow', lines, [], 'a list such as `git.push on refs/heads/docs/*`'),
    delegation: { maxDepth: delegation.max_depth, maxChildren: delegation.max_children },
    subAgents: take('sub_agents', z.array(z.string().regex(idPattern)).max(64), [], 'a list of agent names').value,
    parallel: take('parallel', z.int().min(1).max(64), 4, 'a number from 1 to 64').value,
    attempts: take('attempts', z.int().min(1).max(10), 3, 'a number from 1 to 10').value,
    checklist,
  };
  return { file, findings };
}

function readAgents(frontMatter: FrontMatter, findings: Finding[]): readonly AgentDefinition[] {
  const raw = frontMatter.get('agents');
  const line = frontMatter.lineOf('agents');
  if (raw === undefined || raw === null) return [];
  const table = z.record(z.string(), z.unknown()).safeParse(raw);
  if (!table.success) {
    findings.push({
      severity: 'error',
      line,
      message: '`agents` is a table: `name: {driver: acp, run: claude-agent-acp}`',
    });
    return [];
  }
  return Object.entries(table.data).flatMap(([name, value]) => {
    const read = agentShape.safeParse(value);
    const agent = read.success && idPattern.test(name) ? [{ name, ...read.data }] : [];
    if (agent.length === 0)
      findings.push({
        severity: 'error',
        line,
        message: `agent \`${name}\` cannot be \`${brief(value)}\`; write \`${name}: {driver: command, run: node agent.mjs}\``,
      });
    return agent;
  });
}

const brief = (value: unknown): string => JSON.stringify(value)?.slice(0, 60).toWellFormed() ?? String(value);
