/**
 * The runtime: opened on a journal, put in step with control and the enforcer, and then driven by its commands. It continues work; whether the work
 * may continue is asked of control, every time.
 */

import { join } from 'node:path';
import type { Caller, ControlClient } from '@writ/enforce';
import type { Journal, Seal, VerifyReport } from '@writ/journal';
import { nameOfKey, Notary, openEvidenceKey } from '@writ/journal';
import { enforcerApi } from '@writ/protocol';
import type { AgentCommands } from './commands/agent-commands.ts';
import { agentCommands } from './commands/agent-commands.ts';
import type { AttentionCommands } from './commands/attention-commands.ts';
import { attentionCommands } from './commands/attention-commands.ts';
import type { DoorCommands } from './commands/door-commands.ts';
import { doorCommands } from './commands/door-commands.ts';
import type { ErasureCommands } from './commands/erasure-commands.ts';
import { erasureCommands, openRetention } from './commands/erasure-commands.ts';
import type { ForkCommands } from './commands/fork-commands.ts';
import { forkCommands } from './commands/fork-commands.ts';
import type { House } from './commands/house.ts';
import type { MissionCommands } from './commands/mission-commands.ts';
import { missionCommands } from './commands/mission-commands.ts';
import type { WorkspaceCommands } from './commands/workspace-commands.ts';
import { workspaceCommands } from './commands/workspace-commands.ts';
import type { SessionCommands } from './commands/session-commands.ts';
import { sessionCommands } from './commands/session-commands.ts';
import { openCredentials } from './credentials.ts';
import { keepInStep, keepTold } from './keep-in-step.ts';
import { lookAtHeld } from './held.ts';
import { Dispatcher } from './mission/dispatch.ts';
import type { Ports } from './ports.ts';
import { report } from './point.ts';
import { openRecords } from './records.ts';
import { recover } from './recover.ts';
import { Reconciler } from './reconcile.ts';
import type { AtWork, Rest } from './rest.ts';
import { atWork, createRest } from './rest.ts';
import type { SearchIndex } from './search/search-index.ts';
import { openSearchIndex } from './search/search-index.ts';
import type { Presence } from './session/presence.ts';
import { createPresence } from './session/presence.ts';
import { keepFault } from './session/fault.ts';
import { SessionQueue } from './session/queue.ts';
import { isForeign } from './session/resume.ts';
import type { Session } from './session/session.ts';
import type { Turns } from './session/turn.ts';
import { changesSince, tellWhatChanged, workUnderWay } from './while-away.ts';
import { createWitness } from './witness.ts';

export type RuntimeOptions = {
  /** The state directory; the runtime uses `runtime/` in it. */
  readonly dir: string;
  readonly journal: Journal;
  /** Control, with this runtime's token. */
  readonly control: ControlClient;
  /** The token of this runtime as an enforcement point, beside which an actor's word on containment counts; null until control has made it. */
  readonly pointToken: () => string | null;
  readonly enforcer: Caller;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** The name of this runtime as an enforcement point; `runtime` where it is the only one. */
  readonly point?: string;
  /** Whether runtimes of other machines use the same journal. Default: none does. */
  readonly isOneOfSeveral?: () => boolean;
  /** How runs of missions are bounded; by default as the enforcer says it can, `contain` where it cannot be asked. */
  readonly sandbox?: 'contain' | 'none';
  /** Before a second attempt; doubled for each further one. */
  readonly retryDelayMs?: number;
  /** How long a call of a task's agent stands still for a person before its task is parked, milliseconds; four minutes. */
  readonly heldCallMs?: number;
  /** How often mandates are asked without being told to. */
  readonly heartbeatMs?: number;
  /** Given a sentence for the log of the process. Default: nobody is told. */
  readonly tell?: (sentence: string) => void;
  /** Told of what was thrown in the work on one session. */
  readonly failed?: (session: string, error: unknown) => void;
};

export interface Runtime extends AsyncDisposable, ErasureCommands {
  readonly missions: MissionCommands;
  readonly sessions: SessionCommands & ForkCommands;
  readonly agents: AgentCommands;
  readonly attention: AttentionCommands;
  readonly door: DoorCommands;
  readonly workspace: WorkspaceCommands;
  /** Who has which session open now. */
  readonly presence: Presence;
  /** What was said in sessions, by its words. Who may see what it finds is the caller's to say. */
  readonly search: Pick<SearchIndex, 'find'>;
  readonly boot: string;
  readonly journal: Journal;
  /** What the enforcer runs, or null where it cannot be asked. */
  runs(): Promise<readonly RunView[] | null>;
  verify(expected: readonly Seal[]): Promise<VerifyReport>;
  /** One look at every mandate now, and what follows from it. */
  reconcile(): Promise<void>;
  /** How long ago control heard this runtime and answered, in milliseconds; null while it never did. */
  controlHeardMsAgo(): number | null;
  /** What was last witnessed of control's journal: its position; null while nothing was. */
  witnessed(): number | null;
  /** How many inputs were admitted and not taken up yet. */
  queued(): number;
  /** Begins, goes on with or ends a rest, in which nothing new is started; says what is at work. */
  rest(on: boolean): readonly AtWork[];
  /** Resolves when no attempt and no turn is under way. */
  settled(): Promise<void>;
}

export type RunView = (typeof enforcerApi.listRuns.reply)['_zod']['output']['items'][number];

