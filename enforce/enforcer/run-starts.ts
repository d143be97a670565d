/**
 * Starts runs and clears away after them: a door for each, and a gate where its network is gated; nothing of a run that did not start stays open.
 *
 * INVARIANT: a run asked for twice at once is started once: nobody would hold the other. And what control allowed before a stop of this machine does not start after it.
 */

import type { HeldArtifacts } from '../client/held-artifacts.ts';
import type { AgentDoor } from '../gateway/agent-door.ts';
import type { RunSshAgents } from '../broker/ssh/run-ssh-agents.ts';
import type { EgressGate } from '../gateway/egress/egress-gate.ts';
import { removeStrays } from '../supervisor/git-places.ts';
import type { Run } from '../supervisor/run.ts';
import type { RunWire } from '../supervisor/run-record.ts';
import type { SandboxProbe } from '../supervisor/probe-sandbox.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import { sandboxOf } from '../supervisor/spawn-run.ts';
import type { Answer } from './answer.ts';
import { done, refuse } from './answer.ts';
import type { Attempts } from './attempts.ts';
import type { BeginRunDeps } from './begin-run.ts';
import { beginRun } from './begin-run.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Outbox } from './outbox.ts';
import type { Outlet } from './outlet.ts';
import { stopReason } from './reap.ts';
import { namesOf } from './report.ts';
import type { Report } from './report.ts';
import type { RunDoorDeps } from './run-door.ts';
import { holderOf, openRunDoor } from './run-door.ts';
import type { RunKeeper } from './run-keeper.ts';
import { doorPath } from './run-places.ts';
import type { Settlements } from './settlements.ts';

export interface RunStarts extends AsyncDisposable {
  /** Starts what was asked for, or says why not. */
  start(request: RunRequest): Promise<Answer<RunWire>>;
  /** Resolves when the run, should it be on its way, is known. */
  whenStarted(id: string): Promise<void>;
  /** Never starts this run, also where it is asked for later. Resolves when it is known, should it be on its way. */
  forbid(id: string): Promise<void>;
  /** Lets nothing start that is on its way. The mandates it was for. */
  stop(): readonly string[];
}

export type RunStartsDeps = Pick<BeginRunDeps, 'control' | 'pointToken' | 'now' | 'plan'> & {
  readonly dir: string;
  readonly probe: SandboxProbe;
  readonly keeper: RunKeeper;
  readonly heartbeat: Heartbeat;
  /** Runs of earlier enforcers. */
  readonly past: ReadonlyMap<string, unknown>;
  readonly outbox: Outbox;
  readonly outlets: Outlet;
  readonly gate: EgressGate;
  readonly sshAgents: RunSshAgents;
  readonly door: RunDoorDeps;
  readonly artifacts: HeldArtifacts;
  readonly attempts: Attempts;
  readonly settlements: Settlements;
  /** The place of the last change of control that was acted on. */
  readonly position: () => number;
  readonly report: Report;
};

