/** What people and launchers do with the place of a session: keep its files, look at what going back would do, go back. */

import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { takeCheckpoint } from '../session/checkpoints.ts';
import type { Preview, Rewinding } from '../session/rewind.ts';
import { previewRewind, rewind } from '../session/rewind.ts';
import type { Session } from '../session/session.ts';
import type { Checkpoint, CheckpointWhy } from '../session/workspace-events.ts';
import type { House, Who } from './house.ts';
import { byWho } from './house.ts';

export interface WorkspaceCommands {
  /** Oldest first. */
  checkpoints(id: string): Result<readonly Checkpoint[]>;
  checkpoint(
    id: string,
    what: { readonly why: CheckpointWhy; readonly turn: string | null },
    who: Who,
  ): Promise<Result<Checkpoint>>;
  previewRewind(id: string, to: string | null): Promise<Result<Preview>>;
  rewind(id: string, asked: { readonly to: string; readonly hash: string }, who: Who): Promise<Result<Rewinding>>;
}

/** The workspace commands of `house`. */
export function workspaceCommands(house: House): WorkspaceCommands {
  const { sessions } = house.records;
  const find = (id: string): Result<Session> => {
    const session = sessions.get(id);
    return session === undefined
      ? reject(refuse('not_found', `there is no session \`${id}\``, '`writ show` lists them'))
      : accept(session);
  };
  return {
    checkpoints(id) {
      const found = find(id);
      return found.ok ? accept(found.value.remembered.checkpoints) : found;
    },
    async checkpoint(id, what, who) {
      const taken = await takeCheckpoint(house, id, what, byWho(who));
      return taken === null
        ? reject(refuse('not_found', `there is no session \`${id}\``, '`writ show` lists them'))
        : accept(taken);
    },
    previewRewind: (id, to) => previewRewind(house, id, to),
    rewind: (id, asked, who) => rewind(house, id, asked, byWho(who)),
  };
}
