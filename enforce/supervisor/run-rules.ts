/**
 * The rules of one run: stand-ins where a sandbox is, and the kept files of its worktree where that is Writ's own. One thing to look at while it
 * runs, and to end with it.
 */

import { mkdirSync, realpathSync, rm } from 'node:fs';
import { join, sep } from 'node:path';
import type { GitPlaces } from './git-places.ts';
import { keepRules } from './rule-keeper.ts';
import { readablePlaces } from './sandbox.ts';
import type { StandIns } from './stand-ins.ts';
import { makeStandIns } from './stand-ins.ts';
import { holdRules } from './worktree-rules.ts';

export interface RunRules {
  /** Null where none stand. */
  readonly standIns: StandIns | null;
  /** Whether the rules in its worktree are put back. */
  readonly kept: boolean;
  /** The resources that were written since the last look and are as they were again. */
  look(): readonly string[];
  /** The last look, when nothing of the run is left. */
  end(): readonly string[];
}

export type RunRulesPlan = {
  /** Whether a file system of its own is around it, in which copies stand. */
  readonly standsIn: boolean;
  /** A directory of the run's own. */
  readonly dir: string;
  readonly stateDir: string;
  readonly cwd: string;
  readonly writable: readonly string[];
  readonly git: GitPlaces | null;
  readonly project: string | null;
  readonly gitConfig: string;
};

/** Takes hold of them. Whoever calls this calls `end`, also when the run never starts. */
export function takeRules(plan: RunRulesPlan): RunRules {
  const { dir, git, project } = plan;
  const [stateDir, cwd] = [realpathSync(plan.stateDir), realpathSync(plan.cwd)];
  const writable = plan.writable.map((path) => realpathSync(path));
  // Also the place of one that may write nothing: what the sandbox made for it there would be taken away as the agent's.
  const mounted = [...writable, ...readablePlaces(cwd, writable, stateDir)];
  const made = plan.standsIn ? makeStandIns({ dir, stateDir, mounted, git, project, gitConfig: plan.gitConfig }) : null;
  const taken = join(dir, 'taken');
  if (made !== null) mkdirSync(taken);
  const keeper = made === null ? null : keepRules(made.kept, taken);
  const isOwn = git !== null && git.gitDir !== git.commonDir && cwd.startsWith(stateDir + sep);
  // Each step is by way of an open directory, which only Linux names.
  const held = isOwn && process.platform === 'linux' ? holdRules(stateDir, { worktree: cwd, project }) : null;
  return {
    standIns: made?.standIns ?? null,
    kept: held !== null,
    look: () => [...(keeper?.look() ?? []), ...(held?.look() ?? [])],
    end() {
      const found = [...(keeper?.settle() ?? []), ...(held?.release() ?? [])];
      // Nobody waits for it; what cannot be removed is only copies.
      rm(dir, { recursive: true, force: true }, () => undefined);
      return found;
    },
  };
}