export function createRunStarts(deps: RunStartsDeps): RunStarts {
  const { dir, keeper, heartbeat, outlets, artifacts, report } = deps;
  const starting = new Map<string, { readonly mandate: string; readonly answer: Promise<Answer<RunWire>> }>();
  const doors = new Map<string, AgentDoor>();
  /** Runs that somebody ended before they were asked for: as many as were lost on the way, for as long as this enforcer lives. */
  const forbidden = new Set<string>();
  let stops = 0;

  function clear(id: string, why: string): void {
    void outlets.forget(id, why);
    void doors.get(id)?.close();
    doors.delete(id);
  }

  function onEnd(run: Run): void {
    // Before anybody outside runs Git there again.
    for (const stray of removeStrays(run.request.cwd))
      report('run.stray_removed', { ...namesOf(run.request), sentence: `\`${stray}\` would lead Git astray` });
    artifacts.release(run.request.credential);
    clear(run.request.id, 'its run is over');
    if (run.wire().state === 'exited') settleExit(run, deps.settlements);
  }

  async function openWays(request: RunRequest) {
    const door = await openRunDoor(request, doorPath(dir, request.id), deps.door);
    doors.set(request.id, door);
    const kind = sandboxOf({ request, probe: deps.probe });
    const [contained, gated] = [kind?.places === 'own', request.sandbox.network === 'gated'];
    const [holder, place] = [holderOf(request), contained ? doorPath(dir, request.id, 'gate') : null];
    return {
      door: door.socketPath,
      gate: gated ? await deps.gate.open(holder, place) : null,
      // Where rules hold it, it could neither read the keys of servers nor reach one.
      ssh:
        kind?.places === 'outside'
          ? null
          : await deps.sshAgents.open(holder, doorPath(dir, request.id, 'ssh'), { contained, gated }),
    };
  }

  async function refusal({ id, mandate }: RunRequest): Promise<Answer<RunWire> | null> {
    heartbeat.sense();
    const known = keeper.get(id);
    if (known !== undefined) return done(known.wire());
    if (forbidden.has(id)) return endedBefore(id);
    if (deps.past.has(id))
      return refuse('run_over', 409, `run \`${id}\` was before this enforcer started`, 'start a new run');
    if (deps.outbox.holds(mandate)) return stoppedHere(mandate);
    if (heartbeat.isFresh || (await heartbeat.beat())) return null;
    return refuse(
      'control_unreachable',
      503,
      'control is not heard, and a run needs its word now',
      'wait until control is back',
    );
  }

  async function startOnce(request: RunRequest): Promise<Answer<RunWire>> {
    const before = { position: deps.position(), stops };
    const refused = await refusal(request);
    if (refused !== null) return refused;
    const begun = await beginRun(request, {
      ...deps,
      openWays,
      overtaken(askedAt) {
        if (stops !== before.stops) return stoppedHere(request.mandate).problem;
        if (forbidden.has(request.id)) return endedBefore(request.id).problem;
        return heartbeat.isFromBefore(askedAt) ? slept().problem : null;
      },
      onEnd,
      onRulesWritten({ request: asked }, resources) {
        report('run.rules_put_back', { ...namesOf(asked), sentence: `it wrote ${resources.join(', ')}` });
        deps.attempts.tell(asked, resources);
      },
    });
    if (!begun.ok) {
      clear(request.id, 'its run did not start');
      return begun;
    }
    const run = begun.value;
    keeper.add(run);
    if (stops !== before.stops) {
      await keeper.end(run, stopReason(''));
      return stoppedHere(request.mandate);
    }
    void artifacts.hold({ mandate: request.mandate, credential: request.credential });
    if (!heartbeat.isFresh) keeper.freezeAll('control_unheard', 'control was not heard while the run started');
    // A change that came between control's word and now found no run to stop.
    if (deps.position() !== before.position) await keeper.ask(run);
    void heartbeat.beat();
    return done(run.wire());
  }

  return {
    start(request) {
      const { id, mandate } = request;
      const already = starting.get(id);
      if (already !== undefined) return already.answer;
      const answer = startOnce(request).finally(() => starting.delete(id));
      starting.set(id, { mandate, answer });
      return answer;
    },
    async forbid(id) {
      forbidden.add(id);
      await starting.get(id)?.answer;
    },
    async whenStarted(id) {
      await starting.get(id)?.answer;
    },
    stop() {
      stops += 1;
      return [...starting.values()].map(({ mandate }) => mandate);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...doors.values()].map((door) => door.close()));
    },
  };
}

const stoppedHere = (mandate: string) =>
  refuse(
    'stopped_here',
    409,
    `mandate \`${mandate}\` was stopped on this machine`,
    'its revocation is on its way to control',
  );

const endedBefore = (id: string) =>
  refuse('run_over', 409, `run \`${id}\` was ended before it started`, 'start a new run');

const slept = () =>
  refuse(
    'control_unreachable',
    503,
    'the machine slept, or its clock was set, while control was asked',
    'start the run again: control is asked anew',
  );

/** The runtime settles what it started. Should it be dead, the exit is said for it before the lease ends and control calls it unknown. */
function settleExit(run: Run, settlements: Settlements): void {
  const { exit_code, signal } = run.wire();
  const outcome = exit_code === 0 ? 'done' : 'failed';
  const evidence = `the process ended with ${exit_code === null ? `signal ${String(signal)}` : `exit code ${String(exit_code)}`}, seen by the enforcer`;
  setTimeout(
    () => void settlements.say({ operation: run.operation, credential: run.request.credential, outcome, evidence }),
    run.lease.lengthMs / 2,
  ).unref();
}
