/** Missions as a person reads them: the plan before approval, a row in a list, one in full. Pure; foreign words go through `safeText`. */

import type { AttentionWire, CompiledWire, MandateWire, MissionWire, TaskWire } from '../connect/wire.ts';
import { askLine } from './attention.ts';
import { bullet, count, facts, section, titleLine } from './block.ts';
import { markOf, missionLooks, taskLooks, wordOf } from './look.ts';
import { renderMandateTree } from './mandate.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';
import { cut, table } from './width.ts';

/** `3 of 7 tasks done`. */
export const progressOf = (tasks: readonly TaskWire[]): string =>
  `${String(tasks.filter(({ state }) => state === 'done').length)} of ${count(tasks.length, 'task')} done`;

/** What a task says beside its state: why it is not running, or the evidence that it is done. */
function remark(task: TaskWire): string {
  if (task.state === 'done') {
    const passed = task.evidence.filter(({ exit_code }) => exit_code === 0).length;
    return passed === 0 ? '' : `${count(passed, 'check')} passed`;
  }
  if (task.why_not !== '') return task.why_not;
  const tried = task.attempts > 1 ? `attempt ${String(task.attempts)}` : '';
  return [task.session ?? '', tried].filter((part) => part !== '').join(', ');
}

/** One aligned line for each task. */
export function renderTasks(tasks: readonly TaskWire[], style: Style): string[] {
  const titles = Math.max(16, Math.min(44, style.columns - 46));
  return table(
    tasks.map((task) => [
      `${markOf(style, taskLooks, task.state)} ${safeText(task.id)}`,
      cut(safeText(task.title), titles),
      wordOf(style, taskLooks, task.state),
      style.dim(cut(safeText(remark(task)), Math.max(16, style.columns - titles - 28))),
    ]),
  );
}

/** The plan as compiled from a file: what would be done, in which order, and what counts as done. */
export function renderPlan(plan: CompiledWire, style: Style): string[] {
  const rows = plan.tasks.map((task) => [
    `${style.tone('quiet', style.mark('idle'))} ${safeText(task.id)}`,
    cut(safeText(task.title), Math.max(20, style.columns - 48)),
    style.dim(safeText(task.agent)),
    style.dim(safeText(task.after.length === 0 ? '' : `after ${task.after.join(', ')}`)),
  ]);
  const checks = [...new Set(plan.tasks.flatMap(({ done }) => done))];
  return [
    style.bold(safeText(plan.title)),
    ...facts(
      [
        ['goal', safeText(plan.goal)],
        ['project', safeText(plan.project)],
        ['preset', safeText(plan.preset)],
      ],
      style,
    ),
    ...section('The plan', table(rows), style),
    ...section(
      'Done means',
      checks.flatMap((check) => bullet(`\`${safeText(check)}\` succeeds`, style)),
      style,
    ),
  ];
}

/** What the compiler found in the file, `file:line` first. */
export const renderFindings = (findings: CompiledWire['findings'], file: string, style: Style): string[] =>
  findings.map(({ severity, line, message }) => {
    const place = `${safeText(file)}${line === null ? '' : `:${String(line)}`}`;
    const word =
      severity === 'error'
        ? style.tone('bad', `${style.mark('failed')} error`)
        : style.tone('held', `${style.mark('ask')} warning`);
    return `${word}  ${place}  ${safeText(message)}`;
  });

/** One row of the overview. */
export const missionRow = (mission: MissionWire, style: Style): string[] => [
  `${markOf(style, missionLooks, mission.state)} ${safeText(mission.id)}`,
  cut(safeText(mission.title), 40),
  wordOf(style, missionLooks, mission.state).replace(/: .*/, ''),
  progressOf(mission.tasks),
  style.dim(relative(mission.created_at, style.now)),
];

/** One mission on one page: its plan, the mandates it runs under, and what waits for a person. */
export function renderMission(
  mission: MissionWire,
  mandates: readonly MandateWire[],
  items: readonly AttentionWire[],
  branches: readonly string[],
  style: Style,
): string[] {
  const title = `${markOf(style, missionLooks, mission.state)} ${style.bold(cut(safeText(mission.title), style.columns - 36))}`;
  return [
    titleLine(title, wordOf(style, missionLooks, mission.state), style),
    ...facts(
      [
        ['mission', safeText(mission.id)],
        ['goal', safeText(mission.goal)],
        ['project', safeText(mission.project)],
        ['where', safeText(mission.repository)],
        ['work', safeText(branches.join(', '))],
        ['started', relative(mission.created_at, style.now)],
        ['state', mission.state_detail === '' ? '' : safeText(mission.state_detail)],
      ],
      style,
    ),
    ...section(
      `Tasks, ${progressOf(mission.tasks).replace(/ tasks? done$/, ' done')}`,
      renderTasks(mission.tasks, style),
      style,
    ),
    ...section('Mandate', renderMandateTree(mandates, style), style),
    ...section(
      'Waiting for you',
      items.flatMap((item) => bullet(`${askLine(item)}  (writ inbox ${safeText(item.id)})`, style, style.mark('ask'))),
      style,
    ),
  ];
}