/** Opens the runtime: rebuilds its records, takes up what goes on, and follows control until it is disposed. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const closing = new AbortController();
  const rest = createRest(options.now, () => takeUp());
  const ports = await openPorts(options, closing.signal, rest);
  const turns: Turns = new Map();
  const search = openSearchIndex(options.journal, join(ports.dir, 'search.db'));
  const sandbox = sandboxKind(options);
  const dispatcher = new Dispatcher({ ...ports, turns, sandbox, retryDelayMs: options.retryDelayMs ?? 1_000 });
  const queue = new SessionQueue(ports, turns);
  const drain = (session: string): void => {
    queue.drain(session);
  };
  const house: House = { ...ports, turns, dispatcher, drain, sandbox };
  const seen = ports.witness.seen();
  const work = workUnderWay(ports);
  // First of all: a control whose journal was set back must know before it is asked whether anything may go on.
  const held = lookAtHeld(ports);
  await report(ports, held(), null, 0);
  const found = ports.witness.seen();
  const { control, heartbeatMs = 1_000 } = options;
  const following = { ports, held, control, heartbeatMs, closing: closing.signal };
  // It may not have been there, and what goes on is put back to work at the pace of an enforcer that may not be there either: it is told all the while.
  const told = keepTold(following);
  await recover(ports, dispatcher, (session, adopt) => {
    queue.adopt(session, adopt);
  }).catch(async (error: unknown) => {
    closing.abort(error);
    await told.done;
    throw error;
  });
  const reconciler = new Reconciler({ ...ports, turns, dispatcher, sandbox, drain });
  const step = keepInStep(following, told, reconciler);
  const telling = tellOfTimeAway();
  takeUp();

  /** Of another incarnation nothing is told: control itself says then that it was restored. */
  async function tellOfTimeAway(): Promise<void> {
    if (seen === null || found?.incarnation !== seen.incarnation || work.length === 0) return;
    try {
      const changes = await changesSince(options.control, seen.position, found.position, closing.signal);
      if (changes.length === 0 || closing.signal.aborted) return;
      await step.now();
      await tellWhatChanged(ports, work, changes);
    } catch (error) {
      if (!closing.signal.aborted) throw error;
    }
  }

  /** Starts whatever waits and may be started. */
  function takeUp(): void {
    if (closing.signal.aborted) return;
    for (const mission of ports.records.missions.all()) void dispatcher.kick(mission.id);
    for (const session of ports.records.sessions.all()) void takeUpSession(session);
  }

  async function takeUpSession(session: Session): Promise<void> {
    try {
      if (!(await isForeign(ports, session))) drain(session.id);
    } catch (error) {
      await keepFault(ports, session.id, error);
    }
  }

  const settled = async (): Promise<void> => {
    await dispatcher.settled();
    await queue.settled();
  };
  return {
    missions: missionCommands(house),
    sessions: { ...sessionCommands(house), ...forkCommands(house) },
    agents: agentCommands(house),
    attention: attentionCommands(house),
    door: doorCommands(house),
    workspace: workspaceCommands(house),
    ...erasureCommands(ports),
    presence: createPresence(),
    search,
    boot: ports.boot,
    journal: options.journal,
    async runs() {
      const listed = await options.enforcer.call(enforcerApi.listRuns);
      return listed.ok ? listed.value.items : null;
    },
    controlHeardMsAgo: () => told.heardMsAgo(),
    witnessed: () => ports.witness.seen()?.position ?? null,
    queued: () => ports.records.sessions.all().reduce((sum, { queue: waiting }) => sum + waiting.length, 0),
    verify: (expected) => options.journal.verify(expected),
    rest(on) {
      rest.set(on);
      return atWork(ports, (session) => dispatcher.isAtWork(session));
    },
    reconcile: () => step.now(),
    settled,
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('the runtime is closing'));
      await step.done;
      await told.done;
      await telling;
      await settled();
      await search[Symbol.asyncDispose]();
      await ports.retention[Symbol.asyncDispose]();
      await ports.notary.seal();
      ports.notary[Symbol.dispose]();
      await ports.records[Symbol.asyncDispose]();
    },
  };
}

async function openPorts(options: RuntimeOptions, closing: AbortSignal, rest: Rest): Promise<Ports> {
  const { dir, journal, control, pointToken, enforcer, now, random } = options;
  const { tell = () => undefined, failed = () => undefined } = options;
  const own = join(dir, 'runtime');
  const evidence = openEvidenceKey(join(own, 'evidence.key'));
  const keys = { own: openEvidenceKey(join(own, 'snapshot.key')), evidence };
  const records = await openRecords(journal, { keys, now, tell });
  const newId = (prefix: string): string => `${prefix}-${letters(random(10))}`;
  return {
    control,
    pointToken,
    enforcer,
    records,
    retention: openRetention(records, { now, tell }),
    witness: createWitness(journal, records.noted, now),
    notary: await Notary.open(journal, { plane: 'runtime', key: evidence, now }),
    credentials: await openCredentials(join(own, 'credentials')),
    dir: own,
    boot: newId('boot'),
    point: options.point ?? 'runtime',
    isOneOfSeveral: options.isOneOfSeveral ?? (() => false),
    machine: nameOfKey(evidence),
    evidenceKey: evidence,
    now,
    newId,
    heldCallMs: options.heldCallMs ?? 240_000,
    failed,
    isResting: () => rest.isOn,
    closing,
  };
}

/** Lower-case letters and digits without those that look alike; five bits a byte. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz023456789';
const letters = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => alphabet[byte % alphabet.length] ?? '').join('');

/** What runs are bounded by: `contain` until the enforcer said what this machine can. */
function sandboxKind({ sandbox, enforcer }: RuntimeOptions): () => Promise<'contain' | 'none'> {
  let known = sandbox;
  return async () => {
    if (known !== undefined) return known;
    const scope = await enforcer.call(enforcerApi.scope);
    if (scope.ok) known = scope.value.strength === 'contain' ? 'contain' : 'none';
    return known ?? 'contain';
  };
}
