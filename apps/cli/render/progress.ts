/** A mission while it runs: as one line for each thing that changed, or as a frame that is drawn again. Pure. */

import type { AttentionWire, MandateWire, MissionWire, TaskWire } from '../connect/wire.ts';
import { answerKeys, askLine, renderItem } from './attention.ts';
import { count, titleLine } from './block.ts';
import { mandateLooks, markOf, missionLooks, taskLooks, wordOf } from './look.ts';
import { progressOf, renderTasks } from './mission.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { clock, duration, relative } from './when.ts';
import { cut } from './width.ts';

/** What is known of a mission at one moment. `lost`: why a plane does not answer, where one does not. */
export type Moment = {
  readonly mission: MissionWire;
  readonly mandate: MandateWire | null;
  readonly items: readonly AttentionWire[];
  readonly lost: string;
};

const line = (style: Style, rest: string): string =>
  `  ${style.dim(clock(new Date(style.now).toISOString(), style.now))}  ${rest}`;

function taskChange(before: TaskWire | undefined, task: TaskWire, style: Style): string[] {
  if (before?.state === task.state && before.attempts === task.attempts && before.why_not === task.why_not) return [];
  // How it stands before anything ran is in the plan already.
  if (before === undefined && (task.state === 'waiting' || task.state === 'ready')) return [];
  if (before !== undefined && before.state === task.state && task.state === 'waiting') return [];
  const attempt = task.attempts > 1 && task.state === 'running' ? `, attempt ${String(task.attempts)}` : '';
  const why = task.state === 'running' || task.why_not === '' ? '' : style.dim(`  ${safeText(task.why_not)}`);
  const done =
    task.state === 'done'
      ? style.dim(`  ${count(task.evidence.filter(({ exit_code }) => exit_code === 0).length, 'check')} passed`)
      : '';
  return [
    line(
      style,
      `${markOf(style, taskLooks, task.state)} ${safeText(task.id)} ${wordOf(style, taskLooks, task.state)}${attempt}  ${cut(safeText(task.title), 48)}${done}${why}`,
    ),
  ];
}

/** One line for each thing that changed from `before` to `after`. */
export function renderChanges(before: Moment | undefined, after: Moment, style: Style): string[] {
  const { mission, mandate } = after;
  const lines: string[] = [];
  if (before !== undefined && before.lost !== after.lost)
    lines.push(
      line(
        style,
        after.lost === ''
          ? `${style.tone('good', style.mark('done'))} it answers again`
          : style.tone('held', `${style.mark('held')} ${safeText(after.lost)}`),
      ),
    );
  if (mandate !== null && (before?.mandate ?? null) !== null && before?.mandate?.state !== mandate.state)
    lines.push(
      line(
        style,
        `${markOf(style, mandateLooks, mandate.state)} mandate ${wordOf(style, mandateLooks, mandate.state)}${mandate.state_detail === '' ? '' : `: ${safeText(mandate.state_detail)}`}`,
      ),
    );
  if (
    before !== undefined &&
    before.mission.state !== mission.state &&
    mission.state !== 'done' &&
    mission.state !== 'failed'
  )
    lines.push(
      line(
        style,
        `${markOf(style, missionLooks, mission.state)} mission ${wordOf(style, missionLooks, mission.state)}${mission.state_detail === '' ? '' : `: ${safeText(mission.state_detail)}`}`,
      ),
    );
  const known = new Map((before?.mission.tasks ?? []).map((task) => [task.id, task]));
  for (const task of mission.tasks) lines.push(...taskChange(known.get(task.id), task, style));
  const asked = new Set((before?.items ?? []).map(({ id }) => id));
  for (const item of after.items)
    if (!asked.has(item.id))
      lines.push(
        line(
          style,
          `${style.tone('held', style.mark('ask'))} ${askLine(item)}  ${style.dim(`writ inbox ${safeText(item.id)} ${item.options.map(({ key }) => safeText(key)).join('|') || 'ANSWER'}`)}`,
        ),
      );
  return lines;
}

/** The frame for a terminal. */
export function renderFrame(moment: Moment, startedAt: number, style: Style): string[] {
  const { mission, mandate, items, lost } = moment;
  const title = `${markOf(style, missionLooks, mission.state)} ${style.bold(cut(safeText(mission.title), style.columns - 44))}`;
  const [item] = items;
  const state =
    mission.state_detail === '' || mission.state === 'running'
      ? []
      : [`  ${style.tone('held', safeText(cut(mission.state_detail, style.columns - 4)))}`];
  const under =
    mandate === null
      ? ''
      : `mandate ${safeText(mandate.id)} ${wordOf(style, mandateLooks, mandate.state)}, ${style.dim(`expires ${relative(mandate.expires_at, style.now)}`)}`;
  return [
    titleLine(title, `${progressOf(mission.tasks)}  ${style.dim(duration(style.now - startedAt))}`, style),
    ...state,
    ...renderTasks(mission.tasks, style),
    ...(under === '' ? [] : [`  ${under}`]),
    ...(lost === '' ? [] : [`  ${style.tone('held', `${style.mark('held')} ${safeText(lost)}`)}`]),
    ...(item === undefined ? [] : ['', ...renderItem(item, answerKeys(item.options), style)]),
    ...(items.length > 1 ? [style.dim(`  and ${count(items.length - 1, 'more waits', 'more wait')}`)] : []),
    style.dim('  Ctrl-C leaves; the work goes on'),
  ];
}

/** How it ended, where the work is, and what can be done next. */
export function renderOutcome(
  { mission, mandate }: Moment,
  branches: readonly string[],
  startedAt: number,
  style: Style,
): string[] {
  const passed = mission.tasks.reduce(
    (sum, { evidence }) => sum + evidence.filter(({ exit_code }) => exit_code === 0).length,
    0,
  );
  const next = branches.map((branch) => `git diff HEAD...${branch}`);
  if (mission.mandate !== null) next.push(`writ audit trail ${mission.mandate}`);
  if (mission.state === 'done' && mandate?.legal_actions.includes('complete'))
    next.push(`writ mandate complete ${mandate.id}`);
  if (mission.state !== 'done') next.push(`writ log ${mission.id}`);
  const detail = mission.state_detail === '' ? '' : `: ${safeText(mission.state_detail)}`;
  return [
    `${markOf(style, missionLooks, mission.state)} ${style.bold(safeText(mission.title))} ${mission.state} after ${duration(style.now - startedAt)}${detail}`,
    `  ${progressOf(mission.tasks)}, ${count(passed, 'check')} passed`,
    ...(branches.length === 0 ? [] : [`  the work is on ${safeText(branches.join(', '))}; look before you merge`]),
    ...next.map((command) => `  ${style.dim(style.mark('way'))} ${safeText(command)}`),
  ];
}
