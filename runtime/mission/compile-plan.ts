/**
 * From the text of `mission.md` to a plan and the authority it needs. Deterministic: the same text gives the same plan; it writes nothing and asks
 * nobody. What it cannot make sense of is a finding with its line, never a guess.
 */

import type { AuthorityEntry, AuthoritySet, Condition, HistoryRule, PresetName } from '@writ/authority';
import { expandPreset, parseHistoryLine, permits, presets } from '@writ/authority';
import { parseAllow } from './allow-line.ts';
import { freshWithinShape, parseFreshWithin } from './fresh-within.ts';
import type { ChecklistItem } from './checklist.ts';
import { parseCommand } from './command-line.ts';
import { parseCondition } from './condition-line.ts';
import { lintPlan } from './lint-plan.ts';
import type { MissionFile } from './mission-file.ts';
import { idPattern, parseMissionFile } from './mission-file.ts';
import type { AgentDefinition, Finding, Plan, PlanTask } from './plan.ts';

export type CompiledPlan = {
  readonly title: string;
  readonly goal: string;
  readonly project: string;
  readonly preset: string;
  readonly branchPrefix: string;
  readonly remote: string | null;
  readonly authority: AuthoritySet;
  readonly conditions: readonly Condition[];
  /** What has to have come before. */
  readonly history: readonly HistoryRule[];
  readonly delegation: { readonly maxDepth: number; readonly maxChildren: number };
  readonly expiresInMs: number;
  /** How old a yes may be when it is used; null: as the class of the action says. */
  readonly freshnessMs: number | null;
  readonly attempts: number;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
};

/** Compiles `source`. `fallbackProject` is the project where the file names none. */
export function compilePlan(source: string, fallbackProject: string): CompiledPlan {
  const { file, findings: read } = parseMissionFile(source);
  const findings: Finding[] = [...read];
  const report = (line: number | null, message: string): void => {
    findings.push({ severity: 'error', line, message });
  };
  const project = file.project.value === '' ? fallbackProject : file.project.value;
  if (!idPattern.test(project))
    report(file.project.line, 'the mission has no project; add `project: name` to the front matter');
  if (file.title === '') report(null, 'the mission has no title; start it with `# What it is about`');
  if (file.goal === '')
    report(null, 'the mission has no goal; say in a paragraph under the title what is true when it is done');
  if (file.checklist.items.length === 0)
    report(null, 'the mission has no tasks; write lines such as ``- [ ] T1 run: `npm run build` done: `npm test` ``');
  const tasks = readTasks(file, report);
  const authority = readAuthority(file, project, report);
  findings.push(...lintPlan(tasks), ...coverage(tasks, authority, project, file.preset.value));
  return {
    title: file.title,
    goal: file.goal,
    project,
    preset: file.preset.value,
    branchPrefix: file.branchPrefix.value.replace(/\/+$/, ''),
    remote: file.remote,
    authority: authority.map((entry) => handedOn(entry, file.delegation)),
    conditions: file.conditions.value.flatMap((text, index) => {
      const condition = parseCondition(text, `c${String(index + 1)}`, project);
      if (!condition.ok) report(file.conditions.line, condition.message);
      return condition.ok ? [condition.condition] : [];
    }),
    history: file.order.value.flatMap((text, index) => {
      const line = parseHistoryLine(text, `o${String(index + 1)}`);
      if (!line.ok) report(file.order.line, line.message);
      return line.ok ? [line.rule] : [];
    }),
    delegation: file.delegation,
    expiresInMs: readDuration(file, report),
    freshnessMs: readFreshness(file, report),
    attempts: file.attempts,
    plan: { tasks, limit: file.parallel },
    findings: findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  };
}

/** The entry as far as the mission hands anything on: what is approved says one bound, not two. */
function handedOn(
  { delegation: _, ...entry }: AuthorityEntry,
  { maxDepth, maxChildren }: MissionFile['delegation'],
): AuthorityEntry {
  if (maxDepth === 0 || maxChildren === 0) return entry;
  return { ...entry, delegation: { maxDepth, children: { maxChildren, maxChildDepth: maxDepth } } };
}

type Report = (line: number | null, message: string) => void;

function readTasks(file: MissionFile, report: Report): readonly PlanTask[] {
  const { items } = file.checklist;
  const taken = new Set(items.map((item) => item.task.id));
  const ids = items.map((item, index) => item.task.id ?? freeId(index, taken));
  const order = listOrder(items, ids);
  return items.map(({ task, line, brief }, index): PlanTask => ({
    id: ids[index] ?? '',
    title: task.title,
    brief,
    kind: task.kind ?? 'change',
    join: 'all',
    after: task.after ?? order[index] ?? [],
    agent: chooseAgent(file, task.agent, task.run !== null, (message) => {
      report(line, message);
    }),
    run: task.run,
    done: task.done,
    touches: task.touches,
    priority: task.priority,
    line,
  }));
}

