/**
 * Checkpoints of a session: its files and where its conversation stands, taken at the boundaries of turns, before and after files are put back, and when somebody asks.
 *
 * Taking one never fails a turn: what could not be kept is recorded as not kept, with why. It starts nothing and asks nobody: it reads the place and writes where no work is.
 */

import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import { gitPlumbing } from '../workspace/git.ts';
import type { KeptPlace } from '../workspace/keep-files.ts';
import { checkpointRef, keepFiles, letGo } from '../workspace/keep-files.ts';
import { beganWithoutGit, movedPlace, worktreeOf } from './place.ts';
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
    const { gitDir } = worktree.repository;
    return { path: worktree.path, own, repository: { gitDir, ...(await whereItStands(worktree.gitDir)) } };
  }
  const isThere = (await stat(workspace.path).catch(() => null))?.isDirectory() === true;
  const path = isThere ? await realpath(workspace.path).catch(() => null) : null;
  if (path === null) {
    const moved = await movedPlace(session);
    const now =
      moved === null ? '' : `, and stands at \`${moved}\` now: \`writ unpause ${id} --here\` takes it as that`;
    return `\`${workspace.path}\` is not there any more${now}`;
  }
  const gitDir = join(path, '.git');
  // A `.git` file says of itself where its repository is; nothing is written where it points, or where there was none as the session began.
  const isCheckout = !beganWithoutGit(session) && (await lstat(gitDir).catch(() => null))?.isDirectory() === true;
  return { path, own, repository: isCheckout ? { gitDir, ...(await whereItStands(gitDir)) } : null };
}

async function whereItStands(
  gitDir: string,
): Promise<{ readonly branch: string | null; readonly head: string | null }> {
  const [text, commit] = await Promise.all([
    readFile(join(gitDir, 'HEAD'), 'utf8').catch(() => ''),
    gitPlumbing({ gitDir }, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']),
  ]);
  const branch = /^ref: refs\/heads\/(\S+)\s*$/.exec(text)?.[1] ?? null;
  return { branch, head: commit.code === 0 ? commit.stdout.trim() : null };
}

/** The files of `session` as they are now, by the name of their Git tree; `none` where it works in no folder. Rejects where Git or the disk refuses. */
export async function filesNow(ports: Pick<Ports, 'dir'>, session: Session): Promise<string> {
  const place = await keptPlace(ports, session);
  return typeof place === 'string' ? 'none' : (await keepFiles(place, checkpointRef(session.id, 'held'), null)).tree;
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
  const { files, without, branch, head } = await keep(ports, session, checkpoint);
  const recorded = await ports.records.sessions.record(
    id,
    [{ type: 'checkpoint.taken', data: { checkpoint, ...what, files, branch, head, without } }],
    by,
  );
  return recorded.ok
    ? (recorded.value.remembered.checkpoints.find((one) => one.checkpoint === checkpoint) ?? null)
    : null;
}

type Taken = {
  readonly files: KeptFiles;
  readonly without: readonly string[];
  readonly branch: string | null;
  readonly head: string | null;
};

const nothing = (because: string): Taken => ({
  files: { in: 'nothing', because },
  ...{ without: [], branch: null, head: null },
});

async function keep(ports: Ports, session: Session, checkpoint: string): Promise<Taken> {
  try {
    const place = await keptPlace(ports, session);
    if (typeof place === 'string') return nothing(place);
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
    const { branch = null, head = null } = place.repository ?? {};
    return { files: { in: where, commit, tree }, without: [...shadow, ...without], branch, head };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return nothing(because.slice(0, 500).toWellFormed());
  }
}

/** What a folder without Git loses. */
export const noGit =
  'no Git repository of its own here: files are kept by Writ alone, and there is no branch, no HEAD and no history to come back to';
