/**
 * The enforcer: the one process of a machine that owns the agents' processes. It composes: runs and their keeper, the watch on control, the
 * heartbeat, the doors, the broker.
 *
 * It holds no authority. What control last said, and how long ago, is all it acts on; when in doubt things stand still.
 */

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { heartbeatMs } from '@writ/protocol';
import type { CredentialStore } from '../broker/credentials/credential-store.ts';
import { createCredentialStore } from '../broker/credentials/credential-store.ts';
import { createPushBroker } from '../broker/push-broker.ts';
import { createReconciler } from '../broker/reconciler.ts';
import type { Base } from '../client/caller.ts';
import { createCaller } from '../client/caller.ts';
import type { Clock } from '../client/clock.ts';
import { readClock } from '../client/clock.ts';
import { createControlClient } from '../client/control-client.ts';
import { createHeldArtifacts } from '../client/held-artifacts.ts';
import { createVerdicts } from '../client/verdicts.ts';
import type { Change, Watch } from '../client/watch.ts';
import type { AgentDoor } from '../gateway/agent-door.ts';
import { createEgressGate } from '../gateway/egress/egress-gate.ts';
import type { Resolve } from '../gateway/egress/guarded-lookup.ts';
import type { Passage } from '../gateway/egress/passage.ts';
import { systemResolve } from '../gateway/egress/guarded-lookup.ts';
import { createMcpGateway } from '../gateway/mcp/mcp-gateway.ts';
import type { McpServers } from '../gateway/mcp/mcp-servers.ts';
import type { Listening } from '../supervisor/listening.ts';
import { endListening, listening } from '../supervisor/listening.ts';
import type { ProcessIdentity } from '../supervisor/processes.ts';
import { probeSandbox } from '../supervisor/probe-sandbox.ts';
import { stopAttended } from '../supervisor/end-attended.ts';
import { removeStrays } from '../supervisor/git-places.ts';
import type { Run } from '../supervisor/run.ts';
import type { RunWire } from '../supervisor/run-record.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import type { Answer } from './answer.ts';
import { done, refuse } from './answer.ts';
import { createAttempts } from './attempts.ts';
import { createAttendedKeeper } from './attended-keeper.ts';
import { createAttestor } from './attest.ts';
import { beginRun } from './begin-run.ts';
import { createHeartbeat, tickMs } from './heartbeat.ts';
import { outletOf } from './outlet.ts';
import { createOutbox } from './outbox.ts';
import { personIdentity } from './person-identity.ts';
import { reactionTo } from './reaction.ts';
import { mandatesOfRuns, reapRuns, stopReason } from './reap.ts';
import type { StoppedHere } from './reap.ts';
import { runActions } from './run-actions.ts';
import type { RunActions } from './run-actions.ts';
import { doorPath, makeBin } from './run-places.ts';
import { holderOf, openRunDoor } from './run-door.ts';
import { createRunKeeper } from './run-keeper.ts';
import type { ScopeWire } from './scope.ts';
import { shownAdapters } from '../gateway/adapters/shown-adapters.ts';
import { scopeOf } from './scope.ts';
import type { Settlements } from './settlements.ts';
import { createSettlements } from './settlements.ts';
import { namesOf } from './report.ts';
import type { Report } from './report.ts';

export type EnforcerOptions = {
  /** Writ's state directory on this machine. */
  readonly dir: string;
  readonly control: () => Base | null;
  readonly runtime: () => Base | null;
  /** The enforcer's bearer at both. */
  readonly pointToken: () => string | null;
  readonly clock: Clock;
  /** The `writ` program given to runs, null for none. */
  readonly cli: string | null;
  /** Directories every contained run may read although they lie in a hidden place: the product's own files. */
  readonly visible: readonly string[];
  /** How the egress gate finds the addresses of a name; by default as the operating system does. */
  readonly resolve?: Resolve;
  readonly report: Report;
};

export interface Enforcer extends RunActions, AsyncDisposable {
  readonly boot: string;
  readonly controlHeardMsAgo: number | null;
  startRun(request: RunRequest): Promise<Answer<RunWire>>;
  /** Every run, ended ones and those of earlier enforcers included, oldest first. */
  runs(): readonly RunWire[];
  /** Kills every run and attended session here and queues the revocation of every mandate this machine worked under since it booted. */
  stopLocal(reason: string): Promise<StoppedHere>;
  /** What listens here and was started in a session. */
  services(): readonly Listening[];
  /** Ends one process, if it is still the one and was started in `session`. Resolves with whether it is gone. */
  endService(process: ProcessIdentity, session: string): Promise<boolean>;
  /** What is open through the egress gate. */
  connections(): readonly Passage[];
  /** The credentials of agents, without their secrets. */
  readonly credentials: Omit<CredentialStore, 'of'>;
  scope(): ScopeWire;
  readonly mcpServers: McpServers;
}

