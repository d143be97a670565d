/**
 * After a start: what was going on, and what becomes of it. The list of open operations comes from control, the list of processes from the enforcer;
 * the journal says what they were for. What is alive and current is followed to its end, everything else goes through `resume`.
 *
 * It refuses to start anything for having been running before.
 */

import { everyPage } from '@writ/enforce/client';
import { controlApi, enforcerApi } from '@writ/protocol';
import type { Dispatcher } from './mission/dispatch.ts';
import { decide as decideMission } from './mission/decide.ts';
import type { Mission, Task } from './mission/mission.ts';
import type { Ports } from './ports.ts';
import { itself } from './ports.ts';
import { LiveRun, operationCredential, settle } from './runner/live-run.ts';
import { keepFault } from './session/fault.ts';
import { waitForYes } from './session/held-call.ts';
import { holdLease } from './session/hold-lease.ts';
import { recordPlace } from './session/place.ts';
import { resume } from './session/resume.ts';
import { sweepServices } from './session/services.ts';
import { endChild } from './session/spawn.ts';
import type { OpenRun, Session } from './session/session.ts';
import { isOver, isWrittenElsewhere } from './session/session.ts';
import { canAdopt, dropTurn, nextStep, resumePorts } from './session/turn.ts';

type Known = { readonly id: string; readonly session: string; readonly operation: string; readonly state: string };
type Alive = { readonly runs: ReadonlyMap<string, Known>; readonly isComplete: boolean };

/** Puts everything on record back to work, to rest, or to its end. `carryOnSession` follows a standalone session's turn. */
export async function recover(
  ports: Ports,
  dispatcher: Dispatcher,
  carryOnSession: (session: Session, adopt: OpenRun | null) => void,
): Promise<void> {
  const alive = await listRuns(ports);
  for (const session of ports.records.sessions.all()) {
    if (
      session.runs.length === 0 &&
      session.activity.name === 'idle' &&
      (isOver(session) || session.driver === 'attended')
    )
      continue;
    if (isWrittenElsewhere(session, ports.machine)) {
      await giveUpRuns(ports, session.id, alive);
      continue;
    }
    // What the process before this one left is this one's to write down.
    if (session.runs.length > 0 || session.activity.name === 'turn') await holdLease(ports, session.id);
    try {
      await recoverSession(ports, dispatcher, alive, session, carryOnSession);
    } catch (error) {
      // One that cannot be put to work keeps no other from it.
      await keepFault(ports, session.id, error);
      const owner = taskOf(ports, session);
      if (owner !== null) await interrupted(ports, owner, 'what became of it could not be found out');
    }
  }
  await settleLeftovers(ports);
  await sweepServices(ports);
}

/** What still ran here of a session that another machine took while this one was away is ended, and what it said and did kept beside. */
async function giveUpRuns(ports: Ports, id: string, alive: Alive): Promise<void> {
  for (const run of alive.runs.values()) {
    if (run.session !== id || (await ports.credentials.get(operationCredential(run.operation))) === null) continue;
    const events = await ports.records.journal.read(ports.records.sessions.streamOf(id));
    const said = events.findLast(({ type, data }) => type === 'output.recorded' && isOf(run.id, data));
    const next = said === undefined ? 0 : nextOf(said.data);
    await new LiveRun(ports, id, { id: run.id, operation: run.operation, outputNext: next }).giveUp();
  }
}

