/**
 * One attempt at a task: its place, its turn, its commit, its evidence. Each step is asked for and written down before the next, so that whoever
 * finds the log after a crash knows which one it was.
 *
 * Done is what evidence says: commands that this harness runs, under the same mandate, on the tree it committed.
 */

import type { TurnEnd } from '../agent/driver.ts';
import { openItem } from '../attention/queue.ts';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { RunEnd } from '../runner/run.ts';
import { stepOf } from '../runner/run.ts';
import { startRun } from '../runner/start-run.ts';
import type { Continuation } from '../session/core/judge-resume.ts';
import { decide as decideSession } from '../session/decide.ts';
import type { Wake } from '../session/events.ts';
import { recordPlace, worktreeOf } from '../session/place.ts';
import { resume } from '../session/resume.ts';
import type { OpenRun } from '../session/session.ts';
import type { Turns } from '../session/turn.ts';
import { adoptTurn, resumePorts, runTurn } from '../session/turn.ts';
import { commitWorktree } from '../workspace/worktree.ts';
import { parseCommand } from './command-line.ts';
import { decide, interruptions } from './decide.ts';
import type { MissionCommand } from './decide.ts';
import type { Mission, Task } from './mission.ts';
import { findTask } from './mission.ts';
import { placeTask } from './place-task.ts';
import { taskPrompt } from './prompt.ts';

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

/** How far an attempt had come when somebody picks it up. */
export type Progress =
  | { readonly from: 'start'; readonly wake: Wake }
  | { readonly from: 'turn'; readonly adopt: OpenRun | null }
  | { readonly from: 'commit' }
  | { readonly from: 'evidence' };

/** Carries an attempt to its end, whatever that is. */
export async function runAttempt(ports: AttemptPorts, name: AttemptName, progress: Progress): Promise<void> {
  try {
    await carry(ports, name, progress);
  } catch (error) {
    if (ports.closing.aborted) return;
    // Git or the disk said no: the attempt failed, with what they said.
    await fail(ports, name, error instanceof Error ? error.message : String(error), { final: false });
  }
}

