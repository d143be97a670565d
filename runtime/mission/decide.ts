/**
 * What may be recorded of a mission, given where it stands: commands to events, or a refusal. Pure.
 *
 * INVARIANT: a task is claimed only if the scheduler would start it in the very state the claim is recorded on; a task is done only by evidence
 * with exit code 0 for every criterion, gathered on the tree of its claim.
 */

import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { HoldCause, MissionEvent } from './events.ts';
import type { Mission, Task } from './mission.ts';
import { dueOf, findTask, isFinal, scheduleInput, whyHeld } from './mission.ts';
import { explainWhyNot, schedule } from './schedule.ts';

export type MissionCommand =
  | { readonly do: 'start'; readonly mandate: string; readonly base: string }
  | { readonly do: 'hold'; readonly cause: HoldCause; readonly reason: string }
  /** `by` a person ends a person's hold; `by` the mandate ends the others. */
  | { readonly do: 'release'; readonly by: 'person' | 'mandate'; readonly sentence: string }
  | { readonly do: 'rebind'; readonly to: string }
  | { readonly do: 'make_inert'; readonly reason: string }
  | { readonly do: 'claim'; readonly task: string; readonly session: string; readonly now: number }
  | {
      readonly do: 'claim_done';
      readonly task: string;
      readonly attempt: number;
      readonly commit: string;
      readonly tree: string;
    }
  | {
      readonly do: 'record_evidence';
      readonly task: string;
      readonly attempt: number;
      readonly command: string;
      readonly exitCode: number;
      readonly tree: string;
      readonly run: string;
    }
  | { readonly do: 'verify'; readonly task: string; readonly attempt: number; readonly tree: string }
  | {
      readonly do: 'fail_attempt';
      readonly task: string;
      readonly attempt: number;
      readonly reason: string;
      readonly retryAt: number;
    }
  /** `retryAt`: epoch milliseconds, used where the attempt before this one was interrupted too. */
  | {
      readonly do: 'interrupt_attempt';
      readonly task: string;
      readonly attempt: number;
      readonly reason: string;
      readonly retryAt: number;
    }
  | { readonly do: 'ask'; readonly task: string; readonly item: string }
  | { readonly do: 'reopen'; readonly task: string; readonly reason: string }
  | { readonly do: 'cancel'; readonly task: string; readonly reason: string };

export type Decision =
  { readonly ok: true; readonly events: readonly MissionEvent[] } | { readonly ok: false; readonly refusal: Refusal };

/** Judges `command` on `mission`. */
export function decide(mission: Mission, command: MissionCommand): Decision {
  const isOver = mission.state.name === 'inert' || mission.state.name === 'ended';
  switch (command.do) {
    case 'start':
      if (mission.state.name !== 'planned')
        return no('conflict', `mission \`${mission.id}\` was started before, under \`${mission.mandate ?? 'none'}\``);
      return yes({ type: 'mission.started', data: { mandate: command.mandate, base: command.base } });
    case 'hold':
      return hold(mission, command.cause, command.reason);
    case 'release':
      if (mission.state.name !== 'held') return { ok: true, events: [] };
      if ((mission.state.cause === 'person') !== (command.by === 'person')) return { ok: true, events: [] };
      return yes({ type: 'mission.released', data: { sentence: command.sentence } });
    case 'rebind':
      if (isOver || mission.mandate === null || mission.mandate === command.to) return { ok: true, events: [] };
      return yes({ type: 'mission.rebound', data: { from: mission.mandate, to: command.to } });
    case 'make_inert':
      return makeInert(mission, command.reason);
    case 'claim':
      return claim(mission, command.task, command.session, command.now);
    case 'claim_done':
    case 'record_evidence':
    case 'verify':
    case 'fail_attempt':
    case 'interrupt_attempt':
      return onAttempt(mission, command);
    case 'ask':
    case 'reopen':
    case 'cancel':
      return onTask(mission, command);
  }
}

function hold(mission: Mission, cause: HoldCause, reason: string): Decision {
  const { state } = mission;
  if (state.name === 'held') {
    // INVARIANT: a person's hold is ended by a person, so nothing replaces it.
    if (state.cause === 'person' || state.cause === cause) return { ok: true, events: [] };
  } else if (state.name !== 'running')
    return cause === 'person'
      ? no('conflict', whyHeld(mission) ?? `mission \`${mission.id}\` cannot be paused`)
      : { ok: true, events: [] };
  return yes({ type: 'mission.held', data: { cause, reason } });
}

function makeInert(mission: Mission, reason: string): Decision {
  if (mission.state.name === 'inert' || mission.state.name === 'ended') return { ok: true, events: [] };
  const open = mission.tasks.filter((task) => !isFinal(task));
  return yes(
    ...open.map((task): MissionEvent => ({
      type: 'task.cancelled',
      data: { task: task.plan.id, reason: `its mandate ended: ${reason}` },
    })),
    { type: 'mission.inert', data: { reason } },
  );
}

function claim(mission: Mission, id: string, session: string, now: number): Decision {
  const task = findTask(mission, id);
  if (task === undefined) return unknown(mission, id);
  if (!dueOf(mission, now).start.includes(id)) {
    const why = schedule(scheduleInput(mission, now)).whyNot.get(id);
    return no(
      'conflict',
      `task \`${id}\` does not start now: ${why === undefined ? 'it is at work or done' : explainWhyNot(why)}`,
    );
  }
  return yes({ type: 'attempt.started', data: { task: id, attempt: task.attempts.length + 1, session } });
}