const isOf = (run: string, data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'run' in data && data.run === run;
const nextOf = (data: unknown): number =>
  typeof data === 'object' && data !== null && 'next' in data && typeof data.next === 'number' ? data.next : 0;

async function listRuns(ports: Ports): Promise<Alive> {
  const listed = await ports.enforcer.call(enforcerApi.listRuns);
  return { runs: new Map(listed.ok ? listed.value.items.map((run) => [run.id, run]) : []), isComplete: listed.ok };
}

async function recoverSession(
  ports: Ports,
  dispatcher: Dispatcher,
  alive: Alive,
  before: Session,
  carryOnSession: (session: Session, adopt: OpenRun | null) => void,
): Promise<void> {
  const kept: OpenRun[] = [];
  for (const run of before.runs) {
    // Evidence is gathered anew rather than half by one process and half by another.
    if (alive.runs.has(run.id) && run.purpose === 'work' && canAdopt(ports, before)) kept.push(run);
    else await lose(ports, before, run, alive);
  }
  const continuation =
    before.mandate === null && before.driver !== 'attended'
      ? null
      : await resume(resumePorts(ports), before.id, 'restart', nextStep(before));
  if (continuation?.go === 'inert' && continuation.isAccepted !== true)
    for (const run of kept) await new LiveRun(ports, before.id, run).kill(continuation.sentence);
  const session = ports.records.sessions.get(before.id);
  if (session === undefined) return;
  const adopt = kept[0] ?? null;
  const canFollow =
    session.activity.name === 'turn' && (adopt !== null || (session.driver === 'person' && !isOver(session)));
  if (session.activity.name === 'turn' && !canFollow) {
    await dropTurn(ports, session, 'the runtime ended while it was running');
    if (!isOver(session)) {
      await recordPlace(ports, session.id);
      await waitForYes(ports, session);
    }
  }
  const owner = taskOf(ports, session);
  if (owner === null) {
    if (canFollow) carryOnSession(session, adopt);
    else if (session.parent !== null && session.state.name !== 'closed') await endOrphan(ports, session);
    return;
  }
  await recoverAttempt(ports, dispatcher, { session, ...owner, adopt, canFollow });
}

/** A sub-agent whose work stopped with the process that started it: whoever asked for it asks again. */
async function endOrphan(ports: Ports, session: Session): Promise<void> {
  const summary = 'the runtime ended while it was at work';
  await endChild(ports, session, { turned: 'ended', end: { ended: 'interrupted', summary } });
}

type Owned = {
  readonly session: Session;
  readonly mission: Mission;
  readonly task: Task;
  readonly adopt: OpenRun | null;
  readonly canFollow: boolean;
};

async function recoverAttempt(
  ports: Ports,
  dispatcher: Dispatcher,
  { session, mission, task, adopt, canFollow }: Owned,
): Promise<void> {
  const attempt = task.attempts.at(-1);
  if (attempt === undefined) return;
  const name = { mission: mission.id, task: task.plan.id, attempt: attempt.number, session: session.id };
  if (canFollow) return dispatcher.carryOn(name, { from: 'turn', adopt });
  if (task.standing.name === 'claimed' && !isOver(session)) return dispatcher.carryOn(name, { from: 'evidence' });
  if (task.standing.name === 'running' && !isOver(session) && session.lastTurn?.outcome === 'done')
    return dispatcher.carryOn(name, { from: 'commit' });
  await interrupted(ports, { mission, task }, 'the runtime ended while it was at work');
}

/** The newest attempt at a task is over, and does not count. */
async function interrupted(
  ports: Ports,
  { mission, task }: Pick<Owned, 'mission' | 'task'>,
  reason: string,
): Promise<void> {
  const attempt = task.attempts.at(-1);
  if (attempt === undefined || (task.standing.name !== 'running' && task.standing.name !== 'claimed')) return;
  await ports.records.missions.act(
    mission.id,
    (state) =>
      decideMission(state, {
        do: 'interrupt_attempt',
        task: task.plan.id,
        attempt: attempt.number,
        reason,
        retryAt: ports.now(),
      }),
    itself,
  );
}

/** The task whose newest attempt works in `session`. A sub-agent's session has none. */
function taskOf(ports: Ports, session: Session): { readonly mission: Mission; readonly task: Task } | null {
  if (session.mission === null || session.parent !== null) return null;
  const mission = ports.records.missions.get(session.mission);
  const task = mission?.tasks.find((one) => one.session === session.id);
  return mission === undefined || task === undefined ? null : { mission, task };
}

async function lose(ports: Ports, session: Session, run: OpenRun, alive: Alive): Promise<void> {
  const live = new LiveRun(ports, session.id, run);
  const isKnown = alive.runs.has(run.id);
  // INVARIANT: also one the enforcer does not know: what asked for it may still be on its way there, and the session's next run comes after it.
  if (isKnown || alive.isComplete) await live.kill('the runtime that started it is gone');
  // What speaks a protocol printed nothing for a person.
  if (isKnown && canAdopt(ports, session)) await live.collect();
  const why = isKnown
    ? 'ended, because nobody could follow it any more'
    : alive.isComplete
      ? 'the enforcer does not know it'
      : 'the enforcer could not be asked';
  await live.end({ ended: isKnown ? 'killed' : 'lost', exitCode: null, why }, isKnown ? 'interrupted' : 'unknown');
}

/** Tells control how operations ended whose end it never heard. */
export async function settleLeftovers(ports: Ports): Promise<void> {
  const open = await everyPage((query) =>
    ports.control.call(controlApi.listOperations, { query: { ...query, open: true } }),
  );
  if (!open.ok) return;
  for (const operation of open.value) {
    if (operation.session === null || (await ports.credentials.get(operationCredential(operation.id))) === null)
      continue;
    const session = ports.records.sessions.get(operation.session);
    if (session === undefined || session.runs.some((run) => run.operation === operation.id)) continue;
    await settle(
      ports,
      { run: operation.id, operation: operation.id },
      await outcomeOf(ports, session, operation.id),
      'as the session’s log has it',
    );
  }
}

async function outcomeOf(
  ports: Ports,
  session: Session,
  operation: string,
): Promise<'done' | 'failed' | 'interrupted' | 'unknown'> {
  const events = await ports.records.journal.read(ports.records.sessions.streamOf(session.id));
  const ended = events.findLast((event) => event.type === 'run.ended' && event.cause === operation)?.data;
  if (typeof ended !== 'object' || ended === null || !('ended' in ended)) return 'unknown';
  switch (ended.ended) {
    case 'exited':
      return ended['exitCode'] === 0 ? 'done' : 'failed';
    case 'killed':
      return 'interrupted';
    case 'not_started':
      return 'failed';
    default:
      return 'unknown';
  }
}
