/**
 * Whether the place a session works in is the one it recorded: directory, branch and HEAD, asked of Git now. It repairs nothing.
 *
 * It refuses to read a repository that came into being where a session began without one: whoever works there wrote its configuration, which can name programs, and none of them is to run outside their sandbox.
 */

import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Repository } from '../workspace/repository.ts';
import { openRepository } from '../workspace/repository.ts';
import type { Facts, Place, Worktree } from '../workspace/worktree.ts';
import { lookAt, movedTo, worktreeAt } from '../workspace/worktree.ts';
import type { PlaceCheck } from './core/judge-resume.ts';
import type { Session } from './session.ts';

/** The worktree of `session`; null where it has none, or it is gone. */
export async function worktreeOf(session: Session): Promise<Worktree | null> {
  const { workspace, repository } = session;
  if (workspace === null || repository === null || workspace.branch === null) return null;
  const opened = await openRepository(repository);
  return opened.ok ? worktreeAt(opened.value, workspace.path, workspace.branch) : null;
}

/** Whether the folder was no checkout of Git as the session began there. */
export const beganWithoutGit = ({ workspace, repository }: Session): boolean =>
  repository === null && (workspace === null || (workspace.branch === null && workspace.head === null));

/** The place of `session` as Git has it: its own worktree, or the checkout a person named. Null where Git knows nothing of it. */
export async function gitPlaceOf(
  session: Session,
): Promise<{ readonly place: Place; readonly repository: Repository } | null> {
  const { workspace } = session;
  if (workspace === null) return null;
  const worktree = await worktreeOf(session);
  if (worktree !== null) return { place: worktree, repository: worktree.repository };
  const gitDir = join(workspace.path, '.git');
  const isCheckout = await lstat(gitDir).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (session.repository !== null || !isCheckout || beganWithoutGit(session)) return null;
  const opened = await openRepository(workspace.path);
  return opened.ok ? { place: { gitDir, path: workspace.path }, repository: opened.value } : null;
}

/**
 * Compares the place with what was recorded. Where a launcher runs the session at a terminal, branch and HEAD are its person's to change at any time, and only the folder is looked for.
 */
export async function checkPlace(session: Session): Promise<PlaceCheck> {
  const { workspace } = session;
  if (workspace === null) return { as: 'unneeded' };
  const there = await stat(workspace.path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const gone = { as: 'different', sentence: `\`${workspace.path}\` is not there any more` } as const;
  const isGits = workspace.branch !== null || workspace.head !== null;
  if (session.driver === 'attended' || !isGits) return there ? { as: 'recorded' } : gone;
  const found = await gitPlaceOf(session);
  if (found !== null) {
    const facts = await lookAt(found.place).catch((error: unknown) => whyNot(error));
    return typeof facts === 'string'
      ? { as: 'different', sentence: `Git cannot read \`${workspace.path}\`: ${facts}` }
      : compare(workspace, facts);
  }
  const moved = await movedPlace(session);
  if (moved !== null)
    return { as: 'different', sentence: `the worktree \`${workspace.path}\` stands at \`${moved}\` now` };
  if (!there) return gone;
  const what = session.repository === null ? 'the Git repository in' : 'the worktree';
  return { as: 'different', sentence: `${what} \`${workspace.path}\` is not there any more` };
}

/** What Git said of a repository that is not whole, or that somebody broke. */
const whyNot = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 300).toWellFormed();

/** Where the worktree of a session stands now; null where it was not moved by Git. */
export async function movedPlace({ repository, workspace }: Session): Promise<string | null> {
  if (repository === null || workspace === null) return null;
  const opened = await openRepository(repository);
  const now = opened.ok ? await movedTo(opened.value, workspace.path) : null;
  return now === workspace.path ? null : now;
}

function compare(recorded: NonNullable<Session['workspace']>, now: Facts): PlaceCheck {
  if (now.branch !== recorded.branch)
    return {
      as: 'different',
      sentence: `\`${recorded.path}\` was on \`${recorded.branch ?? 'no branch'}\` at ${short(recorded.head)} and is on \`${now.branch ?? 'no branch'}\` at ${short(now.head)}`,
    };
  if (recorded.head !== null && now.head !== recorded.head)
    return {
      as: 'different',
      sentence: `\`${recorded.branch ?? ''}\` was at ${short(recorded.head)} and is at ${short(now.head)}`,
    };
  return { as: 'recorded' };
}

const short = (commit: string | null): string => commit?.slice(0, 10) ?? 'no commit';

/** Takes the place as it is now for the session's: after a run of ours ended there, or because a person said so. */
export async function recordPlace(ports: Ports, id: string): Promise<void> {
  const before = ports.records.sessions.get(id);
  if (before === undefined || before.workspace === null) return;
  const moved = (await gitPlaceOf(before)) === null ? await movedPlace(before) : null;
  const session = moved === null ? before : { ...before, workspace: { ...before.workspace, path: moved } };
  const found = await gitPlaceOf(session);
  if (found === null) return;
  const { path } = session.workspace ?? before.workspace;
  // What Git cannot read is as it was recorded; whoever goes on there is told.
  const facts = await lookAt(found.place).catch(() => null);
  if (facts === null) return;
  const { branch, head } = facts;
  if (moved === null && branch === before.workspace.branch && head === before.workspace.head) return;
  await ports.records.sessions.record(
    id,
    [{ type: 'place.changed', data: { workspace: { path, branch, head } } }],
    itself,
  );
}