type OnAttempt = Extract<MissionCommand, { readonly attempt: number }>;

function onAttempt(mission: Mission, command: OnAttempt): Decision {
  const task = findTask(mission, command.task);
  if (task === undefined) return unknown(mission, command.task);
  const { attempt, task: id } = command;
  const atWork = task.standing.name === 'running' || task.standing.name === 'claimed';
  if (task.attempts.at(-1)?.number !== attempt || !atWork)
    return no(
      'conflict',
      `attempt ${String(attempt)} of \`${id}\` is over; what comes late is in the session's log and changes nothing here`,
    );
  switch (command.do) {
    case 'claim_done':
      if (task.standing.name === 'claimed' && task.commit === command.commit) return { ok: true, events: [] };
      return yes({ type: 'attempt.claimed', data: { task: id, attempt, commit: command.commit, tree: command.tree } });
    case 'record_evidence': {
      const { command: line, exitCode, tree, run } = command;
      return yes({ type: 'evidence.recorded', data: { task: id, attempt, command: line, exitCode, tree, run } });
    }
    case 'verify':
      return verify(mission, task, attempt, command.tree);
    case 'fail_attempt':
      return failAttempt(mission, task, command);
    case 'interrupt_attempt':
      return yes({
        type: 'attempt.ended',
        data: {
          task: id,
          attempt,
          outcome: 'interrupted',
          reason: command.reason,
          notBefore: interruptions(task) === 0 ? null : command.retryAt,
        },
      });
  }
}

/** How many attempts before the current one were interrupted in a row. */
export function interruptions({ attempts }: Task): number {
  const others = attempts.slice(0, -1);
  return others.length - 1 - others.findLastIndex((attempt) => attempt.outcome !== 'interrupted');
}

function verify(mission: Mission, task: Task, attempt: number, tree: string): Decision {
  const missing = task.plan.done.filter(
    (command) =>
      !task.evidence.some(
        (evidence) => evidence.command === command && evidence.exitCode === 0 && evidence.tree === tree,
      ),
  );
  if (task.standing.name !== 'claimed' || missing.length > 0)
    return no('conflict', `\`${task.plan.id}\` is not shown to be done: nothing shows \`${missing.join('`, `')}\``);
  const id = task.plan.id;
  return ending(mission, task, [
    { type: 'attempt.ended', data: { task: id, attempt, outcome: 'done', reason: '', notBefore: null } },
    { type: 'task.done', data: { task: id, commit: task.commit } },
  ]);
}

function failAttempt(
  mission: Mission,
  task: Task,
  command: Extract<MissionCommand, { readonly do: 'fail_attempt' }>,
): Decision {
  const { task: id, attempt, reason, retryAt } = command;
  const failed = task.attempts.filter((one) => one.outcome === 'failed').length + 1;
  const isLast = failed >= mission.attempts;
  const ended: MissionEvent = {
    type: 'attempt.ended',
    data: { task: id, attempt, outcome: 'failed', reason, notBefore: isLast ? null : retryAt },
  };
  return isLast ? yes(ended, { type: 'task.failed', data: { task: id, reason } }) : yes(ended);
}

function onTask(
  mission: Mission,
  command: Extract<MissionCommand, { readonly do: 'ask' | 'reopen' | 'cancel' }>,
): Decision {
  const task = findTask(mission, command.task);
  if (task === undefined) return unknown(mission, command.task);
  const id = task.plan.id;
  if (mission.state.name === 'inert' || mission.state.name === 'ended') return no('conflict', whyHeld(mission) ?? '');
  switch (command.do) {
    case 'ask':
      if (isFinal(task)) return no('conflict', `task \`${id}\` is over`);
      return yes({ type: 'task.asked', data: { task: id, item: command.item } });
    case 'reopen':
      if (task.standing.name !== 'failed' && task.standing.name !== 'asking')
        return no('conflict', `task \`${id}\` is ${task.standing.name}; there is nothing to try again`);
      return yes({ type: 'task.reopened', data: { task: id, reason: command.reason } });
    case 'cancel':
      if (task.standing.name === 'done' || task.standing.name === 'cancelled') return { ok: true, events: [] };
      return ending(mission, task, [{ type: 'task.cancelled', data: { task: id, reason: command.reason } }]);
  }
}

/** The events, and the mission's end with them when it was the last open task. */
function ending(mission: Mission, { plan: { id } }: Task, events: readonly MissionEvent[]): Decision {
  // The task itself is open until these events.
  if (mission.agenda.open > 1) return { ok: true, events };
  const others = mission.tasks.filter((task) => task.plan.id !== id);
  const isCancelled = events.some((event) => event.type === 'task.cancelled');
  const lost = [
    ...others.filter((task) => task.standing.name === 'cancelled').map((task) => task.plan.id),
    ...(isCancelled ? [id] : []),
  ];
  const summary =
    lost.length === 0
      ? 'every task is done, with its evidence'
      : `done except for ${lost.join(', ')}, which ${lost.length === 1 ? 'was' : 'were'} cancelled`;
  return {
    ok: true,
    events: [...events, { type: 'mission.ended', data: { outcome: lost.length === 0 ? 'done' : 'failed', summary } }],
  };
}

const unknown = (mission: Mission, id: string): Decision =>
  no('not_found', `mission \`${mission.id}\` has no task \`${id}\``);
const yes = (...events: readonly MissionEvent[]): Decision => ({ ok: true, events });
const no = (kind: Refusal['kind'], sentence: string): Decision => ({ ok: false, refusal: refuse(kind, sentence) });
