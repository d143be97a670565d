/** The fold of a mission's log. An event that cannot follow is a corrupt log and stops loudly. */

import { moved } from './agenda.ts';
import type { MissionEvent } from './events.ts';
import type { Attempt, Mission, Task } from './mission.ts';
import { thawMission } from './mission.ts';

export type Stamp = { readonly stream: string; readonly version: number; readonly at: string };

/** The mission after `event`; `undefined` before the first. */
export function evolve(mission: Mission | undefined, event: MissionEvent, stamp: Stamp): Mission {
  if (event.type === 'mission.created') {
    if (mission !== undefined) throw corrupt(event, stamp, 'it was created before');
    return created(event.data, stamp);
  }
  if (mission === undefined) throw corrupt(event, stamp, 'nothing created it');
  return { ...apply(mission, event, stamp), version: stamp.version };
}

type Rest = Exclude<MissionEvent, { readonly type: 'mission.created' }>;

function apply(mission: Mission, event: Rest, stamp: Stamp): Mission {
  const change = (id: string, with_: (task: Task) => Partial<Task>): Mission => {
    const position = mission.agenda.order.positionOf.get(id) ?? -1;
    const task = mission.tasks.at(position);
    if (task === undefined) throw corrupt(event, stamp, `there is no task \`${id}\``);
    const next: Task = { ...task, ...with_(task) };
    const tasks = mission.tasks.with(position, next);
    const agenda = moved(mission.agenda, position, task.standing, next.standing, (at) => tasks.at(at)?.standing);
    return { ...mission, tasks, agenda };
  };
  switch (event.type) {
    case 'mission.started':
      return { ...mission, mandate: event.data.mandate, base: event.data.base, state: { name: 'running' } };
    case 'mission.held':
      return { ...mission, state: { name: 'held', ...event.data } };
    case 'mission.released':
      return { ...mission, state: { name: 'running' } };
    case 'mission.rebound':
      return { ...mission, mandate: event.data.to };
    case 'mission.inert':
      return { ...mission, state: { name: 'inert', reason: event.data.reason } };
    case 'mission.ended':
      return { ...mission, state: { name: 'ended', ...event.data } };
    case 'attempt.started': {
      const { task, attempt: number, session } = event.data;
      const attempt: Attempt = { number, session, outcome: null, reason: '' };
      return change(task, ({ attempts }) => ({
        standing: { name: 'running' },
        session,
        evidence: [],
        attempts: [...attempts, attempt],
      }));
    }
    case 'attempt.claimed':
      return change(event.data.task, ({ attempts }) => ({
        standing: { name: 'claimed' },
        commit: event.data.commit,
        attempts: markAttempt(attempts, event.data.attempt, 'claimed', ''),
      }));
    case 'evidence.recorded': {
      const { task, command, exitCode, tree } = event.data;
      return change(task, ({ evidence }) => ({ evidence: [...evidence, { command, exitCode, tree, at: stamp.at }] }));
    }
    case 'attempt.ended': {
      const { task, attempt, outcome, reason, notBefore } = event.data;
      return change(task, ({ attempts, standing }) => ({
        attempts: markAttempt(attempts, attempt, outcome, reason),
        standing:
          outcome === 'done' ? standing : notBefore === null ? { name: 'waiting' } : { name: 'retrying', notBefore },
      }));
    }
    case 'task.done':
      return change(event.data.task, () => ({ standing: { name: 'done' }, commit: event.data.commit }));
    case 'task.asked':
      return change(event.data.task, () => ({ standing: { name: 'asking', item: event.data.item } }));
    case 'task.reopened':
      return change(event.data.task, () => ({ standing: { name: 'waiting' } }));
    case 'task.failed':
      return change(event.data.task, () => ({ standing: { name: 'failed', reason: event.data.reason } }));
    case 'task.cancelled':
      return change(event.data.task, () => ({ standing: { name: 'cancelled', reason: event.data.reason } }));
  }
}

const markAttempt = (
  attempts: readonly Attempt[],
  number: number,
  outcome: Attempt['outcome'],
  reason: string,
): readonly Attempt[] =>
  attempts.map((attempt) => (attempt.number === number ? { ...attempt, outcome, reason } : attempt));

function created(data: Extract<MissionEvent, { readonly type: 'mission.created' }>['data'], stamp: Stamp): Mission {
  const { title, goal, project, preset, sourceDigest, repository, branchPrefix, remote, attempts, plan } = data;
  return thawMission({
    id: stamp.stream.slice(stamp.stream.indexOf('/') + 1),
    title,
    goal,
    project,
    preset,
    repository,
    sourceDigest,
    branchPrefix,
    remote,
    attempts,
    limit: plan.limit,
    mandate: null,
    base: null,
    state: { name: 'planned' },
    tasks: plan.tasks.map((task) => ({
      plan: task,
      standing: { name: 'waiting' },
      attempts: [],
      evidence: [],
      commit: null,
      session: null,
    })),
    version: stamp.version,
    createdAt: stamp.at,
  });
}

const corrupt = (event: MissionEvent, stamp: Stamp, why: string): Error =>
  new Error(`the log is corrupt: \`${event.type}\` at version ${String(stamp.version)} of \`${stamp.stream}\`: ${why}`);
