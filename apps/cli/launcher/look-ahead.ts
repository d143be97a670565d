/**
 * What a start asks this machine before anything else: where its repository is, and whether a sandbox works. Both are programs of their own, so that they run while the launcher is
 * loaded: nothing that it needs is imported here.
 */

import type { SandboxProbe } from '@writ/enforce/probe';
import { probeForSessions } from '@writ/enforce/probe';
import type { Io } from '../io.ts';
import { findHome } from '../place/home.ts';
import type { RepositoryAround } from '../place/repository.ts';
import { repositoryAround } from '../place/repository.ts';

export type Ahead = { readonly around: Promise<RepositoryAround>; readonly probe: Promise<SandboxProbe> };

/** Begins to look; approves and writes nothing. */
export const lookAhead = ({ cwd, env }: Io): Ahead => ({
  around: repositoryAround(cwd),
  probe: probeForSessions(findHome(env).root),
});
