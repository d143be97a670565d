/** Whether the place a session works in is the one it recorded: directory, branch and HEAD, asked of Git now. It repairs nothing. */

import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { Repository } from '../workspace/repository.ts';
import { openRepository } from '../workspace/repository.ts';
import type { Facts, Place, Worktree } from '../workspace/worktree.ts';
import { lookAt, worktreeAt } from '../workspace/worktree.ts';
import type { PlaceCheck } from './core/judge-resume.ts';
import type { Session } from './session.ts';

/** The worktree of `session`; null where it has none, or it is gone. */
export async function worktreeOf(session: Session): Promise<Worktree | null> {
  const { workspace, repository } = session;
  if (workspace === null || repository === null || workspace.branch === null) return null;
  const opened = await openRepository(repository);
  return opened.ok ? worktreeAt(opened.value, workspace.path, workspace.branch) : null;
}

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
  if (session.repository !== null || !isCheckout) return null;
  const opened = await openRepository(workspace.path);
  return opened.ok ? { place: { gitDir, path: workspace.path }, repository: opened.value } : null;
}

/** Compares the place with what was recorded. */
export async function checkPlace(session: Session): Promise<PlaceCheck> {
  const { workspace } = session;
  if (workspace === null) return { as: 'unneeded' };
  if (session.repository === null || workspace.branch === null) {
    const there = await stat(workspace.path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    return there ? { as: 'recorded' } : { as: 'different', sentence: `\`${workspace.path}\` is not there any more` };
  }
  const worktree = await worktreeOf(session);
  if (worktree === null)
    return { as: 'different', sentence: `the worktree \`${workspace.path}\` is not there any more` };
  return compare(workspace, await lookAt(worktree));
}

function compare(recorded: NonNullable<Session['workspace']>, now: Facts): PlaceCheck {
  if (now.branch !== recorded.branch)
    return {
      as: 'different',
      sentence: `\`${recorded.path}\` was on \`${recorded.branch ?? 'no branch'}\` and is on \`${now.branch ?? 'no branch'}\``,
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
  const session = ports.records.sessions.get(id);
  const worktree = session === undefined ? null : await worktreeOf(session);
  if (session === undefined || session.workspace === null || worktree === null) return;
  const { branch, head } = await lookAt(worktree);
  if (branch === session.workspace.branch && head === session.workspace.head) return;
  await ports.records.sessions.record(
    id,
    [{ type: 'place.changed', data: { workspace: { path: session.workspace.path, branch, head } } }],
    itself,
  );
}
