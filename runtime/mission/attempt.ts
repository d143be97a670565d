/**
 * One attempt at a task: its place, its turn, its commit, its evidence. Each step is asked for and written down before the next, so that whoever
 * finds the log after a crash knows which one it was.
 *
 * Done is what evidence says: commands that this harness runs, under the same mandate, on the tree it committed.
 */

import type { TurnEnd } from '../agent/driver.ts';
import { decisionsFor } from '../attention/decisions.ts';
import { itself } from '../ports.ts';
import { decide as decideSession } from '../session/decide.ts';
import type { Wake } from '../session/events.ts';
import { isWrittenHere } from '../session/facts.ts';
import { endAtFault } from '../session/fault.ts';
import { holdLease } from '../session/hold-lease.ts';
import { recordPlace, worktreeOf } from '../session/place.ts';
import type { OpenRun } from '../session/session.ts';
import { childrenEnded } from '../session/spawn.ts';
import { adoptTurn, runTurn } from '../session/turn.ts';
import { conventionsIn } from '../workspace/conventions.ts';
import { commitWorktree } from '../workspace/worktree.ts';
import type { AttemptName, AttemptPorts } from './attempt-outcome.ts';
import { act, afterRefusal, conflict, fail, find, interrupt, stopped } from './attempt-outcome.ts';
import { verify } from './evidence.ts';
import { placeTask } from './place-task.ts';
import type { TaskContext } from './prompt.ts';
import { taskPrompt } from './prompt.ts';
import { seenLines } from '../session/read-facts.ts';

/** How far an attempt had come when somebody picks it up. */
export type Progress =
  | { readonly from: 'start'; readonly wake: Wake }
  | { readonly from: 'turn'; readonly adopt: OpenRun | null }
  | { readonly from: 'commit' }
  | { readonly from: 'evidence' };

/** Carries an attempt to its end, whatever that is. */
export async function runAttempt(ports: AttemptPorts, name: AttemptName, progress: Progress): Promise<void> {
  try {
    // Whoever claimed it, or takes it up after a start, writes its session from here on.
    await holdLease(ports, name.session);
    await carry(ports, name, progress);
  } catch (error) {
    if (ports.closing.aborted) return;
    // Git or the disk said no: the attempt failed, with what they said, and the next one finds no turn of it. What the store does not take is said by the next line too.
    await endAtFault(ports, name.session, error).catch(() => undefined);
    await fail(ports, name, error instanceof Error ? error.message : String(error));
  }
}

async function carry(ports: AttemptPorts, name: AttemptName, progress: Progress): Promise<void> {
  if (progress.from === 'start' || progress.from === 'turn') {
    const end =
      progress.from === 'start'
        ? await turnFromStart(ports, name, progress.wake)
        : await adopted(ports, name, progress.adopt);
    if (end === null || !(await survived(ports, name, end)) || !(await workOff(ports, name))) return;
    // INVARIANT: a task is not done while a sub-agent of it works on (openai/codex#36141).
    await childrenEnded(ports, name.session);
  }
  // Also where evidence was being gathered before a restart: what it left behind is claimed with it, or it would be evidence of something else.
  const tree = await claim(ports, name);
  if (tree !== null) await verify(ports, name, tree);
}

async function turnFromStart(ports: AttemptPorts, name: AttemptName, wake: Wake): Promise<TurnEnd | null> {
  const found = find(ports, name);
  if (found === undefined) return null;
  const placed = await placeTask(ports, found.mission, found.task, name.session);
  if (!placed.ok) {
    await conflict(ports, name, placed.sentence);
    return null;
  }
  const previous = found.task.attempts.findLast((attempt) => attempt.outcome === 'failed')?.reason ?? '';
  const text = taskPrompt(found.mission, found.task, {
    feedback: previous,
    seen: await seenLines(ports, name.session),
    ...(await projectContext(ports, name.session)),
  });
  const admitted = await ports.records.sessions.act(
    name.session,
    (session) =>
      // What was admitted for an attempt that could not start still waits, and is worked off once.
      session.queue.some((input) => input.by === 'runtime')
        ? { ok: true, events: [] }
        : decideSession(session, {
            do: 'admit',
            input: ports.newId('i'),
            text,
            delivery: 'queue',
            wake,
            by: 'runtime',
            drives: true,
            agent: null,
            person: null,
            expectedTurn: undefined,
            request: null,
          }),
    itself,
  );
  if (!admitted.ok) {
    await stopped(ports, name, { go: 'inert', sentence: admitted.refusal.sentence });
    return null;
  }
  const turned = await runTurn(ports, ports.turns, name.session, wake);
  switch (turned.turned) {
    case 'ended':
      return turned.end;
    case 'not_started':
      await stopped(ports, name, turned.continuation);
      return null;
    case 'busy':
      await interrupt(ports, name, turned.sentence);
      return null;
  }
}