function freeId(index: number, taken: Set<string | null>): string {
  let number = index + 1;
  while (taken.has(`T${String(number)}`)) number += 1;
  taken.add(`T${String(number)}`);
  return `T${String(number)}`;
}

/** What each item comes after by its place: the group before it. Items marked `[P]` next to each other under one heading are a group. */
function listOrder(items: readonly ChecklistItem[], ids: readonly string[]): readonly (readonly string[])[] {
  let before: readonly string[] = [];
  let group: string[] = [];
  return items.map((item, index) => {
    const last = items[index - 1];
    const joins = last !== undefined && item.task.parallel && last.task.parallel && last.phase === item.phase;
    if (!joins) {
      before = group;
      group = [];
    }
    group.push(ids[index] ?? '');
    return before;
  });
}

function chooseAgent(
  file: MissionFile,
  name: string | null,
  hasRun: boolean,
  report: (message: string) => void,
): AgentDefinition {
  const only = file.agents.length === 1 && !hasRun ? file.agents[0]?.name : undefined;
  const wanted = name ?? (hasRun ? 'command' : (file.defaultAgent ?? only));
  const defined = file.agents.find((agent) => agent.name === wanted);
  if (defined !== undefined) return defined;
  if (wanted === 'person') return { name: 'person', driver: 'person', run: null, network: 'none' };
  // A name that is defined nowhere is only a name when the task brings its own program.
  if (wanted !== undefined && !hasRun)
    report(`there is no agent \`${wanted}\`; add it to \`agents\` in the front matter, or give the task a run: \`…\``);
  return { name: wanted ?? 'command', driver: 'command', run: null, network: 'none' };
}

/** One that only watches bounds nothing, and a mission works while nobody watches. */
const isPreset = (name: string): name is PresetName => presetNames.some((one) => one === name);
const presetNames: readonly string[] = Object.values(presets)
  .filter(({ watch }) => watch !== true)
  .map(({ name }) => name);

function readAuthority(file: MissionFile, project: string, report: Report): AuthoritySet {
  const more = file.allow.value.flatMap((text): readonly AuthorityEntry[] => {
    const allowed = parseAllow(text, project);
    if (!allowed.ok) report(file.allow.line, allowed.message);
    return allowed.ok ? [allowed.entry] : [];
  });
  const name = file.preset.value;
  if (!isPreset(name)) {
    report(
      file.preset.line,
      `there is no preset \`${name}\`; the presets are ${presetNames.map((one) => `\`${one}\``).join(', ')}`,
    );
    return more;
  }
  if (!idPattern.test(project)) return more;
  try {
    const agents = [...new Set([...file.agents.map((agent) => agent.name), ...file.subAgents])];
    const branchPrefix = file.branchPrefix.value;
    const expanded = expandPreset(name, { project, branchPrefix, knownAgents: agents, forgets: true });
    return [...expanded.authority, ...more];
  } catch (error) {
    // expandPreset throws RangeError for a blank it cannot take, with the sentence for a person.
    if (!(error instanceof RangeError)) throw error;
    report(file.branchPrefix.line ?? file.preset.line, error.message);
    return more;
  }
}

/** Programs the plan starts and the authority does not cover: they would be refused at night instead of noticed now. */
function coverage(
  tasks: readonly PlanTask[],
  authority: AuthoritySet,
  project: string,
  preset: string,
): readonly Finding[] {
  return tasks.flatMap((task) => {
    const lines = [task.run ?? task.agent.run, ...task.done].filter((line) => line !== null);
    const programs = [...new Set(lines.map((line) => parseCommand(line).program))];
    return programs
      .filter(
        (program) =>
          !permits(authority, { action: 'shell.run', resource: `shell://${project}/${program}`, parameters: {} }, 0)
            .permitted,
      )
      .map((program): Finding => ({
        severity: 'warning',
        line: task.line,
        message: `\`${task.id}\` runs \`${program}\`, which preset \`${preset}\` does not cover; add \`shell.run on ${program}\` to \`allow\``,
      }));
  });
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function readDuration(file: MissionFile, report: Report): number {
  const match = /^(\d{1,5})\s*([mhd])$/.exec(file.expiresIn.value.trim());
  const ms = Number(match?.[1] ?? 0) * (units[match?.[2] ?? ''] ?? 0);
  if (ms > 0 && ms <= 90 * 86_400_000) return ms;
  report(
    file.expiresIn.line,
    `\`expires_in\` cannot be \`${file.expiresIn.value}\`; it is a time such as \`90m\`, \`12h\` or \`3d\`, at most 90 days`,
  );
  return 8 * 3_600_000;
}

function readFreshness({ freshWithin }: MissionFile, report: Report): number | null {
  if (freshWithin.value === '') return null;
  const ms = parseFreshWithin(freshWithin.value);
  if (ms !== undefined) return ms;
  report(freshWithin.line, `\`fresh_within\` cannot be \`${freshWithin.value}\`; it is ${freshWithinShape}`);
  return 0;
}
