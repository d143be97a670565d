/** The place of a task: a worktree on its own branch, from a base that holds the work of everything it is after. */

import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { integrate, openRepository } from '../workspace/repository.ts';
import { addWorktree, lookAt, worktreePath } from '../workspace/worktree.ts';
import type { Mission, Task } from './mission.ts';
import { findTask } from './mission.ts';

export type Placed = { readonly ok: true } | { readonly ok: false; readonly sentence: string };

/** A directory of branches to itself: a sandbox gives a task write access to whole directories, and its siblings' branches lie in others. */
export const branchOfTask = (mission: Mission, task: string): string =>
  `${mission.branchPrefix}/${mission.id}/${task}/work`;

/** Makes the worktree, or finds it as a former attempt left it, and records it as the session's place. */
export async function placeTask(ports: Ports, mission: Mission, task: Task, session: string): Promise<Placed> {
  const repository = await openRepository(mission.repository);
  if (!repository.ok) return { ok: false, sentence: repository.refusal.sentence };
  const parents = task.plan.after
    .map((id) => findTask(mission, id)?.commit ?? null)
    .filter((commit) => commit !== null);
  const bases = parents.length > 0 ? parents : mission.base === null ? [] : [mission.base];
  if (bases.length === 0) return { ok: false, sentence: 'there is no commit to start from' };
  const base = await integrate(
    repository.value,
    bases,
    `${task.plan.id}: bring together ${task.plan.after.join(', ')}\n`,
  );
  if (!base.ok)
    return {
      ok: false,
      sentence: `what it needs does not fit together: ${task.plan.after.join(' and ')} both change ${base.paths.join(', ')}`,
    };
  const branch = branchOfTask(mission, task.plan.id);
  const worktree = await addWorktree(
    repository.value,
    worktreePath(join(ports.dir, 'worktrees'), mission.id, task.plan.id),
    branch,
    base.commit,
  );
  // A place that was recorded before is compared by `resume`, not replaced here.
  const recorded = ports.records.sessions.get(session)?.workspace;
  if (recorded?.path === worktree.path) return { ok: true };
  const { head } = await lookAt(worktree);
  await ports.records.sessions.record(
    session,
    [{ type: 'place.changed', data: { workspace: { path: worktree.path, branch, head } } }],
    itself,
  );
  return { ok: true };
}
