/**
 * The scheduler: from the state of a mission and the time to what should run now, and why each other task does not. Pure; it starts nothing,
 * and what it says is asked again in the transaction that claims.
 *
 * INVARIANT: a task runs only when everything it is after is done, no two running tasks may write one path, and never more run than the limit.
 */

import { mayOverlap } from './plan-paths.ts';

export type TaskStanding =
  | { readonly name: 'waiting' }
  | { readonly name: 'running' }
  | { readonly name: 'asking'; readonly item: string }
  /** Its program ended well; the evidence is being gathered. */
  | { readonly name: 'claimed' }
  | { readonly name: 'done' }
  | { readonly name: 'failed'; readonly reason: string }
  | { readonly name: 'cancelled'; readonly reason: string }
  /** Tried before and tried again no earlier than `notBefore` (epoch milliseconds). */
  | { readonly name: 'retrying'; readonly notBefore: number };

export type ScheduledTask = {
  readonly id: string;
  readonly after: readonly string[];
  readonly touches: readonly string[];
  readonly priority: number;
  readonly standing: TaskStanding;
};

export type ScheduleInput = {
  readonly tasks: readonly ScheduledTask[];
  readonly limit: number;
  /** Null while the mission may dispatch; otherwise why it may not, one sentence. */
  readonly held: string | null;
  readonly now: number;
};

export type WhyNot =
  | { readonly code: 'waits_for'; readonly tasks: readonly string[] }
  | { readonly code: 'never_starts'; readonly because: string; readonly state: 'failed' | 'cancelled' }
  | { readonly code: 'held'; readonly sentence: string }
  | { readonly code: 'same_paths'; readonly as: string }
  | { readonly code: 'limit'; readonly limit: number }
  | { readonly code: 'retry_at'; readonly notBefore: number }
  | { readonly code: 'asks'; readonly item: string }
  | { readonly code: 'verifying' }
  | { readonly code: 'ended'; readonly sentence: string };

export type Schedule = {
  /** What should be started now, most urgent first. */
  readonly start: readonly string[];
  /** A reason for every task that neither runs nor should be started nor is done. */
  readonly whyNot: ReadonlyMap<string, WhyNot>;
  /** When asking again can give another answer without anything else happening; null when never. */
  readonly wakeAt: number | null;
};

/** What should run, and of the rest why not. The order of equals is the order of the plan. It looks at the whole plan; what should run alone is kept up as tasks change (agenda.ts). */
export function schedule(input: ScheduleInput): Schedule {
  const byId = new Map(input.tasks.map((task) => [task.id, task]));
  const whyNot = new Map<string, WhyNot>();
  const candidates: ScheduledTask[] = [];
  let wakeAt: number | null = null;
  for (const task of input.tasks) {
    const why = whyNotReady(task, byId, input);
    if (why === undefined) candidates.push(task);
    else if (why !== 'busy') whyNot.set(task.id, why);
    if (task.standing.name === 'retrying' && task.standing.notBefore > input.now)
      wakeAt = Math.min(wakeAt ?? Number.MAX_SAFE_INTEGER, task.standing.notBefore);
  }
  const busy = input.tasks.filter(({ standing }) => isBusy(standing));
  const inOrder = candidates.toSorted((a, b) => b.priority - a.priority);
  const start = take(inOrder, busy, input.limit, (task, why) => whyNot.set(task.id, why));
  return { start, whyNot, wakeAt };
}

/**
 * Takes of those that are ready, in their order, what fits beside the `busy` and beside each other. With `passOver` it tells of each of the others why it does not; without, it looks
 * no further than it must.
 */
export function take(
  ready: Iterable<ScheduledTask>,
  busy: readonly ScheduledTask[],
  limit: number,
  passOver?: (task: ScheduledTask, why: WhyNot) => void,
): readonly string[] {
  const beside = [...busy];
  const isFull = (): boolean => beside.length >= limit || beside.some(({ touches }) => touches.length === 0);
  if (passOver === undefined && isFull()) return [];
  for (const task of ready) {
    const rival = beside.length >= limit ? undefined : beside.find((other) => mayOverlap(task.touches, other.touches));
    if (beside.length >= limit) passOver?.(task, { code: 'limit', limit });
    else if (rival !== undefined) passOver?.(task, { code: 'same_paths', as: rival.id });
    else {
      beside.push(task);
      if (passOver === undefined && isFull()) break;
    }
  }
  return beside.slice(busy.length).map((task) => task.id);
}

/** Whether it holds its paths and counts against the limit: evidence is gathered in the same place. */
export const isBusy = ({ name }: TaskStanding): boolean => name === 'running' || name === 'claimed';

function whyNotReady(
  task: ScheduledTask,
  byId: ReadonlyMap<string, ScheduledTask>,
  input: ScheduleInput,
): WhyNot | 'busy' | undefined {
  const { standing } = task;
  switch (standing.name) {
    case 'running':
    case 'done':
      return 'busy';
    case 'claimed':
      return { code: 'verifying' };
    case 'asking':
      return { code: 'asks', item: standing.item };
    case 'failed':
    case 'cancelled':
      return { code: 'ended', sentence: standing.reason };
    case 'waiting':
    case 'retrying':
      break;
  }
  const parents = task.after.map((id) => ({ id, standing: byId.get(id)?.standing }));
  const dead = parents.find((parent) => parent.standing?.name === 'failed' || parent.standing?.name === 'cancelled');
  if (dead !== undefined)
    return { code: 'never_starts', because: dead.id, state: dead.standing?.name === 'failed' ? 'failed' : 'cancelled' };
  // INVARIANT: a parent that is not in the plan is not done.
  const open = parents.filter((parent) => parent.standing?.name !== 'done').map((parent) => parent.id);
  if (open.length > 0) return { code: 'waits_for', tasks: open };
  if (input.held !== null) return { code: 'held', sentence: input.held };
  if (standing.name === 'retrying' && standing.notBefore > input.now)
    return { code: 'retry_at', notBefore: standing.notBefore };
  return undefined;
}

/** One sentence for a person. */
export function explainWhyNot(why: WhyNot): string {
  switch (why.code) {
    case 'waits_for':
      return `waits for ${why.tasks.join(' and ')}`;
    case 'never_starts':
      return `\`${why.because}\`, which it needs, ${why.state === 'failed' ? 'failed' : 'was cancelled'}`;
    case 'held':
      return why.sentence;
    case 'same_paths':
      return `\`${why.as}\` is at work on the same paths`;
    case 'limit':
      return `${String(why.limit)} tasks run already, as many as this mission runs side by side`;
    case 'retry_at':
      return 'its last attempt failed; it is tried again shortly';
    case 'asks':
      return 'it waits for an answer; see `writ inbox`';
    case 'verifying':
      return 'its program ended; the evidence is being gathered';
    case 'ended':
      return why.sentence;
  }
}