async function carry(ports: AttemptPorts, name: AttemptName, progress: Progress): Promise<void> {
  if (progress.from === 'start' || progress.from === 'turn') {
    const end =
      progress.from === 'start'
        ? await turnFromStart(ports, name, progress.wake)
        : await adopted(ports, name, progress.adopt);
    if (end === null || !(await survived(ports, name, end)) || !(await workOff(ports, name))) return;
  }
  const tree = progress.from === 'evidence' ? await treeOfClaim(ports, name) : await claim(ports, name);
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
  const text = taskPrompt(found.mission, found.task, previous);
  const admitted = await ports.records.sessions.act(
    name.session,
    (session) =>
      decideSession(session, {
        do: 'admit',
        input: ports.newId('i'),
        text,
        delivery: 'queue',
        wake,
        by: 'runtime',
        drives: true,
        runningTurn: null,
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

/** Input that people sent meanwhile, turn by turn. */
async function workOff(ports: AttemptPorts, name: AttemptName): Promise<boolean> {
  for (;;) {
    const next = ports.records.sessions.get(name.session)?.queue[0];
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
      await fail(ports, name, end.summary, { final: false });
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

/** A run was refused at `begin`: asked again, control says whether that is for now or for good. */
async function afterRefusal(
  ports: AttemptPorts,
  name: AttemptName,
  end: Extract<TurnEnd, { readonly ended: 'refused' }>,
): Promise<void> {
  const session = ports.records.sessions.get(name.session);
  if (session === undefined) return;
  if (end.hold) return stopped(ports, name, { go: 'pause', cause: 'approval', sentence: end.summary });
  const [program = '', ...rest] = session.argv;
  const continuation = await resume(
    resumePorts(ports),
    name.session,
    'queue',
    stepOf(session, [program, ...rest], session.workspace?.path ?? '/'),
  );
  if (continuation.go === 'continue') return fail(ports, name, end.summary, { final: false });
  return stopped(ports, name, continuation);
}

/** Control did not say yes: what that means for the task, and for the mission. */
async function stopped(
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
    case 'unreachable':
      await act(ports, name, { do: 'hold', cause: continuation.cause, reason: sentence });
      return;
    case 'approval':
      return ask(ports, name, 'approval', `${name.task} waits for a yes: ${sentence}`, 'ask control again');
    case 'place':
      return ask(
        ports,
        name,
        'conflict',
        `${name.task} does not find its place as it left it: ${sentence}`,
        'take the place as it is and go on',
      );
    case 'scope':
      await act(ports, name, { do: 'cancel', task, reason: sentence });
      return;
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

async function treeOfClaim(ports: AttemptPorts, name: AttemptName): Promise<string | null> {
  return (await keepWork(ports, name))?.tree ?? null;
}

/** Runs every `done:` command in the worktree, as a run under the mandate, and records what it showed. */
async function verify(ports: AttemptPorts, name: AttemptName, tree: string): Promise<void> {
  const found = find(ports, name);
  const session = ports.records.sessions.get(name.session);
  if (found === undefined || session?.workspace === null || session === undefined) return;
  const { task, attempt } = name;
  const cwd = session.workspace.path;
  for (const command of found.task.plan.done) {
    const { argv } = parseCommand(command);
    const continuation = await resume(resumePorts(ports), name.session, 'queue', stepOf(session, argv, cwd));
    if (continuation.go !== 'continue') return stopped(ports, name, continuation);
    const started = await startRun(ports, {
      session: name.session,
      turn: null,
      purpose: 'evidence',
      argv,
      cwd,
      env: {},
      stdin: '',
    });
    const end = started.ok ? await started.run.follow(() => undefined, { record: true }) : started.end;
    const exitCode = await evidenceOf(ports, name, end);
    if (exitCode === null) return;
    await act(ports, name, {
      do: 'record_evidence',
      task,
      attempt,
      command,
      exitCode,
      tree,
      run: started.ok ? started.run.id : '',
    });
    if (exitCode !== 0)
      return fail(ports, name, `\`${command}\` ended with exit code ${String(exitCode)}`, { final: false });
  }
  if (await act(ports, name, { do: 'verify', task, attempt, tree }))
    await ports.records.sessions.act(
      name.session,
      (now) => decideSession(now, { do: 'close', exitCode: 0, summary: 'its task is done' }),
      itself,
    );
}

/** The exit code an evidence run ended with; null where it ended without one, which is recorded. */
async function evidenceOf(ports: AttemptPorts, name: AttemptName, end: RunEnd): Promise<number | null> {
  switch (end.ended) {
    case 'exited':
      return end.exitCode;
    case 'killed':
    case 'lost':
      await interrupt(ports, name, end.why);
      return null;
    case 'unreachable':
      await stopped(ports, name, { go: 'pause', cause: 'unreachable', sentence: end.sentence });
      return null;
    case 'refused':
      await afterRefusal(ports, name, {
        ended: 'refused',
        hold: end.hold,
        code: end.code,
        summary: end.sentence,
        wayOut: end.wayOut,
      });
      return null;
  }
}

/** Ends the attempt without counting it. One interruption is tried again at once, a row of them ever more slowly. */
async function interrupt(ports: AttemptPorts, name: AttemptName, reason: string): Promise<void> {
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

async function fail(
  ports: AttemptPorts,
  name: AttemptName,
  reason: string,
  { final }: { readonly final: boolean },
): Promise<void> {
  const { task, attempt, session } = name;
  const found = find(ports, name);
  const failed = found?.task.attempts.filter((one) => one.outcome === 'failed').length ?? 0;
  const retryAt = ports.now() + ports.retryDelayMs * 2 ** Math.min(failed, 8);
  await act(ports, name, { do: 'fail_attempt', task, attempt, reason, retryAt, final });
  if (find(ports, name)?.task.standing.name !== 'failed') return;
  const owner = ports.records.sessions.get(session);
  if (owner === undefined) return;
  await openItem(ports, {
    kind: 'failure',
    ask: `${task} failed after ${String(attempt)} ${attempt === 1 ? 'attempt' : 'attempts'}: ${reason}`.slice(0, 2_000),
    options: [
      { key: 'retry', label: 'try it again', consequence: 'one more attempt, from where it stands' },
      { key: 'cancel', label: 'leave it', consequence: 'it is cancelled, and what needs it never starts' },
    ],
    recommendation: null,
    session: owner,
  });
}

const conflict = (ports: AttemptPorts, name: AttemptName, sentence: string): Promise<void> =>
  ask(ports, name, 'conflict', `${name.task}: ${sentence}`, 'try again, after you resolved it');

/** Parks the task until a person answered. */
async function ask(
  ports: AttemptPorts,
  name: AttemptName,
  kind: 'approval' | 'conflict',
  sentence: string,
  again: string,
): Promise<void> {
  const session = ports.records.sessions.get(name.session);
  if (session === undefined) return;
  await interrupt(ports, name, sentence);
  const options = [
    { key: 'retry', label: again, consequence: 'the task is tried again' },
    { key: 'cancel', label: 'leave it', consequence: 'it is cancelled, and what needs it never starts' },
  ];
  const item = await openItem(ports, { kind, ask: sentence.slice(0, 2_000), options, recommendation: null, session });
  await act(ports, name, { do: 'ask', task: name.task, item: item.id });
}

function find(ports: AttemptPorts, name: AttemptName): { readonly mission: Mission; readonly task: Task } | undefined {
  const mission = ports.records.missions.get(name.mission);
  const task = mission === undefined ? undefined : findTask(mission, name.task);
  return mission === undefined || task === undefined ? undefined : { mission, task };
}

async function act(ports: AttemptPorts, name: AttemptName, command: MissionCommand): Promise<boolean> {
  return (
    await ports.records.missions.act(name.mission, (mission) => decide(mission, command), {
      ...itself,
      cause: name.session,
    })
  ).ok;
}
