/** `enforce/gateway/agent-door.ts`: the door of a run, without its socket: an agent of the simulation asks through it. */

import type { Caller, Verdicts } from '@writ/enforce';
import { agentDoorApi, runtimeApi } from '@writ/protocol';
import type { Answer } from '@writ/enforce';
import type { ServedRoute } from '../../../enforce/gateway/serve-routes.ts';

type Deps = {
  readonly verdicts: Verdicts;
  readonly runtime: Caller;
  readonly closedBecause: () => string | null;
  readonly more: readonly ServedRoute[];
};
type Asked = Parameters<Verdicts['check']>[0];
type Holder = {
  readonly run: string;
  readonly session: string;
  readonly mandate: string;
  readonly credential: string;
};

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

/** What an agent asks the runtime through its door: a sub-agent, or a person's word. Null while the run stands still. */
export async function spawnThrough(run: string, body: SpawnBody) {
  const door = doors.get(run);
  if (door === undefined || door.deps.closedBecause() !== null) return null;
  return door.deps.runtime.call(runtimeApi.doorSpawn, { params: { id: door.holder.session }, body });
}
type SpawnBody = (typeof runtimeApi.doorSpawn.body)['_zod']['input'];

/** As above: a question, for whose answer it does not wait. */
export async function questionThrough(run: string, question: string): Promise<boolean> {
  const door = doors.get(run);
  if (door === undefined || door.deps.closedBecause() !== null) return false;
  const body = { question, options: [], recommendation: null, wait_ms: 0 };
  return (await door.deps.runtime.call(runtimeApi.doorAsk, { params: { id: door.holder.session }, body })).ok;
}

/** A push of `new` to a ref of `origin`, as an agent's own Git is led to it. */
export async function pushThrough(
  run: string,
  update: { readonly ref: string; readonly new: string },
): Promise<boolean> {
  const door = doors.get(run);
  const served = door?.deps.more.find(({ route }) => route.path === agentDoorApi.push.path);
  if (door === undefined || served === undefined || door.deps.closedBecause() !== null) return false;
  const updates = [{ source: update.new, target: update.ref, force: false }];
  const signal = new AbortController().signal;
  const answer = await served.handle({ body: { remote: 'origin', updates }, query: new URLSearchParams(), signal });
  // What this very route answers with.
  const pushed = answer as Answer<{ readonly results: readonly { readonly ok: boolean }[] }>;
  return pushed.ok && pushed.value.results.every(({ ok }) => ok);
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
