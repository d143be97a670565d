/** What the runtime shows: its records as the API describes them, in our spelling. It computes nothing that a decision rests on. */

import type { AuthoritySet } from '@writ/authority';
import type { Envelope, JsonValue } from '@writ/journal';
import type { attentionWire, Camel, compiledWire, missionWire, sessionWire, taskWire } from '@writ/protocol';
import type { RankedItem } from './attention/rank.ts';
import type { CompiledPlan } from './mission/compile-plan.ts';
import type { Mission, Task } from './mission/mission.ts';
import { scheduleInput } from './mission/mission.ts';
import type { PlanTask } from './mission/plan.ts';
import type { Schedule } from './mission/schedule.ts';
import { explainWhyNot, schedule } from './mission/schedule.ts';
import type { Session } from './session/session.ts';

type View<Wire extends { readonly _zod: { readonly output: unknown } }> = Camel<Wire['_zod']['output']>;

export type SessionView = View<typeof sessionWire>;
export type MissionView = View<typeof missionWire>;
export type TaskView = View<typeof taskWire>;
export type AttentionView = View<typeof attentionWire>;
/** The authority stays a set of ours: its wire form has a mapping of its own. */
export type CompiledView = Omit<View<typeof compiledWire>, 'authorizationDetails'> & {
  readonly authority: AuthoritySet;
};
export type EventView = {
  readonly position: number;
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly actor: string;
  readonly data: JsonValue;
};

export function sessionView(session: Session): SessionView {
  const {
    id,
    title,
    project,
    mission,
    task,
    parent,
    mandate,
    agent,
    driver,
    workspace,
    visibility,
    participants,
    fork,
    isArchived,
    version,
    createdAt,
    updatedAt,
  } = session;
  return {
    id,
    title,
    project,
    mission,
    task,
    parent,
    mandate,
    agent,
    driver,
    ...stateOf(session),
    workspace,
    forkedFrom: fork === null ? null : { session: fork.from, at: fork.at },
    archived: isArchived,
    visibility: visibility.to,
    members: visibility.to === 'private' ? [...visibility.members] : [],
    participants: [...participants],
    version,
    createdAt,
    updatedAt,
  };
}

function stateOf({ state, activity }: Session): Pick<SessionView, 'state' | 'stateDetail' | 'pausedBy'> {
  switch (state.name) {
    case 'live':
      return activity.name === 'turn'
        ? { state: 'running', stateDetail: `at turn ${activity.turn}`, pausedBy: null }
        : { state: 'idle', stateDetail: '', pausedBy: null };
    case 'paused':
      return { state: 'paused', stateDetail: state.reason, pausedBy: state.cause };
    case 'inert':
      return { state: 'inert', stateDetail: state.reason, pausedBy: null };
    case 'closed':
      return { state: 'closed', stateDetail: state.summary, pausedBy: null };
  }
}

/** `openItems`: sessions with an open question, by session id. */
export function missionView(
  mission: Mission,
  open: { readonly items: number; readonly asking: ReadonlySet<string> },
  now: number,
): MissionView {
  const plan = schedule(scheduleInput(mission, now));
  const { id, title, goal, project, repository, mandate, version, createdAt } = mission;
  return {
    id,
    title,
    goal,
    project,
    repository,
    mandate,
    ...missionState(mission),
    revision: version,
    tasks: mission.tasks.map((task) => taskView(task, plan, open.asking)),
    openItems: open.items,
    createdAt,
  };
}

function missionState({ state }: Mission): Pick<MissionView, 'state' | 'stateDetail'> {
  switch (state.name) {
    case 'planned':
      return { state: 'planned', stateDetail: 'it was not started yet' };
    case 'running':
      return { state: 'running', stateDetail: '' };
    case 'held':
      return { state: 'paused', stateDetail: state.reason };
    case 'inert':
      return { state: 'inert', stateDetail: state.reason };
    case 'ended':
      return { state: state.outcome, stateDetail: state.summary };
  }
}

function taskView(task: Task, { start, whyNot }: Schedule, asking: ReadonlySet<string>): TaskView {
  const why = whyNot.get(task.plan.id);
  const { standing, session, attempts, evidence } = task;
  return {
    ...planView(task.plan),
    state: taskState(task, start.includes(task.plan.id), why?.code === 'held', session !== null && asking.has(session)),
    whyNot:
      why === undefined ? '' : standing.name === 'retrying' ? lastReason(task, explainWhyNot(why)) : explainWhyNot(why),
    session,
    attempts: attempts.length,
    evidence: evidence.map(({ command, exitCode, at, tree }) => ({ command, exitCode, at, tree })),
  };
}

const lastReason = ({ attempts }: Task, sentence: string): string => `${sentence} (${attempts.at(-1)?.reason ?? ''})`;

function taskState({ standing }: Task, isStarting: boolean, isHeld: boolean, isAsking: boolean): TaskView['state'] {
  switch (standing.name) {
    case 'waiting':
    case 'retrying':
      return isHeld ? 'held' : isStarting ? 'ready' : 'waiting';
    case 'running':
      return isAsking ? 'asking' : 'running';
    case 'asking':
    case 'claimed':
    case 'done':
    case 'failed':
    case 'cancelled':
      return standing.name;
  }
}

function planView({ id, title, kind, join, after, agent, run, done, touches }: PlanTask) {
  return { id, title, kind, join, after: [...after], agent: agent.name, run, done: [...done], touches: [...touches] };
}

export function compiledView(compiled: CompiledPlan): CompiledView {
  const {
    title,
    goal,
    project,
    preset,
    remote,
    authority,
    conditions,
    history,
    delegation,
    expiresInMs,
    freshnessMs,
    plan,
    findings,
  } = compiled;
  return {
    title,
    goal,
    project,
    preset,
    remote,
    authority,
    conditions: conditions.map((condition) => ({ ...condition })),
    history: [...history],
    delegation,
    expiresInMs,
    freshnessMs,
    tasks: plan.tasks.map((task) => ({
      ...planView(task),
      state: 'waiting' as const,
      whyNot: task.after.length === 0 ? 'the mission was not started yet' : `waits for ${task.after.join(' and ')}`,
      session: null,
      attempts: 0,
      evidence: [],
    })),
    findings: findings.map((finding) => ({ ...finding })),
  };
}

export function attentionView({ item, unblocks, because }: RankedItem): AttentionView {
  const { id, kind, ask, approval, options, recommendation, mission, task, session, mandate, state, createdAt } = item;
  return {
    id,
    kind,
    ask,
    options: options.map((option) => ({ ...option })),
    recommendation,
    mission,
    task,
    session,
    mandate,
    approval,
    unblocks,
    because,
    state: state.name,
    answer: state.name === 'answered' ? state.answer : null,
    answeredBy: state.name === 'answered' ? state.by : null,
    createdAt,
  };
}

export const eventView = ({ position, version, type, at, actor, data }: Envelope): EventView => ({
  position,
  version,
  type,
  at,
  actor,
  data,
});
