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
import { createSignIns } from '../broker/sign-in/sign-ins.ts';
import type { SignIns } from '../broker/sign-in/sign-ins.ts';
import { createPushBroker } from '../broker/push-broker.ts';
import { createRunSshAgents } from '../broker/ssh/run-ssh-agents.ts';
import { createReconciler } from '../broker/reconciler.ts';
import type { Base } from '../client/caller.ts';
import { createCaller } from '../client/caller.ts';
import type { Clock } from '../client/clock.ts';
import { readClock } from '../client/clock.ts';
import { createControlClient } from '../client/control-client.ts';
import { createHeldArtifacts } from '../client/held-artifacts.ts';
import { createVerdicts } from '../client/verdicts.ts';
import type { Change, Watch } from '../client/watch.ts';
import { nobodyToAsk } from '../gateway/egress/ask-person.ts';
import { createEgressGate } from '../gateway/egress/egress-gate.ts';
import type { Resolve } from '../gateway/egress/guarded-lookup.ts';
import type { Passage } from '../gateway/egress/passage.ts';
import { systemResolve } from '../gateway/egress/guarded-lookup.ts';
import { createMcpGateway } from '../gateway/mcp/mcp-gateway.ts';
import type { McpServers } from '../gateway/mcp/mcp-servers.ts';
import { createOutsideDoor } from '../gateway/mcp/outside/outside-door.ts';
import type { OutsideDoor } from '../gateway/mcp/outside/outside-door.ts';
import type { Listening } from '../supervisor/listening.ts';
import { endListening, listening } from '../supervisor/listening.ts';
import type { ProcessIdentity } from '../supervisor/processes.ts';
import { probeForSessions, probeSandbox } from '../supervisor/probe-sandbox.ts';
import { stopAttended } from '../supervisor/end-attended.ts';
import type { RunWire } from '../supervisor/run-record.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';
import type { Answer } from './answer.ts';
import { createAttempts } from './attempts.ts';
import { createAttendedKeeper } from './attended-keeper.ts';
import { createAttestor } from './attest.ts';
import { createHeartbeat, tickMs } from './heartbeat.ts';
import { outletOf } from './outlet.ts';
import { createOutbox } from './outbox.ts';
import { personIdentity } from './person-identity.ts';
import { reactionTo } from './reaction.ts';
import { mandatesOfRuns, reapRuns, stopReason } from './reap.ts';
import type { StoppedHere } from './reap.ts';
import { runActions } from './run-actions.ts';
import type { RunActions } from './run-actions.ts';
import { makeBin } from './run-places.ts';
import { createRunKeeper } from './run-keeper.ts';
import { createRunStarts } from './run-starts.ts';
import type { ScopeWire } from './scope.ts';
import { shownAdapters } from '../gateway/adapters/shown-adapters.ts';
import { scopeOf } from './scope.ts';
import { createSettlements } from './settlements.ts';
import type { Report } from './report.ts';

export type EnforcerOptions = {
  /** Writ's state directory on this machine. */
  readonly dir: string;
  readonly control: () => Base | null;
  readonly runtime: () => Base | null;
  /** The enforcer's bearer at both. */
  readonly pointToken: () => string | null;
  /** The name of this enforcer as an enforcement point; `enforcer` where it is the only one. */
  readonly point?: string;
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
  readonly mcpSignIns: Pick<SignIns, 'begin' | 'state'>;
  /** Passes of agents outside to MCP servers. */
  readonly mcpPasses: Pick<OutsideDoor, 'addressOf' | 'give' | 'list' | 'end'>;
}

const callTimeoutMs = 1_500;
/** How often control is asked for what ended unknown. */
const reconcileMs = 2_000;

