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
import { lastLine, noObject, remoteRefs } from './remote.ts';

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
  const result = await transfer(mirror, update, permit, flight);
  flight.stop();
  const ending = await endingOf(update, result, flight.why());
  deps.onLanded(operation.id, ending.outcome, ending.evidence);
  await deps.settlements.say({ ...account, outcome: ending.outcome, evidence: ending.evidence });
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

type Transfer = { readonly dispatched: false } | { readonly dispatched: true; readonly result: GitResult };

/** Sends it; a remote that takes no push options gets it once more without, which only a remote that took nothing can ask for. */
async function transfer(mirror: Mirror, update: RefUpdate, permit: string, flight: PushFlight): Promise<Transfer> {
  if (flight.why() !== null) return { dispatched: false };
  const send = (options: readonly string[]): Promise<GitResult> =>
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
  const result = await send([`--push-option=writ-permit=${permit}`]);
  const blind = result.code !== 0 && result.stderr.includes('does not support push options');
  return { dispatched: true, result: blind && flight.why() === null ? await send([]) : result };
}

const refspec = (update: RefUpdate): string => `${update.new}:${update.ref}`;
/** A forced update replaces exactly what was shown when it was permitted. */
const lease = (update: RefUpdate): readonly string[] =>
  update.force ? [`--force-with-lease=${update.ref}:${update.old === noObject ? '' : update.old}`] : [];

type Ending = {
  readonly outcome: 'done' | 'failed' | 'interrupted' | 'unknown';
  readonly evidence: string;
  readonly detail: string;
};

async function endingOf(update: RefUpdate, transferred: Transfer, interrupted: string | null): Promise<Ending> {
  if (!transferred.dispatched)
    return {
      outcome: 'interrupted',
      evidence: `${String(interrupted)}; nothing was sent`,
      detail: `stopped before it was sent: ${String(interrupted)}`,
    };
  const { result } = transferred;
  const seen = await remoteRefs(update.address, lookLimitMs);
  const now = seen.ok ? (seen.refs.get(update.ref) ?? noObject) : null;
  const shown =
    now === null
      ? `the remote cannot be asked: ${seen.ok ? '' : seen.why}`
      : `the remote shows ${now === noObject ? 'no such ref' : now} at ${update.ref}`;
  if (now === update.new) {
    const how = interrupted === null ? '' : `${interrupted}, but it had arrived; `;
    return { outcome: 'done', evidence: `${how}${shown}`, detail: `pushed ${update.new} to ${update.ref}` };
  }
  if (interrupted !== null)
    return {
      outcome: 'unknown',
      evidence: `${interrupted}; its pack may have been sent; ${shown}`,
      detail: `stopped: ${interrupted}; whether it arrived is not known`,
    };
  if (result.code === null && result.signal === null)
    return { outcome: 'failed', evidence: lastLine(result.stderr), detail: lastLine(result.stderr) };
  // Without the remote's own word on it, and with a remote that cannot be asked, its pack may have been taken.
  const isUntold = now === null && !/^!/m.test(result.stdout);
  if (result.code === 0 || result.signal !== null || isUntold)
    return {
      outcome: 'unknown',
      evidence: `git ended with ${String(result.code ?? result.signal)}; ${shown}`,
      detail: 'whether it arrived is not known',
    };
  const said = rejection(result);
  return { outcome: 'failed', evidence: `${said}; ${shown}`, detail: said };
}

/** git-push(1), --porcelain: the line of a refused ref starts with `!`. What the remote's hook said is the better reason. */
function rejection({ stdout, stderr }: GitResult): string {
  const hook = stderr
    .split(/[\r\n]+/)
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trim())
    .filter((line) => line !== '')
    .join('; ');
  const flag = stdout
    .split('\n')
    .find((line) => line.startsWith('!'))
    ?.split('\t')[2];
  return [flag, hook].filter((part) => part !== undefined && part !== '').join(': ') || lastLine(stderr);
}
