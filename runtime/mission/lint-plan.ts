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
  const first = new Map<string, PlanTask>();
  return tasks.flatMap((task) => {
    const before = first.get(task.id);
    if (before === undefined) {
      first.set(task.id, task);
      return [];
    }
    return [
      error(task, `\`${task.id}\` is already the id of the task in line ${String(before.line)}; give it another`),
    ];
  });
}

/** The most ids that one sentence names. */
const mostNamed = 20;

function unknownParents(tasks: readonly PlanTask[]): readonly Finding[] {
  const ids = new Set(tasks.map((task) => task.id));
  const more = ids.size > mostNamed ? `, and ${String(ids.size - mostNamed)} more` : '';
  const there = `${[...ids].slice(0, mostNamed).join(', ')}${more}`;
  return tasks.flatMap((task) =>
    task.after
      .filter((parent) => !ids.has(parent))
      .map((parent) =>
        error(task, `\`${task.id}\` is after \`${parent}\`, which is no task here; the tasks are ${there}`),
      ),
  );
}

function cycles(tasks: readonly PlanTask[]): readonly Finding[] {
  const parents = knotted(new Map(tasks.map(({ id, after }) => [id, after])));
  const reported = new Set<string>();
  return tasks.flatMap((task) => {
    if (reported.has(task.id) || !parents.has(task.id)) return [];
    const path = pathBack(task.id, parents);
    if (path === null) return [];
    for (const id of path) reported.add(id);
    return [
      error(task, `\`${path.join('` waits for `')}\`: a circle, so none of them ever starts; take one \`after\` away`),
    ];
  });
}

type Parents = ReadonlyMap<string, readonly string[]>;

/** What is left when whatever waits for nothing, and whatever nothing waits for, is taken away until there is none: circles, and what is between them. Nothing, of a plan that is in order. */
function knotted(parents: Parents): Parents {
  const known = [...parents].map(([id, after]): [string, readonly string[]] => [
    id,
    after.filter((one) => parents.has(one)),
  ]);
  return without(turned(without(turned(new Map(known)))));
}

/** Each with what it points at turned around: parents to children, children to parents. */
function turned(edges: Parents): Parents {
  const back = new Map([...edges.keys()].map((id): [string, string[]] => [id, []]));
  for (const [id, to] of edges) for (const one of to) back.get(one)?.push(id);
  return back;
}

/** Without those that nothing points at, and those that only such ones point at. */
function without(edges: Parents): Parents {
  const pointed = new Map([...edges.keys()].map((id) => [id, 0]));
  for (const to of edges.values()) for (const one of to) pointed.set(one, (pointed.get(one) ?? 0) + 1);
  const free = [...pointed].flatMap(([id, count]) => (count === 0 ? [id] : []));
  const left = new Map(edges);
  for (let next = free.pop(); next !== undefined; next = free.pop()) {
    left.delete(next);
    for (const one of edges.get(next) ?? []) {
      const count = (pointed.get(one) ?? 0) - 1;
      pointed.set(one, count);
      if (count === 0) free.push(one);
    }
  }
  return new Map([...left].map(([id, to]) => [id, to.filter((one) => left.has(one))]));
}

/** The shortest way from a task back to itself by what it waits for; null where there is none. */
function pathBack(task: string, parents: Parents): readonly string[] | null {
  const from = new Map<string, string>();
  const queue = [task];
  for (const next of queue) {
    for (const parent of parents.get(next) ?? []) {
      if (parent === task) return [...wayTo(next, from), parent];
      if (from.has(parent)) continue;
      from.set(parent, next);
      queue.push(parent);
    }
  }
  return null;
}

function wayTo(end: string, from: ReadonlyMap<string, string>): readonly string[] {
  const way = [end];
  for (let at = from.get(end); at !== undefined; at = from.get(at)) way.push(at);
  return way.reverse();
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
