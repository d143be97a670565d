/**
 * Evidence that a task is done: the commands its author named, run by this harness in the worktree, each as a run under the mandate that is asked for
 * first. An agent's word is none.
 */

import { itself } from '../ports.ts';
import type { RunEnd } from '../runner/run.ts';
import { stepOf } from '../runner/run.ts';
import { startRun } from '../runner/start-run.ts';
import { decide as decideSession } from '../session/decide.ts';
import { isWrittenHere } from '../session/facts.ts';
import { resume } from '../session/resume.ts';
import { resumePorts } from '../session/turn.ts';
import type { AttemptName, AttemptPorts } from './attempt-outcome.ts';
import { act, afterRefusal, fail, find, interrupt, stopped } from './attempt-outcome.ts';
import { parseCommand } from './command-line.ts';

/** Runs every `done:` command in the worktree, as a run under the mandate, and records what it showed. */
export async function verify(ports: AttemptPorts, name: AttemptName, tree: string): Promise<void> {
  const found = find(ports, name);
  const session = ports.records.sessions.get(name.session);
  if (found === undefined || session?.workspace === null || session === undefined) return;
  const { task, attempt } = name;
  const cwd = session.workspace.path;
  for (const command of found.task.plan.done) {
    const { argv } = parseCommand(command);
    const continuation = await resume(resumePorts(ports), name.session, 'queue', stepOf(session, argv, cwd));
    if (continuation.go !== 'continue') return stopped(ports, name, continuation);
    if (!isWrittenHere(ports, name.session)) return;
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
    if (exitCode !== 0) return fail(ports, name, `\`${command}\` ended with exit code ${String(exitCode)}`);
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
