/** The door of an enforcer's run: what every door has, and pushes and sub-agents. Only translates. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentDoorApi, runtimeApi } from '@writ/protocol';
import type { PushBroker } from '../broker/push-broker.ts';
import type { CallInput, Caller } from '../client/caller.ts';
import type { AgentDoor, DoorDeps } from '../gateway/agent-door.ts';
import { forwardLimitMs, openDoor } from '../gateway/agent-door.ts';
import type { DoorHolder } from '../gateway/door-holder.ts';
import type { ServedRoute } from '../gateway/serve-routes.ts';
import { serve } from '../gateway/serve-routes.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import type { Answer } from './answer.ts';
import { done, refuse } from './answer.ts';
import { containmentOf } from './ask-control.ts';
import { isSilence } from './renewal-answer.ts';

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
  serve(agentDoorApi.spawn, ({ body, signal }) => spawnOnce(runtime, run.session, body, signal)),
];

type SpawnBody = CallInput<typeof runtimeApi.doorSpawn>['body'];

/** How long a runtime that does not answer is asked again, and how often; milliseconds. */
const silentLimitMs = forwardLimitMs;
const againMs = 250;

/** INVARIANT: asked again where the runtime was not heard, with one key, which is one sub-agent: whoever asked finds it as it is and starts no second one (opencode#35029). */
async function spawnOnce(runtime: Caller, session: string, body: SpawnBody, signal: AbortSignal) {
  const idempotencyKey = randomUUID();
  let heardAt = performance.now();
  for (;;) {
    const askedAt = performance.now();
    const answer = await runtime.call(runtimeApi.doorSpawn, {
      params: { id: session },
      body,
      signal,
      timeoutMs: body.wait ? 24 * 3_600_000 : forwardLimitMs,
      idempotencyKey,
    });
    if (answer.ok || !isSilence(answer.problem) || signal.aborted) return answer;
    // A call that was taken and then cut off was heard until then.
    if (performance.now() - askedAt > againMs) heardAt = performance.now();
    if (performance.now() - heardAt > silentLimitMs) return answer;
    await sleep(againMs, undefined, { signal }).catch(() => undefined); // cut off: the next answer says so
  }
}
