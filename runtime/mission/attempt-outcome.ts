/**
 * What becomes of an attempt that did not simply succeed: tried again, parked for a person, held with its mission, or over. Control says which of them
 * where authority is the reason; nothing here decides that.
 */

import type { TurnEnd } from '../agent/driver.ts';
import { openItem } from '../attention/queue.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { stepOf } from '../runner/run.ts';
import type { Continuation } from '../session/core/judge-resume.ts';
import { isWrittenHere } from '../session/facts.ts';
import { resume } from '../session/resume.ts';
import type { Turns } from '../session/turn.ts';
import { resumePorts } from '../session/turn.ts';
import type { MissionCommand } from './decide.ts';
import { decide, interruptions } from './decide.ts';
import type { Mission, Task } from './mission.ts';
import { findTask } from './mission.ts';

export type AttemptName = {
  readonly mission: string;
  readonly task: string;
  readonly attempt: number;
  readonly session: string;
};

export type AttemptPorts = Ports & {
  readonly turns: Turns;
  readonly retryDelayMs: number;
};

/** A run was refused at `begin`: asked again, control says whether that is for now or for good. */
export async function afterRefusal(
  ports: AttemptPorts,
  name: AttemptName,
  end: Extract<TurnEnd, { readonly ended: 'refused' }>,
): Promise<void> {
  const session = ports.records.sessions.get(name.session);
  if (session === undefined) return;
  if (end.hold !== null)
    return stopped(ports, name, { go: 'pause', cause: 'approval', sentence: end.summary, ...end.hold });
  const [program = '', ...rest] = session.argv;
  const continuation = await resume(
    resumePorts(ports),
    name.session,
    'queue',
    stepOf(session, [program, ...rest], session.workspace?.path ?? '/'),
  );
  if (continuation.go === 'continue') return fail(ports, name, end.summary);
  return stopped(ports, name, continuation);
}

/** Control did not say yes: what that means for the task, and for the mission. */
export async function stopped(
  ports: AttemptPorts,
  name: AttemptName,
  continuation: Exclude<Continuation, { readonly go: 'continue' }>,
): Promise<void> {
  const { task } = name;
  const { sentence } = continuation;
  await interrupt(ports, name, sentence);
  if (continuation.go === 'inert') {
    await act(ports, name, { do: 'make_inert', reason: sentence });
    return;
  }
  switch (continuation.cause) {
    case 'mandate':
    case 'budget':
    case 'unreachable':
      await act(ports, name, { do: 'hold', cause: continuation.cause, reason: sentence });
      return;
    case 'approval':
      return ask(ports, name, {
        kind: 'approval',
        approval: continuation.approval,
        sentence: `${name.task} waits for a yes: ${sentence}`,
        again: 'ask control again',
      });
    case 'place':
      return ask(ports, name, {
        kind: 'conflict',
        approval: null,
        sentence: `${name.task} does not find its place as it left it: ${sentence}`,
        again: 'take the place as it is and go on',
      });
    case 'context':
      return ask(ports, name, {
        kind: 'conflict',
        approval: null,
        sentence: `${name.task} cannot go on from what its agent knew: ${sentence}`,
        again: 'begin a new conversation and go on',
      });
    case 'credential':
      await act(ports, name, { do: 'hold', cause: 'mandate', reason: sentence });
      return;
    case 'scope':
      await act(ports, name, { do: 'cancel', task, reason: sentence });
      return;
  }
}

/** Ends the attempt without counting it. One interruption is tried again at once, a row of them ever more slowly. */
export async function interrupt(ports: AttemptPorts, name: AttemptName, reason: string): Promise<void> {
  const { task, attempt } = name;
  const found = find(ports, name);
  const before = found === undefined ? 0 : interruptions(found.task);
  await act(ports, name, {
    do: 'interrupt_attempt',
    task,
    attempt,
    reason,
    retryAt: ports.now() + ports.retryDelayMs * 2 ** Math.min(before, 8),
  });
}

export async function fail(ports: AttemptPorts, name: AttemptName, reason: string): Promise<void> {
  const { task, attempt, session } = name;
  const found = find(ports, name);
  const failed = found?.task.attempts.filter((one) => one.outcome === 'failed').length ?? 0;
  const retryAt = ports.now() + ports.retryDelayMs * 2 ** Math.min(failed, 8);
  await act(ports, name, { do: 'fail_attempt', task, attempt, reason, retryAt });
  if (find(ports, name)?.task.standing.name !== 'failed') return;
  const owner = ports.records.sessions.get(session);
  if (owner === undefined) return;
  await openItem(ports, {
    kind: 'failure',
    approval: null,
    ask: `${task} failed after ${String(attempt)} ${attempt === 1 ? 'attempt' : 'attempts'}: ${reason}`
      .slice(0, 2_000)
      .toWellFormed(),
    options: [
      { key: 'retry', label: 'try it again', consequence: 'one more attempt, from where it stands' },
      { key: 'cancel', label: 'leave it', consequence: 'it is cancelled, and what needs it never starts' },
    ],
    recommendation: null,
    session: owner,
  });
}

export const conflict = (ports: AttemptPorts, name: AttemptName, sentence: string): Promise<void> =>
  ask(ports, name, {
    kind: 'conflict',
    approval: null,
    sentence: `${name.task}: ${sentence}`,
    again: 'try again, after you resolved it',
  });

type Parked = {
  readonly kind: 'approval' | 'conflict';
  readonly approval: string | null;
  readonly sentence: string;
  readonly again: string;
};

/** Parks the task until a person answered. */
async function ask(ports: AttemptPorts, name: AttemptName, { kind, approval, sentence, again }: Parked): Promise<void> {
  const session = ports.records.sessions.get(name.session);
  if (session === undefined || !isWrittenHere(ports, name.session)) return;
  await interrupt(ports, name, sentence);
  const options = [
    { key: 'retry', label: again, consequence: 'the task is tried again' },
    { key: 'cancel', label: 'leave it', consequence: 'it is cancelled, and what needs it never starts' },
  ];
  const asked = sentence.slice(0, 2_000).toWellFormed();
  const item = await openItem(ports, { kind, approval, ask: asked, options, recommendation: null, session });
  await act(ports, name, { do: 'ask', task: name.task, item: item.id });
}

export function find(
  ports: AttemptPorts,
  name: AttemptName,
): { readonly mission: Mission; readonly task: Task } | undefined {
  const mission = ports.records.missions.get(name.mission);
  const task = mission === undefined ? undefined : findTask(mission, name.task);
  return mission === undefined || task === undefined ? undefined : { mission, task };
}

/** INVARIANT: who lost the lease of the session has nothing to say of the attempt any more: whoever took it carries it on. */
export async function act(ports: AttemptPorts, name: AttemptName, command: MissionCommand): Promise<boolean> {
  if (!isWrittenHere(ports, name.session)) return false;
  return (
    await ports.records.missions.act(name.mission, (mission) => decide(mission, command), {
      ...itself,
      cause: name.session,
    })
  ).ok;
}
