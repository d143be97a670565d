/**
 * Checkpoints of a session: its files and where its conversation stands, taken at the boundaries of turns, before and after files are put back, and when somebody asks.
 *
 * Taking one never fails a turn: what could not be kept is recorded as not kept, with why. It starts nothing and asks nobody: it reads the place and writes where no work is.
 */

import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import { git } from '../workspace/git.ts';
import type { KeptPlace } from '../workspace/keep-files.ts';
import { checkpointRef, keepFiles, letGo } from '../workspace/keep-files.ts';
import { worktreeOf } from './place.ts';
import type { Session } from './session.ts';
import type { Checkpoint, CheckpointWhy, KeptFiles } from './workspace-events.ts';
import { mostCheckpoints } from './workspace-events.ts';

/** The folder of `session` as its files are kept; a sentence where there is none. */
export async function keptPlace(ports: Pick<Ports, 'dir'>, session: Session): Promise<KeptPlace | string> {
  const { workspace, id } = session;
  if (workspace === null) return 'it works in no folder';
  const own = join(ports.dir, 'checkpoints', id);
  const worktree = await worktreeOf(session);
  if (worktree !== null) {
    const head = await headOf(worktree.gitDir);
    return { path: worktree.path, own, repository: { gitDir: worktree.repository.gitDir, head } };
  }
  const path = await realpath(workspace.path).catch(() => null);
  if (path === null || !(await stat(path)).isDirectory()) return `\`${workspace.path}\` is not there any more`;
  const gitDir = join(path, '.git');
  // A `.git` file says of itself where its repository is; nothing is written where it points.
  const isCheckout = (await lstat(gitDir).catch(() => null))?.isDirectory() === true;
  return { path, own, repository: isCheckout ? { gitDir, head: await headOf(gitDir) } : null };
}

async function headOf(gitDir: string): Promise<string | null> {
  const { code, stdout } = await git({ gitDir }, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  return code === 0 ? stdout.trim() : null;
}

async function branchOf(gitDir: string): Promise<string | null> {
  const { code, stdout } = await git({ gitDir }, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  return code === 0 ? stdout.trim() : null;
}

/** Takes one now. Null where there is no such session. */
export async function takeCheckpoint(
  ports: Ports,
  id: string,
  what: { readonly why: CheckpointWhy; readonly turn: string | null },
  by: By,
): Promise<Checkpoint | null> {
  const session = ports.records.sessions.get(id);
  if (session === undefined) return null;
  const checkpoint = ports.newId('c');
  const { files, without } = await keep(ports, session, checkpoint);
  const { branch, head } = await whereItStands(session);
  const recorded = await ports.records.sessions.record(
    id,
    [{ type: 'checkpoint.taken', data: { checkpoint, ...what, files, branch, head, without } }],
    by,
  );
  return recorded.ok
    ? (recorded.value.remembered.checkpoints.find((one) => one.checkpoint === checkpoint) ?? null)
    : null;
}

type Taken = { readonly files: KeptFiles; readonly without: readonly string[] };

async function keep(ports: Ports, session: Session, checkpoint: string): Promise<Taken> {
  try {
    const place = await keptPlace(ports, session);
    if (typeof place === 'string') return { files: { in: 'nothing', because: place }, without: [] };
    const { checkpoints } = session.remembered;
    const last = checkpoints.findLast(({ files }) => files.in !== 'nothing');
    const kept = await keepFiles(
      place,
      checkpointRef(session.id, checkpoint),
      last === undefined || last.files.in === 'nothing' ? null : { ...last.files, head: last.head },
    );
    const oldest = checkpoints.length >= mostCheckpoints ? checkpoints[0] : undefined;
    if (oldest !== undefined) await letGo(place, checkpointRef(session.id, oldest.checkpoint));
    const { in: where, commit, tree, without } = kept;
    const shadow = where === 'shadow' ? [noGit] : [];
    return { files: { in: where, commit, tree }, without: [...shadow, ...without] };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { files: { in: 'nothing', because: because.slice(0, 500).toWellFormed() }, without: [] };
  }
}

/** What a folder without Git loses. */
export const noGit =
  'no Git repository of its own here: files are kept by Writ alone, and there is no branch, no HEAD and no history to come back to';

async function whereItStands(
  session: Session,
): Promise<{ readonly branch: string | null; readonly head: string | null }> {
  const { workspace } = session;
  if (workspace === null) return { branch: null, head: null };
  const worktree = await worktreeOf(session).catch(() => null);
  const gitDir = worktree?.gitDir ?? join(workspace.path, '.git');
  if (worktree === null && (await lstat(gitDir).catch(() => null))?.isDirectory() !== true)
    return { branch: null, head: null };
  return { branch: await branchOf(gitDir), head: await headOf(gitDir) };
}
