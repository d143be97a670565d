/**
 * What the scheduler needs to know of a plan, kept up as its tasks change: how many edges each still waits for, which tasks are ready, which are at work. A step costs what changed and
 * what it leads to, not the size of the plan. Pure: an agenda is never changed, and shares with the next what stayed.
 *
 * INVARIANT: what is due by the agenda is what `schedule` says of the whole plan (a law in agenda.test.ts).
 */

import type { Schedule, ScheduledTask, TaskStanding } from './schedule.ts';
import { isBusy, take } from './schedule.ts';
import { SharedList } from './shared-list.ts';

/** What of a plan never changes. Tasks are positions in it. */
type PlanOrder = {
  readonly positionOf: ReadonlyMap<string, number>;
  /** Who is after a task, once for each edge. */
  readonly dependants: readonly (readonly number[])[];
  /** Which task is the how manieth by urgency, and back; of equals, the order of the plan. */
  readonly byRank: readonly number[];
  readonly rankOf: readonly number[];
};

export type Agenda = {
  readonly order: PlanOrder;
  /** Of each task, how many of its edges are not met yet. */
  readonly unmet: SharedList<number>;
  /** The ranks of the tasks that wait for nothing but a place, a time or leave: a bit each. */
  readonly ready: SharedList<number>;
  /** Those that hold their paths and count against the limit. */
  readonly busy: readonly number[];
  /** Those that are tried again at a time. */
  readonly retrying: readonly number[];
  /** How many are neither done nor cancelled. */
  readonly open: number;
};

/** The agenda of a plan as it stands. */
export function agendaOf(tasks: readonly ScheduledTask[]): Agenda {
  const order = orderOf(tasks);
  // INVARIANT: a parent that is not in the plan is not done.
  const isMet = (id: string): boolean => tasks[order.positionOf.get(id) ?? -1]?.standing.name === 'done';
  const unmet = tasks.map(({ after }) => after.filter((id) => !isMet(id)).length);
  const words = Array.from({ length: Math.ceil(tasks.length / 32) }, () => 0);
  for (const [rank, position] of order.byRank.entries()) {
    const standing = tasks[position]?.standing;
    if (standing !== undefined && isReady(standing, unmet[position]))
      words[rank >> 5] = (words[rank >> 5] ?? 0) | (1 << rank);
  }
  const where = (is: (standing: TaskStanding) => boolean): readonly number[] =>
    tasks.flatMap(({ standing }, position) => (is(standing) ? [position] : []));
  return {
    order,
    unmet: SharedList.from(unmet),
    ready: SharedList.from(words),
    busy: where(isBusy),
    retrying: where(isRetrying),
    open: where(isOpen).length,
  };
}

/** The agenda after the task at `position` went from one standing to another. `standingAt` tells of all tasks as they are then. */
export function moved(
  agenda: Agenda,
  position: number,
  from: TaskStanding,
  to: TaskStanding,
  standingAt: (position: number) => TaskStanding | undefined,
): Agenda {
  const { order } = agenda;
  const met = Number(to.name === 'done') - Number(from.name === 'done');
  let { unmet } = agenda;
  if (met !== 0)
    for (const after of order.dependants[position] ?? []) unmet = unmet.with(after, (unmet.at(after) ?? 0) - met);
  let { ready } = agenda;
  for (const touched of met === 0 ? [position] : [position, ...(order.dependants[position] ?? [])]) {
    const standing = standingAt(touched);
    if (standing !== undefined)
      ready = withRank(ready, order.rankOf[touched] ?? 0, isReady(standing, unmet.at(touched)));
  }
  return {
    order,
    unmet,
    ready,
    busy: listed(agenda.busy, position, isBusy(to)),
    retrying: listed(agenda.retrying, position, isRetrying(to)),
    open: agenda.open + Number(isOpen(to)) - Number(isOpen(from)),
  };
}

/** What should be started now, and when to ask again. `taskAt` tells of the tasks the agenda is of. */
export function due(
  agenda: Agenda,
  taskAt: (position: number) => ScheduledTask | undefined,
  { limit, held, now }: { readonly limit: number; readonly held: string | null; readonly now: number },
): Pick<Schedule, 'start' | 'wakeAt'> {
  const later = agenda.retrying
    .map(taskAt)
    .map((task) => (task === undefined ? now : notBefore(task)))
    .filter((at) => at > now);
  const wakeAt = later.length === 0 ? null : later.reduce((least, at) => Math.min(least, at));
  if (held !== null) return { start: [], wakeAt };
  const busy = agenda.busy.map(taskAt).filter((task) => task !== undefined);
  return { start: take(candidates(agenda, taskAt, now), busy, limit), wakeAt };
}

function* candidates(
  { ready, order }: Agenda,
  taskAt: (position: number) => ScheduledTask | undefined,
  now: number,
): Generator<ScheduledTask> {
  for (let word = 0; word < ready.length; word += 1)
    for (let left = ready.at(word) ?? 0; left !== 0; left &= left - 1) {
      const task = taskAt(order.byRank[word * 32 + (31 - Math.clz32(left & -left))] ?? -1);
      if (task !== undefined && notBefore(task) <= now) yield task;
    }
}

function orderOf(tasks: readonly ScheduledTask[]): PlanOrder {
  const positionOf = new Map(tasks.map(({ id }, position) => [id, position]));
  const dependants = tasks.map((): number[] => []);
  for (const [position, { after }] of tasks.entries())
    for (const id of after) dependants[positionOf.get(id) ?? -1]?.push(position);
  const byRank = [...tasks.keys()].sort((a, b) => (tasks[b]?.priority ?? 0) - (tasks[a]?.priority ?? 0));
  const rankOf = byRank.map(() => 0);
  for (const [rank, position] of byRank.entries()) rankOf[position] = rank;
  return { positionOf, dependants, byRank, rankOf };
}

function withRank(ready: SharedList<number>, rank: number, isIn: boolean): SharedList<number> {
  const word = ready.at(rank >> 5) ?? 0;
  const next = isIn ? word | (1 << rank) : word & ~(1 << rank);
  return next === word ? ready : ready.with(rank >> 5, next);
}

function listed(positions: readonly number[], position: number, isIn: boolean): readonly number[] {
  if (positions.includes(position) === isIn) return positions;
  return isIn ? [...positions, position] : positions.filter((one) => one !== position);
}

const notBefore = ({ standing }: ScheduledTask): number =>
  standing.name === 'retrying' ? standing.notBefore : Number.NEGATIVE_INFINITY;

const isReady = ({ name }: TaskStanding, unmet: number | undefined): boolean =>
  unmet === 0 && (name === 'waiting' || name === 'retrying');
const isRetrying = ({ name }: TaskStanding): boolean => name === 'retrying';
const isOpen = ({ name }: TaskStanding): boolean => name !== 'done' && name !== 'cancelled';
