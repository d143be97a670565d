/**
 * Where you were: facts about a session, each with how it was found out and whether it still holds. Built without a model, from what the digest of its log points at and from Git asked now; it
 * changes nothing, and reads as much of a long log as of a short one.
 */

import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import { git } from '../workspace/git.ts';
import { lookAt } from '../workspace/worktree.ts';
import { agentFacts } from './orientation/agent-facts.ts';
import { decisionFacts } from './orientation/decision-facts.ts';
import type { Fact, Visit } from './orientation/fact.ts';
import { goneMethod } from './orientation/fact.ts';
import { happened } from './orientation/happened.ts';
import { seenFacts } from './orientation/seen-facts.ts';
import { beganWithoutGit, gitPlaceOf, movedPlace } from './place.ts';
import type { Session } from './session.ts';
import { isAtTerminal } from './session.ts';

/** The facts of a session for who comes back to it. */
export async function orient(ports: Ports, visit: Visit): Promise<readonly Fact[]> {
  const { session, now } = visit;
  const { clues, tried, changed, lastTurn } = await happened(ports, visit);
  return [
    ...clues,
    ...(await placeFacts(session, now)),
    ...workFacts(session),
    ...lastTurn,
    ...tried,
    ...changed,
    ...(await decisionFacts(ports, visit)),
    ...(await agentFacts(ports, visit)),
    ...(await seenFacts(ports, visit)),
  ];
}

const looked = (what: string, value: string, isSame: boolean, at: string, method: string): Fact => ({
  about: 'where',
  what,
  value,
  standing: isSame ? 'verified now' : 'changed',
  observedAt: at,
  method,
  event: null,
  by: null,
});

async function placeFacts(session: Session, now: string): Promise<readonly Fact[]> {
  const { workspace } = session;
  if (workspace === null) return [{ ...logged('place', 'it has none', session), about: 'where', standing: 'unknown' }];
  const there = await stat(workspace.path).then(
    () => true,
    () => false,
  );
  const directory = there ? looked('directory', workspace.path, true, now, 'looked') : await awayFact(session, now);
  const found = await gitPlaceOf(session);
  const seen = found === null ? null : await lookAt(found.place).catch(() => null); // a repository that is not whole
  if (found === null || seen === null) return [directory, ...(await appeared(session, now)), ...recorded(session)];
  const compare = (what: string, before: string | null, after: string | null): Fact => {
    const isSame = before === null || before === after;
    const value = isSame ? (after ?? 'none') : `${before} when it was last recorded, ${after ?? 'none'} now`;
    return looked(what, value, isSame, now, 'git');
  };
  const dirty =
    seen.dirty.length === 0
      ? 'none'
      : seen.dirty.slice(0, 8).join(', ') + (seen.dirty.length > 8 ? ` and ${String(seen.dirty.length - 8)} more` : '');
  const moved = workspace.head !== null && seen.head !== null && workspace.head !== seen.head;
  return [
    directory,
    compare('branch', workspace.branch, seen.branch),
    compare('HEAD', short(workspace.head), short(seen.head)),
    ...(moved ? await commitsSince(found.place.gitDir, workspace.head, now) : []),
    looked('uncommitted files', dirty, true, now, 'git'),
  ];
}

const short = (commit: string | null): string | null => commit?.slice(0, 10) ?? null;
const mostCommits = 6;

/** Who committed what since the session was there, as Git has it. */
async function commitsSince(gitDir: string, since: string, now: string): Promise<readonly Fact[]> {
  const format = ['--no-show-signature', '--format=%h%x09%an%x09%s', '-n', String(mostCommits)];
  const { code, stdout } = await git({ gitDir }, ['log', ...format, '--end-of-options', `${since}..HEAD`]);
  const lines = code === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
  return lines.map((line) => {
    const [commit = '', author = '', subject = ''] = line.split('\t');
    const fact = looked('commit', `${commit} ${subject}`.slice(0, 200).toWellFormed(), false, now, 'git');
    return { ...fact, about: 'changed' as const, by: author };
  });
}

/** Where its place is, if it is not where it was. */
async function awayFact(session: Session, now: string): Promise<Fact> {
  const path = session.workspace?.path ?? '';
  const stands = await movedPlace(session);
  return stands === null
    ? looked('directory', `${path}; it is not there any more`, false, now, goneMethod)
    : looked('directory', `${path}; it stands at ${stands} now`, false, now, 'git');
}

/** A repository where there was none as the session began. It is named and not read. */
async function appeared(session: Session, now: string): Promise<readonly Fact[]> {
  const { workspace } = session;
  if (workspace === null || !beganWithoutGit(session)) return [];
  const isThere = (await lstat(join(workspace.path, '.git')).catch(() => null)) !== null;
  const value = 'one came into being here since the session began; a new session reads it';
  return isThere ? [looked('Git repository', value, false, now, 'looked')] : [];
}

/** What Git cannot be asked about now, as the log has it. */
function recorded(session: Session): readonly Fact[] {
  const { workspace } = session;
  if (workspace === null || workspace.branch === null) return [];
  const method = 'the log; Git does not know the place now';
  const unknown = (what: string, value: string): Fact => ({
    ...logged(what, value, session),
    about: 'where',
    standing: 'unknown',
    method,
  });
  return [
    unknown('branch', workspace.branch),
    ...(workspace.head === null ? [] : [unknown('HEAD', workspace.head.slice(0, 10))]),
  ];
}

/** What the fold of the whole log says, so that the newest event is its evidence. */
const logged = (what: string, value: string, { updatedAt, version }: Session): Fact => ({
  about: 'happening',
  what,
  value,
  standing: 'verified now',
  observedAt: updatedAt,
  method: 'the log',
  event: version,
  by: null,
});

/** What is under way in it, as its log folds. */
export function workFacts(session: Session): readonly Fact[] {
  const { activity, queue, runs, children } = session;
  const fact = (what: string, value: string): Fact => logged(what, value, session);
  const open = children.filter((child) => !child.ended).map((child) => child.session);
  return [
    isAtTerminal(session)
      ? {
          ...fact('what was happening', 'its program runs at a terminal, unless its launcher ended without a word'),
          standing: 'unknown' as const,
        }
      : fact(
          'what was happening',
          activity.name === 'turn'
            ? `turn ${activity.turn}${activity.input === null ? '' : `: ${(activity.input.text.split('\n')[0] ?? '').slice(0, 200).toWellFormed()}`}`
            : 'nothing runs',
        ),
    ...(queue.length === 0
      ? []
      : [
          fact(
            'waiting input',
            `${String(queue.length)}, the first: ${(queue[0]?.text ?? '').slice(0, 200).toWellFormed()}`,
          ),
        ]),
    ...(runs.length === 0 ? [] : [fact('runs', runs.map((run) => `${run.id} (${run.purpose})`).join(', '))]),
    ...(open.length === 0 ? [] : [fact('sub-agents', open.join(', '))]),
  ];
}