/** What its project says beside the task. What cannot be read is left out. */
async function projectContext(
  ports: AttemptPorts,
  id: string,
): Promise<Pick<TaskContext, 'decisions' | 'conventions'>> {
  const session = ports.records.sessions.get(id);
  const worktree = session === undefined ? null : await worktreeOf(session);
  return {
    decisions: session === undefined ? [] : await decisionsFor(ports, session),
    conventions: worktree === null ? [] : await conventionsIn(worktree.repository, worktree.branch),
  };
}

/** Input that people sent meanwhile, turn by turn. */
async function workOff(ports: AttemptPorts, name: AttemptName): Promise<boolean> {
  for (;;) {
    const next = ports.records.sessions.get(name.session)?.queue[0];
    if (!isWrittenHere(ports, name.session)) return false;
    if (next === undefined) return true;
    const turned = await runTurn(ports, ports.turns, name.session, next.wake);
    if (turned.turned === 'not_started') await stopped(ports, name, turned.continuation);
    if (turned.turned !== 'ended' || !(await survived(ports, name, turned.end))) return false;
  }
}

async function adopted(ports: AttemptPorts, name: AttemptName, adopt: OpenRun | null): Promise<TurnEnd | null> {
  const session = ports.records.sessions.get(name.session);
  return session === undefined ? null : adoptTurn(ports, ports.turns, session, adopt);
}

/** Whether the attempt goes on after a turn that ended like this; records what became of it otherwise. */
async function survived(ports: AttemptPorts, name: AttemptName, end: TurnEnd): Promise<boolean> {
  switch (end.ended) {
    case 'done':
      return true;
    case 'failed':
      await keepWork(ports, name);
      await fail(ports, name, end.summary);
      return false;
    case 'interrupted':
      await recordPlace(ports, name.session);
      await interrupt(ports, name, end.summary);
      return false;
    case 'unreachable':
      await stopped(ports, name, { go: 'pause', cause: 'unreachable', sentence: end.summary });
      return false;
    case 'refused':
      await afterRefusal(ports, name, end);
      return false;
  }
}

/** Commits what the turn left. Returns its tree. */
async function claim(ports: AttemptPorts, name: AttemptName): Promise<string | null> {
  const kept = await keepWork(ports, name);
  if (kept === null) throw new Error('its worktree is not there any more');
  const { task, attempt } = name;
  const claimed = await act(ports, name, { do: 'claim_done', task, attempt, commit: kept.commit, tree: kept.tree });
  return claimed ? kept.tree : null;
}

/** Commits the worktree, finished or not: what was done is never lost. */
async function keepWork(
  ports: AttemptPorts,
  name: AttemptName,
): Promise<{ readonly commit: string; readonly tree: string } | null> {
  const session = ports.records.sessions.get(name.session);
  const found = find(ports, name);
  const worktree = session === undefined ? null : await worktreeOf(session);
  if (worktree === null || found === undefined) return null;
  const message = `${name.task}: ${found.task.plan.title}\n\nMission ${name.mission}, attempt ${String(name.attempt)}, session ${name.session}\n`;
  const { commit, tree } = await commitWorktree(worktree, message);
  await ports.records.sessions.record(
    name.session,
    [{ type: 'checkpoint.recorded', data: { commit, tree, branch: worktree.branch } }],
    itself,
  );
  return { commit, tree };
}
