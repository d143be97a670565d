/**
 * One push of one ref, in two phases: begun at control, dispatched at most once, settled with what was seen.
 *
 * It never says that a push was stopped when its pack may have been sent: then the remote is asked, and what it shows is the evidence.
 * Nothing it runs reads a configuration the agent can write.
 */

import { randomUUID } from 'node:crypto';
import type { Clock, Reading } from '../client/clock.ts';
import { readClock } from '../client/clock.ts';
import type { ProblemWire } from '@writ/protocol';
import { approvalIn, controlApi } from '@writ/protocol';
import { inWords } from '../enforcer/answer.ts';
import type { Asker, OperationWire } from '../enforcer/ask-control.ts';
import { beside } from '../enforcer/ask-control.ts';
import type { Flight, FlightOutcome } from '../enforcer/flights.ts';
import { holdOperation } from '../enforcer/held-operation.ts';
import type { Settlements } from '../enforcer/settlements.ts';
import { kill, treeOf } from '../supervisor/process-tree.ts';
import type { ProcessTree } from '../supervisor/process-tree.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import { resourceOfRef } from '../sink/ref-update.ts';
import type { Address } from './addresses.ts';
import type { GitResult } from './git.ts';
import { git } from './git.ts';
import type { Mirror } from './mirror.ts';
import { pushEnding } from './push-ending.ts';
import { noObject, remoteRefs } from './remote.ts';

export type RefUpdate = {
  /** The remote, by the name a person gave it at control, and the address they gave. */
  readonly remote: string;
  readonly address: Address;
  /** Full name at the remote. */
  readonly ref: string;
  /** What the remote had when it was asked, forty zeros for nothing. */
  readonly old: string;
  readonly new: string;
  readonly force: boolean;
};

export type PushResult = { readonly ok: boolean; readonly detail: string };

export type PushDeps = Asker & {
  readonly clock: Clock;
  readonly settlements: Settlements;
  readonly onFlight: (push: Flight) => void;
  /** `landed` is null where the remote could not be asked. */
  readonly onLanded: (operation: string, outcome: FlightOutcome, note: string) => void;
};

const leaseMs = 30_000;
const pushLimitMs = 30 * 60_000;
const lookLimitMs = 15_000;

/** The action a ref update is: what the classes tell apart. */
export const actionOf = ({ ref, force }: RefUpdate): string =>
  ref.startsWith('refs/tags/') ? 'git.tag' : force ? 'git.force_push' : 'git.push';

/** Pushes one ref under the run's mandate. */
export async function pushRef(
  request: RunRequest,
  mirror: Mirror,
  update: RefUpdate,
  deps: PushDeps,
): Promise<PushResult> {
  const askedAt = readClock(deps.clock);
  const resource = resourceOfRef(request.repository?.project ?? 'unknown', update.ref);
  if (resource === null) return { ok: false, detail: `\`${update.ref}\` cannot be written as a resource` };
  const begun = await deps.control.call(controlApi.begin, {
    token: request.credential,
    ...beside(deps),
    idempotencyKey: randomUUID(),
    body: {
      mandate: request.mandate,
      action: actionOf(update),
      resource,
      parameters: { ref: update.ref, old: update.old, new: update.new },
      sink: update.remote,
      session: request.session,
      lease_ms: leaseMs,
    },
  });
  if (!begun.ok) return { ok: false, detail: refusalWords(begun.problem) };
  const { operation, permit } = begun.value;
  const account = { operation: operation.id, credential: request.credential };
  const elsewhere = whyElsewhere(operation, update);
  if (elsewhere !== null) {
    await deps.settlements.say({ ...account, outcome: 'interrupted', evidence: `${elsewhere}; nothing was sent` });
    return { ok: false, detail: `refused: ${elsewhere}` };
  }
  const flight = createFlight(request, operation, askedAt, deps);
  deps.onFlight(flight.push);
  const result = await send(mirror, update, permit, flight);
  flight.stop();
  const interrupted = flight.why();
  const sent = result === null ? null : { result, shown: await remoteRefs(update.address, lookLimitMs) };
  const isFenced = operation.destination?.kind === 'fenced';
  const ending = pushEnding(update, sent, interrupted, isFenced);
  deps.onLanded(operation.id, ending.outcome, ending.evidence);
  // Where a permit that is over was never taken, nothing can have been, and control says so.
  const fenced = isFenced && interrupted === null;
  await deps.settlements.say({ ...account, outcome: ending.outcome, evidence: ending.evidence, fenced });
  return { ok: ending.outcome === 'done', detail: ending.detail };
}

