/**
 * What is wrong with a plan before anybody approves it: deterministic, by its text alone. Errors keep the mission from being created; warnings are
 * for the author to weigh.
 */

import { mayOverlap } from './plan-paths.ts';
import type { Finding, PlanTask } from './plan.ts';
import { dependants } from './plan.ts';

/** Findings in the order of the plan. */
export function lintPlan(tasks: readonly PlanTask[]): readonly Finding[] {
  return [
    ...duplicates(tasks),
    ...unknownParents(tasks),
    ...cycles(tasks),
    ...tasks.flatMap(taskFindings),
    ...rivals(tasks),
  ];
}

function duplicates(tasks: readonly PlanTask[]): readonly Finding[] {
  return tasks.flatMap((task, index) => {
    const first = tasks.findIndex((other) => other.id === task.id);
    const before = tasks[first];
    if (first === index || before === undefined) return [];
    return [
      error(task, `\`${task.id}\` is already the id of the task in line ${String(before.line)}; give it another`),
    ];
  });
}

function unknownParents(tasks: readonly PlanTask[]): readonly Finding[] {
  const ids = new Set(tasks.map((task) => task.id));
  return tasks.flatMap((task) =>
    task.after
      .filter((parent) => !ids.has(parent))
      .map((parent) =>
        error(
          task,
          `\`${task.id}\` is after \`${parent}\`, which is no task here; the tasks are ${[...ids].join(', ')}`,
        ),
      ),
  );
}

function cycles(tasks: readonly PlanTask[]): readonly Finding[] {
  const reported = new Set<string>();
  return tasks.flatMap((task) => {
    if (reported.has(task.id)) return [];
    const path = pathBack(task, tasks);
    if (path === null) return [];
    for (const id of path) reported.add(id);
    return [
      error(task, `\`${path.join('` waits for `')}\`: a circle, so none of them ever starts; take one \`after\` away`),
    ];
  });
}

/** The tasks from `task` back to itself along `after`; null where there is no such way. */
function pathBack(task: PlanTask, tasks: readonly PlanTask[]): readonly string[] | null {
  const byId = new Map(tasks.map((one) => [one.id, one]));
  const seen = new Set<string>();
  const queue: (readonly string[])[] = [[task.id]];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const parent of byId.get(path.at(-1) ?? '')?.after ?? []) {
      if (parent === task.id) return [...path, parent];
      if (seen.has(parent)) continue;
      seen.add(parent);
      queue.push([...path, parent]);
    }
  }
  return null;
}

function taskFindings(task: PlanTask): readonly Finding[] {
  const found: Finding[] = [];
  if (task.title === '') found.push(warning(task, `\`${task.id}\` has no title; say what it is about after a dash`));
  if (task.agent.driver === 'command' && task.run === null && task.agent.run === null)
    found.push(
      error(
        task,
        `\`${task.id}\` has nothing to run; add run: \`node agent.mjs\` or name an agent that is in \`agents\``,
      ),
    );
  if (task.agent.driver === 'acp' && task.agent.run === null)
    found.push(
      error(task, `agent \`${task.agent.name}\` of \`${task.id}\` has no program; add \`run\` to it in \`agents\``),
    );
  if (task.agent.driver !== 'command' && task.run !== null)
    found.push(
      error(
        task,
        `\`${task.id}\` has a \`run:\`, and \`${task.agent.name}\` is not an agent that runs commands; take one of them away`,
      ),
    );
  if (task.done.length === 0 && task.agent.driver !== 'person')
    found.push(warning(task, `nothing shows that \`${task.id}\` is done but its own word; add done: \`npm test\``));
  const wide = task.touches.find((glob) => glob.length > 256 || glob.split('*').length > 9);
  if (wide !== undefined)
    found.push(error(task, `\`touches:\` of \`${task.id}\` holds a pattern too long or with too many stars`));
  const outside = task.touches.find((glob) => glob.startsWith('/') || glob.split('/').includes('..'));
  if (outside !== undefined)
    found.push(
      error(
        task,
        `\`${task.id}\` touches \`${outside}\`, which is outside its worktree; write paths from the top of the repository`,
      ),
    );
  return found;
}

/** Pairs that could run side by side and may write one path: the scheduler keeps them apart, so the author should know. */
function rivals(tasks: readonly PlanTask[]): readonly Finding[] {
  if (tasks.length > 200) return [];
  const below = new Map(tasks.map((task) => [task.id, new Set(dependants(tasks, task.id))]));
  const ordered = (a: PlanTask, b: PlanTask): boolean =>
    (below.get(a.id)?.has(b.id) ?? false) || (below.get(b.id)?.has(a.id) ?? false);
  return tasks.flatMap((task, index) =>
    tasks
      .slice(index + 1)
      .filter((other) => other.id !== task.id && !ordered(task, other) && mayOverlap(task.touches, other.touches))
      .map((other) =>
        warning(
          other,
          `\`${task.id}\` and \`${other.id}\` may write the same paths, so they run one after the other; narrow their \`touches:\``,
        ),
      ),
  );
}

const error = (task: PlanTask, message: string): Finding => ({ severity: 'error', line: task.line, message });
const warning = (task: PlanTask, message: string): Finding => ({ severity: 'warning', line: task.line, message });
