/** `enforce/gateway/agent-door.ts`: the door of a run, without its socket: an agent of the simulation asks through it. */

import type { Verdicts } from '@writ/enforce';

type Deps = { readonly verdicts: Verdicts; readonly closedBecause: (run: string) => string | null };
type Asked = Parameters<Verdicts['check']>[0];
type Request = { readonly id: string; readonly mandate: string; readonly credential: string };

/** The open doors, by run. */
export const doors = new Map<string, { readonly request: Request; readonly deps: Deps }>();

/** What an agent asks through the door of its run: refused while the run stands still, else what the point answers. */
export async function askThrough(
  run: string,
  asked: Pick<Asked, 'action' | 'resource' | 'containment'>,
): Promise<Awaited<ReturnType<Verdicts['check']>> | null> {
  const door = doors.get(run);
  if (door === undefined || door.deps.closedBecause(run) !== null) return null;
  const { mandate, credential } = door.request;
  return door.deps.verdicts.check({ ...asked, mandate, credential, facts: {}, parameters: {}, session: null });
}

export function openDoor(request: Request, socketPath: string, deps: Deps) {
  doors.set(request.id, { request, deps });
  return Promise.resolve({
    socketPath,
    close: () => {
      doors.delete(request.id);
      return Promise.resolve();
    },
  });
}