/** What waits for a person's yes is tried again once there is one, exactly as it is; anything else is not. */
const refusalWords = (problem: ProblemWire): string =>
  approvalIn(problem) === null ? `refused: ${inWords(problem)}; do not retry as it is` : `not yet: ${inWords(problem)}`;

/** INVARIANT: what is sent is what was begun: this change of this ref, at the address a person gave. Null when it is. */
function whyElsewhere({ destination }: OperationWire, { address, ref, old, new: next }: RefUpdate): string | null {
  if (destination === null) return 'the operation was begun for no remote';
  if (destination.url !== address.url) return `the operation was begun for \`${destination.url}\``;
  const { change } = destination;
  return change?.ref === ref && change.old === old && change.new === next
    ? null
    : 'the operation was begun for another change';
}

type PushFlight = {
  readonly push: Flight;
  /** Why it was interrupted, null while it was not. */
  readonly why: () => string | null;
  readonly started: (pid: number | undefined) => void;
  readonly stop: () => void;
};

function createFlight(request: RunRequest, operation: OperationWire, askedAt: Reading, deps: PushDeps): PushFlight {
  let why: string | null = null;
  let tree: ProcessTree | null = null;
  const interrupt = (because: string): void => {
    why ??= because;
    if (tree !== null) void kill(tree, 2_000);
  };
  const held = holdOperation({ credential: request.credential, operation, askedAt, leaseMs, onLost: interrupt }, deps);
  return {
    push: { operation: operation.id, run: request.id, mandate: request.mandate, interrupt },
    why: () => why,
    started(pid) {
      if (pid !== undefined) tree = treeOf(pid, `WRIT_PUSH=${operation.id}`, null);
      if (why !== null && tree !== null) void kill(tree, 2_000);
    },
    stop: held.stop,
  };
}

/**
 * Sends it; a remote that takes no push options gets it once more without, which only a remote that took nothing can ask for. Null: it was interrupted before anything was sent.
 */
async function send(mirror: Mirror, update: RefUpdate, permit: string, flight: PushFlight): Promise<GitResult | null> {
  if (flight.why() !== null) return null;
  const pushWith = (options: readonly string[]): Promise<GitResult> =>
    git(
      [
        'push',
        '--porcelain',
        '--no-verify',
        '--no-follow-tags',
        '--recurse-submodules=no',
        ...options,
        ...lease(update),
        update.address.url,
        refspec(update),
      ],
      {
        gitDir: mirror.gitDir,
        timeoutMs: pushLimitMs,
        env: { ...update.address.env, WRIT_PUSH: flight.push.operation },
        secrets: update.address.secrets,
        onStart: (child) => {
          flight.started(child.pid);
        },
      },
    );
  const result = await pushWith([`--push-option=writ-permit=${permit}`]);
  const blind = result.code !== 0 && result.stderr.includes('does not support push options');
  return blind && flight.why() === null ? pushWith([]) : result;
}

const refspec = (update: RefUpdate): string => `${update.new}:${update.ref}`;
/** A forced update replaces exactly what was shown when it was permitted. */
const lease = (update: RefUpdate): readonly string[] =>
  update.force ? [`--force-with-lease=${update.ref}:${update.old === noObject ? '' : update.old}`] : [];
