/** `enforce/gateway/agent-door.ts`: the door of a run, without its socket: an agent of the simulation asks through it. */

import type { Verdicts } from '@writ/enforce';

type Deps = { readonly verdicts: Verdicts; readonly closedBecause: () => string | null };
type Asked = Parameters<Verdicts['check']>[0];
type Holder = { readonly run: string; readonly mandate: string; readonly credential: string };

export const forwardLimitMs = 60_000;

/** The open doors, by run. */
export const doors = new Map<string, { readonly holder: Holder; readonly deps: Deps }>();

/** What an agent asks through the door of its run: refused while the run stands still, else what the point answers. */
export async function askThrough(
  run: string,
  asked: Pick<Asked, 'action' | 'resource' | 'containment'>,
): Promise<Awaited<ReturnType<Verdicts['check']>> | null> {
  const door = doors.get(run);
  if (door === undefined || door.deps.closedBecause() !== null) return null;
  const { mandate, credential } = door.holder;
  return door.deps.verdicts.check({ ...asked, mandate, credential, facts: {}, parameters: {}, session: null });
}

export function openDoor(holder: Holder, socketPath: string, deps: Deps) {
  doors.set(holder.run, { holder, deps });
  return Promise.resolve({
    socketPath,
    close: () => {
      doors.delete(holder.run);
      return Promise.resolve();
    },
  });
}
