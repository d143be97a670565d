/** The door of an enforcer's run: what every door has, and pushes and sub-agents. Only translates. */

import { agentDoorApi, runtimeApi } from '@writ/protocol';
import type { PushBroker } from '../broker/push-broker.ts';
import type { AgentDoor, DoorDeps } from '../gateway/agent-door.ts';
import { forwardLimitMs, openDoor } from '../gateway/agent-door.ts';
import type { DoorHolder } from '../gateway/door-holder.ts';
import type { ServedRoute } from '../gateway/serve-routes.ts';
import { serve } from '../gateway/serve-routes.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import type { Answer } from './answer.ts';
import { done, refuse } from './answer.ts';
import { containmentOf } from './ask-control.ts';

export type RunDoorDeps = Omit<DoorDeps, 'more' | 'closedBecause' | 'whenStarted'> & {
  readonly whenStarted: (run: string) => Promise<void>;
  readonly broker: PushBroker;
  /** Why nothing of the run goes through now, null when it does. */
  readonly closedBecause: (run: string) => string | null;
};

/** Who speaks through the doors of a run. */
export const holderOf = (run: RunRequest): DoorHolder => ({
  run: run.id,
  session: run.session,
  mandate: run.mandate,
  project: run.repository?.project ?? null,
  credential: run.credential,
  containment: containmentOf(run),
});

/** Opens the door of `run` at `socketPath`. */
export function openRunDoor(run: RunRequest, socketPath: string, deps: RunDoorDeps): Promise<AgentDoor> {
  const { id } = run;
  return openDoor(holderOf(run), socketPath, {
    ...deps,
    whenStarted: () => deps.whenStarted(id),
    closedBecause: () => deps.closedBecause(id),
    more: ofRun(run, deps),
  });
}

const ofRun = (run: RunRequest, { broker, runtime }: RunDoorDeps): readonly ServedRoute[] => [
  serve(agentDoorApi.refs, async ({ query }): Promise<Answer<{ refs: { name: string; oid: string }[] }>> => {
    const shown = await broker.refs(run, query.get('remote') ?? 'origin');
    return shown.ok ? done({ refs: [...shown.refs] }) : refuse('remote_unreachable', 502, shown.why, null);
  }),
  serve(agentDoorApi.push, async ({ body }) =>
    done({ results: [...(await broker.push(run, body.remote, body.updates))] }),
  ),
  serve(agentDoorApi.spawn, ({ body, signal }) =>
    runtime.call(runtimeApi.doorSpawn, {
      params: { id: run.session },
      body,
      signal,
      timeoutMs: body.wait ? 24 * 3_600_000 : forwardLimitMs,
    }),
  ),
];
