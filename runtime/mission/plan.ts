/**
 * The plan of a mission: tasks with their edges, whatever they were written in. Pure data; it decides nothing.
 *
 * A task starts only when everything it is `after` is done (the join is on the task and is AND), from a base that contains that work.
 */

export type TaskKind = 'change' | 'research' | 'review' | 'integrate' | 'decision' | 'gate' | 'manual';

export const taskKinds: readonly TaskKind[] = [
  'change',
  'research',
  'review',
  'integrate',
  'decision',
  'gate',
  'manual',
];

/** Who does a task: `command` runs a program, `acp` an Agent Client Protocol agent, `person` a human. */
export type DriverName = 'command' | 'acp' | 'person';

export type AgentDefinition = {
  readonly name: string;
  readonly driver: DriverName;
  /** The program and its arguments as written; null where each task brings its own, or a person works. */
  readonly run: string | null;
  /** What the sandbox of its runs lets out. */
  readonly network: 'none' | 'gated' | 'open';
};

export type PlanTask = {
  readonly id: string;
  readonly title: string;
  /** What else the author wrote about it; an agent's instructions. */
  readonly brief: string;
  readonly kind: TaskKind;
  readonly join: 'all';
  readonly after: readonly string[];
  readonly agent: AgentDefinition;
  /** The command line of a `command` task. */
  readonly run: string | null;
  /** Command lines whose exit code 0 is the evidence that it is done. */
  readonly done: readonly string[];
  /** Globs of paths it writes; a task that names none may write anything. */
  readonly touches: readonly string[];
  /** Higher goes first among what is ready. */
  readonly priority: number;
  /** Where in the source it stands, from 1. */
  readonly line: number;
};

export type Plan = {
  readonly tasks: readonly PlanTask[];
  /** How many tasks may run side by side. */
  readonly limit: number;
};

/** What a linter says about a plan. An error keeps the mission from being created. */
export type Finding = {
  readonly severity: 'error' | 'warning';
  readonly line: number | null;
  readonly message: string;
};

/** Every task that waits for `id`, directly or not. Total on cyclic plans. */
export function dependants(
  tasks: readonly { readonly id: string; readonly after: readonly string[] }[],
  id: string,
): readonly string[] {
  const found = new Set<string>();
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const task of tasks) {
      if (!task.after.includes(next) || found.has(task.id)) continue;
      found.add(task.id);
      queue.push(task.id);
    }
  }
  found.delete(id);
  return [...found];
}