/** Starts it: ends what an earlier one left behind, then watches. Resolves before control was heard. */
export async function startEnforcer(options: EnforcerOptions): Promise<Enforcer> {
  const { dir, clock, report, point = 'enforcer' } = options;
  mkdirSync(`${dir}/enforcer`, { recursive: true, mode: 0o700 });
  const now = () => readClock(clock);
  const boot = randomUUID();
  const [reaped, probe, identity] = await Promise.all([
    reapRuns(dir, { why: 'its enforcer had died', now: clock.wall() }),
    probeSandbox(dir),
    personIdentity(),
  ]);
  const atTerminal = probe.works && probe.places === 'own' ? probe : await probeForSessions(dir);
  for (const run of reaped.killed)
    report('run.killed', { run: run.id, mandate: run.mandate, sentence: 'its enforcer had died' });
  const past = new Map(reaped.all.map((one) => [one.run.id, one]));
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
  const whenStarted = (id: string): Promise<void> => starts.whenStarted(id);
  const closedBecause = (id: string): string | null => {
    heartbeat.sense();
    if (outside.passOf(id) !== undefined) return heartbeat.isFresh ? null : 'control is not heard';
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
    // Nobody sits in front of a run: what it lacks it asks for by `writ request`.
    askPerson: nobodyToAsk,
    whenStarted,
    closedBecause,
  });
  const signIns = createSignIns(dir, options.resolve ?? systemResolve);
  const mcp = createMcpGateway(`${dir}/enforcer/mcp-servers.json`, {
    control,
    pointToken: options.pointToken,
    clock,
    verdicts,
    settlements,
    signIns,
    closedBecause,
    onStrange: (server, strange) =>
      report('mcp.not_as_trusted', {
        sentence: `${server}: ${strange.map(({ name, is }) => `${name} (${is})`).join(', ')}`,
      }),
  });
  const sshAgents = createRunSshAgents({
    dir,
    upstream: process.env['SSH_AUTH_SOCK'] ?? '',
    control,
    pointToken: options.pointToken,
    settlements,
    closedBecause,
  });
  const outside = createOutsideDoor({
    folder: `${dir}/enforcer`,
    control,
    now: () => clock.wall(),
    names: () => mcp.names(),
    namesFor: (project) => mcp.namesFor(project),
    connect: (...asked) => mcp.connect(...asked),
    onEnded: (run, why) => void mcp.forget(run, why),
    report: (sentence) => report('mcp.outside', { sentence }),
  });
  /** Every way on which effects leave a run: pushes, calls of MCP tools, and what is open through the gate. */
  const outlets = outletOf([broker, mcp, gate, sshAgents]);
  const everyRun = (): boolean => true;
  /** What nobody knows a run of is stopped with the rest. */
  const under =
    (mandate: string) =>
    (run: string): boolean =>
      (keeper.get(run) ?? outside.passOf(run))?.chain.includes(mandate) ?? true;
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
    if (reaction.what === 'end') outside.endAll(({ chain }) => chain.includes(reaction.mandate), reaction.why);
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

  const starts = createRunStarts({
    dir,
    probe,
    control,
    pointToken: options.pointToken,
    now,
    plan: (request, ways) => ({ request, dir, probe, ...ways, bin, identity, visible: options.visible }),
    keeper,
    heartbeat,
    past,
    outbox,
    outlets,
    gate,
    sshAgents,
    door: { runtime, broker, verdicts, controlBase: options.control, whenStarted, mcp, closedBecause },
    artifacts,
    attempts,
    settlements,
    position: () => position,
    report,
  });

  return {
    boot,
    get controlHeardMsAgo() {
      return heartbeat.heardMsAgo;
    },
    startRun: (request) => starts.start(request),
    runs: () => [...[...past.values()].map(({ run }) => run), ...keeper.runs.map((run) => run.wire())],
    ...runActions({ keeper, heartbeat, starts }, past),
    async stopLocal(reason) {
      const why = stopReason(reason);
      const at = clock.wall();
      const live = keeper.live;
      const onTheirWay = starts.stop();
      keeper.freezeAll('ending', why);
      const sessions = stopAttended(dir, { why, at });
      outlets.stop(why, everyRun);
      const passed = outside.endAll(() => true, why);
      const mandates = [...new Set([...mandatesOfRuns(dir), ...sessions.mandates, ...onTheirWay, ...passed])];
      const queued = outbox.queue(mandates, { reason, at });
      const [ended] = await Promise.all([sessions.end(), ...live.map((run) => keeper.end(run, why))]);
      attended.ended(ended, why);
      void outbox.deliver(control);
      return { killed: live.map((run) => run.wire()), sessions: ended, ...queued };
    },
    credentials,
    connections: () => gate.passages,
    scope: () => scopeOf({ runs: probe, sessions: atTerminal }, shownAdapters(dir)),
    mcpServers: mcp.servers,
    mcpSignIns: signIns,
    mcpPasses: outside,
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
      await starts[Symbol.asyncDispose]();
      await outside[Symbol.asyncDispose]();
      control[Symbol.dispose]();
      runtime[Symbol.dispose]();
    },
  };
}
