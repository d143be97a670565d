/** A mission as its log folds: what is being accomplished, and how far along it is. It says nothing about whether it may go on. */

import type { Agenda } from './agenda.ts';
import { agendaOf, due } from './agenda.ts';
import type { AttemptOutcome, HoldCause } from './events.ts';
import type { PlanTask } from './plan.ts';
import type { Schedule, ScheduledTask, ScheduleInput, TaskStanding } from './schedule.ts';
import { SharedList } from './shared-list.ts';

export type Evidence = {
  readonly command: string;
  readonly exitCode: number;
  readonly tree: string;
  readonly at: string;
};

export type Attempt = {
  readonly number: number;
  readonly session: string;
  readonly outcome: AttemptOutcome | null;
  readonly reason: string;
};

export type Task = {
  readonly plan: PlanTask;
  readonly standing: TaskStanding;
  readonly attempts: readonly Attempt[];
  /** Of the newest attempt. */
  readonly evidence: readonly Evidence[];
  /** What its dependants start from, once done; null where it left nothing. */
  readonly commit: string | null;
  readonly session: string | null;
};

export type MissionState =
  | { readonly name: 'planned' }
  | { readonly name: 'running' }
  | { readonly name: 'held'; readonly cause: HoldCause; readonly reason: string }
  | { readonly name: 'inert'; readonly reason: string }
  | { readonly name: 'ended'; readonly outcome: 'done' | 'failed'; readonly summary: string };

export type Mission = {
  readonly id: string;
  readonly title: string;
  readonly goal: string;
  readonly project: string;
  readonly preset: string;
  readonly repository: string;
  /** SHA-256 of the text it was made from. */
  readonly sourceDigest: string;
  readonly branchPrefix: string;
  readonly remote: string | null;
  /** How often a task is tried before it failed. */
  readonly attempts: number;
  readonly limit: number;
  /** Null until started. */
  readonly mandate: string | null;
  /** The commit it started from; null until started. */
  readonly base: string | null;
  readonly state: MissionState;
  readonly tasks: SharedList<Task>;
  readonly version: number;
  readonly createdAt: string;
  /** Of these very tasks. It says nothing that they do not, and is in no snapshot. */
  readonly agenda: Agenda;
};

export type FrozenMission = Omit<Mission, 'tasks' | 'agenda'> & { readonly tasks: readonly Task[] };

/** A mission as plain data, and back. */
export const freezeMission = ({ agenda: _, ...mission }: Mission): FrozenMission => ({
  ...mission,
  tasks: mission.tasks.toArray(),
});
export const thawMission = (frozen: FrozenMission): Mission => ({
  ...frozen,
  tasks: SharedList.from(frozen.tasks),
  agenda: agendaOf(frozen.tasks.map(scheduled)),
});

export const findTask = (mission: Mission, id: string): Task | undefined =>
  mission.tasks.at(mission.agenda.order.positionOf.get(id) ?? -1);

/** The scheduler's question at `now`. */
export function scheduleInput(mission: Mission, now: number): ScheduleInput {
  return { tasks: mission.tasks.map(scheduled), limit: mission.limit, held: whyHeld(mission), now };
}

/** What of it should be started at `now`, and when to ask again: as `schedule` says, without a look at the whole plan. */
export function dueOf(mission: Mission, now: number): Pick<Schedule, 'start' | 'wakeAt'> {
  const taskAt = (position: number): ScheduledTask | undefined => {
    const task = mission.tasks.at(position);
    return task && scheduled(task);
  };
  return due(mission.agenda, taskAt, { limit: mission.limit, held: whyHeld(mission), now });
}

const scheduled = ({ plan, standing }: Task): ScheduledTask => ({
  id: plan.id,
  after: plan.after,
  touches: plan.touches,
  priority: plan.priority,
  standing,
});

/** Why nothing of it may be dispatched, one sentence; null while it may. */
export function whyHeld({ state }: Mission): string | null {
  switch (state.name) {
    case 'planned':
      return 'the mission was not started yet';
    case 'running':
      return null;
    case 'held':
      return state.reason;
    case 'inert':
      return `the mission is inert: ${state.reason}`;
    case 'ended':
      return 'the mission has ended';
  }
}

export const isFinal = ({ standing }: Task): boolean =>
  standing.name === 'done' || standing.name === 'failed' || standing.name === 'cancelled';