const point = 'enforcer';
const callTimeoutMs = 1_500;
/** How often control is asked for what ended unknown. */
const reconcileMs = 2_000;

/** Starts it: ends what an earlier one left behind, then watches. Resolves before control was heard. */
export async function startEnforcer(options: EnforcerOptions): Promise<Enforcer> {
  const { dir, clock, report } = options;
  mkdirSync(`${dir}/enforcer`, { recursive: true, mode: 0o700 });
  const now = () => readClock(clock);
  const boot = randomUUID();
  const [reaped, probe, identity] = await Promise.all([
    reapRuns(dir, { why: 'its enforcer had died', now: clock.wall() }),
    probeSandbox(),
    personIdentity(),
  ]);
  for (const run of reaped.killed)
    report('run.killed', { run: run.id, mandate: run.mandate, sentence: 'its enforcer had died' });
  const past = new Map(reaped.all.map(({ run }) => [run.id, run]));
  const bin = makeBin(dir, options.cli);

  const control = createControlClient({ base: options.control, token: options.pointToken, timeoutMs: callTimeoutMs });
  const runtime = createCaller({ base: options.runtime, token: options.pointToken, timeoutMs: 30_000 });
  const artifacts = createHeldArtifacts({ control, point, clock, timeoutMs: callTimeoutMs });
  const verdicts = createVerdicts({ control, artifacts, pointToken: options.pointToken });
  const stopping = new AbortController();
  const settlements = createSettlements({ control, pointToken: options.pointToken }, 1_000);
  const outbox = createOutbox(dir);
  const attended = createAttendedKeeper({
    dir,
    control,
    now: () => clock.wall(),
    revoke(mandate, reason) {
      outbox.queue([mandate], { reason, at: clock.wall() });
      if (heartbeat.isFresh) void outbox.deliver(control);
    },
    onWord: () => void attestor.findOpen(),
    report,
  });
  const attempts = createAttempts({ control, pointToken: options.pointToken });
  const keeper = createRunKeeper({
    control,
    pointToken: options.pointToken,
    now,
    settlements,
    report,
    isHeard() {
      heartbeat.sense();
      return heartbeat.isFresh;
    },
  });
  const broker = createPushBroker(dir, {
    control,
    pointToken: options.pointToken,
    clock,
    settlements,
  });
  const reconciler = createReconciler({
    control,
    addressOf: (url) => broker.addressOf(url),
    monotonic: () => clock.monotonic(),
    wall: () => clock.wall(),
  });
  const attestor = createAttestor({
    control,
    point,
    runs: () => keeper.runs,
    operationWord: (operation) => outlets.word(operation),
    sessionWord: (session) => attended.word(session),
  });
  /** Runs on their way: what comes through their door or gate meanwhile waits until they are known. */
  const starting = new Map<string, { readonly mandate: string; readonly answer: Promise<Answer<RunWire>> }>();
  const whenStarted = async (id: string): Promise<void> => {
    await starting.get(id)?.answer;
  };
  /** Stops of this whole machine: a run that control allowed before one of them does not start after it. */
  let localStops = 0;
  const closedBecause = (id: string): string | null => {
    heartbeat.sense();
    const run = keeper.get(id);
    if (run === undefined) return 'the run has not started';
    const { state, why } = run.wire();
    return state === 'running' ? null : `the run is ${state}${why === '' ? '' : `: ${why}`}`;
  };
  const credentials = createCredentialStore(dir, (sentence) => {
    report('credentials.unreadable', { sentence });
  });
  const gate = createEgressGate({
    dir,
    credentials,
    control,
    pointToken: options.pointToken,
    clock,
    settlements,
    verdicts,
    resolve: options.resolve ?? systemResolve,
    // It is on record at control, and the agent was told.
    onRefused: () => undefined,
    whenStarted,
    closedBecause,
  });
  const mcp = createMcpGateway(`${dir}/enforcer/mcp-servers.json`, {
    control,
    pointToken: options.pointToken,
    clock,
    verdicts,
    settlements,
    closedBecause,
    onStrange: (server, strange) =>
      report('mcp.not_as_trusted', {
        sentence: `${server}: ${strange.map(({ name, is }) => `${name} (${is})`).join(', ')}`,
      }),
  });
  /** Every way on which effects leave a run: pushes, calls of MCP tools, and what is open through the gate. */
  const outlets = outletOf([broker, mcp, gate]);
  const everyRun = (): boolean => true;
  /** What nobody knows a run of is stopped with the rest. */
  const under =
    (mandate: string) =>
    (run: string): boolean =>
      keeper.get(run)?.chain.includes(mandate) ?? true;
  let position = 0;

  const heartbeat = createHeartbeat({
    control,
    point,
    boot,
    now,
    live: () => keeper.live,
    position: () => position,
    onHeard(wasFresh) {
      if (wasFresh) return;
      keeper.askAll();
      void settlements.flush();
      void outbox.deliver(control);
      void attestor.findOpen();
    },
    onJump() {
      // First of all: nothing goes on with a yes from before.
      artifacts.unsure();
      keeper.freezeAll('jump', 'the machine slept or its clock was set; control is asked first');
      watcher?.reconnect();
      void heartbeat.beat();
    },
  });

  function onChange(change: Change): void {
    heartbeat.sense();
    artifacts.changed(change);
    const reaction = reactionTo(change);
    // Everything that must stop is told so before anything else is done.
    keeper.react(reaction);
    if (reaction.what === 'hold' || reaction.what === 'end') outlets.stop(reaction.why, under(reaction.mandate));
    if (reaction.what === 'ask') outlets.ask(under(reaction.mandate));
    if (reaction.what === 'interrupt') outlets.interrupt(reaction.operation, 'it was told to stop');
    if (reaction.what === 'attest') attestor.open(reaction.receipt);
    position = change.position;
  }
  let watcher: Watch | null = control.watch({
    after: null,
    signal: stopping.signal,
    onChange,
    onHeard: (upTo) => {
      heartbeat.streamHeard(upTo);
    },
    onGap() {
      artifacts.unsure();
      keeper.askAll();
      void attestor.findOpen();
    },
  });

  const ticker = setInterval(() => {
    heartbeat.sense();
    if (!heartbeat.isFresh) {
      const why = `control was not heard for ${String(heartbeat.stopDeadlineMs)} ms`;
      keeper.freezeAll('control_unheard', why);
      outlets.stop(why, everyRun);
    }
    keeper.tick(now());
    attended.tick(now().monotonic);
    void attestor.flush();
  }, tickMs);
  const beater = setInterval(() => {
    void heartbeat.beat();
    void attempts.flush();
    if (!outbox.isEmpty && heartbeat.isFresh) void outbox.deliver(control);
  }, heartbeatMs);
  const looker = setInterval(() => {
    if (heartbeat.isFresh) void reconciler.look();
  }, reconcileMs);
  void heartbeat.beat();

  const doors = new Map<string, AgentDoor>();
  const doorDeps = {
    runtime,
    broker,
    verdicts,
    controlBase: options.control,
    whenStarted,
    mcp,
    closedBecause,
  };
  const onEnd = (run: Run): void => {
    const { id } = run.request;
    // Before anybody outside runs Git there again.
    for (const stray of removeStrays(run.request.cwd))
      report('run.stray_removed', { ...namesOf(run.request), sentence: `\`${stray}\` would lead Git astray` });
    void outlets.forget(id, 'its run is over');
    artifacts.release(run.request.credential);
    void doors.get(id)?.close();
    doors.delete(id);
    if (run.wire().state === 'exited') settleExit(run, settlements);
  };

  /** INVARIANT: a run asked for twice at once is started once: nobody would hold the other. */
  function startRun(request: RunRequest): Promise<Answer<RunWire>> {
    const { id } = request;
    const already = starting.get(id);
    if (already !== undefined) return already.answer;
    const answer = startOnce(request).finally(() => starting.delete(id));
    starting.set(id, { mandate: request.mandate, answer });
    return answer;
  }

  async function startOnce(request: RunRequest): Promise<Answer<RunWire>> {
    heartbeat.sense();
    const known = keeper.get(request.id);
    if (known !== undefined) return done(known.wire());
    if (past.has(request.id))
      return refuse('run_over', 409, `run \`${request.id}\` was before this enforcer started`, 'start a new run');
    if (outbox.holds(request.mandate)) return stoppedHere(request);
    if (!heartbeat.isFresh && !(await heartbeat.beat()))
      return refuse(
        'control_unreachable',
        503,
        'control is not heard, and a run needs its word now',
        'wait until control is back',
      );
    const positionBefore = position;
    const stopsBefore = localStops;
    const begun = await beginRun(request, {
      control,
      pointToken: options.pointToken,
      now,
      overtaken: (askedAt) => {
        if (localStops !== stopsBefore) return stoppedHere(request).problem;
        return heartbeat.isFromBefore(askedAt) ? slept().problem : null;
      },
      plan: (asked, ways) => ({ request: asked, dir, probe, ...ways, bin, identity, visible: options.visible }),
      async openWays(asked) {
        const door = await openRunDoor(asked, doorPath(dir, asked.id), doorDeps);
        doors.set(asked.id, door);
        const { kind, network } = asked.sandbox;
        const place = kind === 'contain' ? doorPath(dir, asked.id, 'gate') : null;
        return { door: door.socketPath, gate: network === 'gated' ? await gate.open(holderOf(asked), place) : null };
      },
      onEnd,
      onRulesWritten({ request: asked }, resources) {
        report('run.rules_put_back', { ...namesOf(asked), sentence: `it wrote ${resources.join(', ')}` });
        attempts.tell(asked, resources);
      },
    });
    if (begun.ok) keeper.add(begun.value);
    if (!begun.ok) {
      void doors.get(request.id)?.close();
      doors.delete(request.id);
      void outlets.forget(request.id, 'its run did not start');
      return begun;
    }
    if (localStops !== stopsBefore) {
      await keeper.end(begun.value, stopReason(''));
      return stoppedHere(request);
    }
    void artifacts.hold({ mandate: request.mandate, credential: request.credential });
    if (!heartbeat.isFresh) keeper.freezeAll('control_unheard', 'control was not heard while the run started');
    // A change that came between control's word and now found no run to stop.
    if (position !== positionBefore) await keeper.ask(begun.value);
    void heartbeat.beat();
    return done(begun.value.wire());
  }

  return {
    boot,
    get controlHeardMsAgo() {
      return heartbeat.heardMsAgo;
    },
    startRun,
    runs: () => [...past.values(), ...keeper.runs.map((run) => run.wire())],
    ...runActions({ keeper, heartbeat }, past),
    async stopLocal(reason) {
      const why = stopReason(reason);
      const at = clock.wall();
      const live = keeper.live;
      localStops += 1;
      keeper.freezeAll('ending', why);
      const sessions = stopAttended(dir, { why, at });
      outlets.stop(why, everyRun);
      const mandates = [
        ...new Set([
          ...mandatesOfRuns(dir),
          ...sessions.mandates,
          ...[...starting.values()].map(({ mandate }) => mandate),
        ]),
      ];
      const queued = outbox.queue(mandates, { reason, at });
      const [ended] = await Promise.all([sessions.end(), ...live.map((run) => keeper.end(run, why))]);
      attended.ended(ended, why);
      void outbox.deliver(control);
      return { killed: live.map((run) => run.wire()), sessions: ended, ...queued };
    },
    credentials,
    connections: () => gate.passages,
    scope: () => scopeOf(probe, shownAdapters(dir)),
    mcpServers: mcp.servers,
    services: listening,
    endService: endListening,
    async [Symbol.asyncDispose]() {
      clearInterval(ticker);
      clearInterval(beater);
      clearInterval(looker);
      keeper.freezeAll('ending', 'the enforcer ends');
      outlets.stop('the enforcer ends', everyRun);
      await Promise.all(keeper.live.map((run) => keeper.end(run, 'the enforcer ended')));
      await attestor.flush();
      // Last, so that no heartbeat of ours comes after it.
      await heartbeat.leave();
      stopping.abort();
      await watcher?.done;
      watcher = null;
      await artifacts[Symbol.asyncDispose]();
      await Promise.all([...doors.values()].map((door) => door.close()));
      control[Symbol.dispose]();
      runtime[Symbol.dispose]();
    },
  };
}

const stoppedHere = ({ mandate }: RunRequest) =>
  refuse(
    'stopped_here',
    409,
    `mandate \`${mandate}\` was stopped on this machine`,
    'its revocation is on its way to control',
  );

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
