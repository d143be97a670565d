/**
 * Where this person's Writ keeps its state: never in a repository, readable by nobody else.
 *
 * Only names paths and looks; nothing here creates anything.
 */

import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export type PlaneName = 'control' | 'enforcer' | 'runtime';

/** In the order they start; they stop in the reverse order of who needs whom: runtime, enforcer, control. */
export const planeNames = ['control', 'enforcer', 'runtime'] as const satisfies readonly PlaneName[];

/** The paths under one state folder. */
export type Home = {
  readonly root: string;
  readonly control: string;
  readonly runtime: string;
  readonly enforcer: string;
  readonly log: string;
  readonly supervisorFile: string;
  readonly controlEndpoint: string;
  readonly runtimeEndpoint: string;
  readonly enforcerSocket: string;
  readonly ownerToken: string;
  /** Says who the person is, to the runtime. */
  readonly visitorToken: string;
  readonly enforcerToken: string;
  /** Who the person is, where they are not the owner (`person-file.ts`). */
  readonly person: string;
};

/** The paths under `root`. */
export function homeAt(root: string): Home {
  const at = (...parts: string[]): string => join(root, ...parts);
  return {
    root,
    control: at('control'),
    runtime: at('runtime'),
    enforcer: at('enforcer'),
    log: at('log'),
    supervisorFile: at('supervisor.json'),
    controlEndpoint: at('control', 'endpoint.json'),
    runtimeEndpoint: at('runtime', 'endpoint.json'),
    enforcerSocket: at('enforcer', 'enforcer.sock'),
    ownerToken: at('control', 'owner.token'),
    visitorToken: at('control', 'visitor.token'),
    enforcerToken: at('enforcer', 'local.token'),
    person: at('person.json'),
  };
}

/** `WRIT_HOME`, else `$XDG_STATE_HOME/writ`, else `~/.local/state/writ`. An empty variable counts as unset. */
export function findHome(env: NodeJS.ProcessEnv): Home {
  const set = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const state =
    set('WRIT_HOME') ?? join(set('XDG_STATE_HOME') ?? join(set('HOME') ?? homedir(), '.local', 'state'), 'writ');
  return homeAt(resolve(state));
}

/** Why this person cannot use a home that is there, one sentence; null when they can, or when there is none yet. */
export function whyClosed({ root, control }: Home): string | null {
  for (const folder of [root, control])
    try {
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EACCES' || code === 'EPERM') return `\`${folder}\` belongs to another user`;
      if (code === 'EROFS') return `\`${folder}\` is on a disk that cannot be written`;
    }
  return null;
}
