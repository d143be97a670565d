/**
 * Starts a run for the runtime: only under an operation control renews now, with every mandate above it known.
 *
 * It refuses while control is not heard: a run needs a fresh word, whatever the class of what it will do. It refuses a place that bounds less than
 * the operation was judged with, and a program or arguments it was not begun for: what the runtime told control is not believed here, where it is done.
 */

import type { ActionClass } from '@writ/authority';
import { actionClasses, classOf, widerClass } from '@writ/authority';
import { parameterDigest, programOf, runParameters } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import type { Reading } from '../client/clock.ts';
import { leased } from '../supervisor/lease.ts';
import { startRun } from '../supervisor/run.ts';
import type { Run } from '../supervisor/run.ts';
import type { RunRequest, SpawnPlan } from '../supervisor/spawn-run.ts';
import type { Answer } from './answer.ts';
import { done, refuse } from './answer.ts';
import type { Asker } from './ask-control.ts';
import type { OperationWire } from './ask-control.ts';
import { chainOf, containmentOf, renewOperation } from './ask-control.ts';

export type BeginRunDeps = Asker & {
  readonly now: () => Reading;
  readonly plan: (request: RunRequest, ways: RunWays) => SpawnPlan;
  /** Opens the run's door and, where its network is gated, its gate. */
  readonly openWays: (request: RunRequest) => Promise<RunWays>;
  /** Why an answer to what was asked at `askedAt` says nothing about now. */
  readonly overtaken: (askedAt: Reading) => ProblemWire | null;
  readonly onEnd: (run: Run) => void;
  readonly onRulesWritten: (run: Run, resources: readonly string[]) => void;
};

/** The ways out of a run. */
export type RunWays = Pick<SpawnPlan, 'door' | 'gate' | 'ssh'>;

/** The started run, or the refusal. */
export async function beginRun(request: RunRequest, deps: BeginRunDeps): Promise<Answer<Run>> {
  const askedAt = deps.now();
  const operation = await renewOperation(
    deps,
    { credential: request.credential, leaseMs: request.lease_ms },
    request.operation,
  );
  if (!operation.ok) return operation;
  if (operation.value.state !== 'begun' || operation.value.interrupt_requested)
    return refuse(
      'operation_over',
      409,
      `operation \`${request.operation}\` is not open`,
      'begin a new operation if the work is still wanted',
    );
  if (!isWithin(operation.value, request))
    return refuse(
      'wider_place',
      403,
      `operation \`${request.operation}\` was judged as \`${operation.value.action_class}\`, and the place asked for reaches further`,
      'begin it with the containment the run will really have',
    );
  if (!isBegun(operation.value, request))
    return refuse(
      'other_parameters',
      409,
      `operation \`${request.operation}\` was begun for something else than \`${request.argv[0] ?? ''}\` with these arguments in this place`,
      'begin an operation for exactly what is started',
    );
  const chain = await chainOf(deps.control, operation.value.mandate);
  if (!chain.ok) return chain;
  const ways = await deps.openWays(request);
  const overtaken = deps.overtaken(askedAt);
  if (overtaken !== null) return { ok: false, problem: overtaken };
  const started = await startRun({
    plan: deps.plan(request, ways),
    chain: [...new Set([...chain.value.ids, request.mandate])],
    expiresAt: chain.value.expiresAt,
    now: deps.now,
    lease: leased(request.lease_ms, operation.value, askedAt),
    onEnd: deps.onEnd,
    onRulesWritten: deps.onRulesWritten,
  });
  return started.ok
    ? done(started.run)
    : refuse('run_not_started', 422, started.why, '`writ scope` shows what this machine can bound');
}

/** Whether what is to be started is what was begun: the program the action is about, its arguments, its place, its environment. */
const isBegun = ({ action, resource, parameter_digest: digest }: OperationWire, request: RunRequest): boolean =>
  digest === parameterDigest(runParameters(request)) &&
  (action !== 'shell.run' || resource.endsWith(`/${encodeURIComponent(programOf(request.argv[0] ?? ''))}`));

/** Whether the action, in the place that will be made, is of no wider class than it was judged as. */
function isWithin({ action, action_class: judged }: OperationWire, request: RunRequest): boolean {
  if (!Object.hasOwn(actionClasses, judged)) return false;
  const actual = classOf(action, containmentOf(request));
  // A member of the table, as was just seen.
  return widerClass(actual, judged as ActionClass) === judged;
}
