/**
 * Stands over the processes of an attended session: freezes them while the mandate is held, the person paused, or control is not heard;
 * kills them when the mandate has ended; and acknowledges receipts with what the kernel showed.
 *
 * Being started here is no right to go on: after every silence, a closed lid included, the mandate is asked anew before anything is thawed.
 */

import { randomUUID } from 'node:crypto';
import type {
  AttendedPlace,
  Caller,
  CallOperations,
  ControlClient,
  HeldArtifacts,
  ProcessTree,
  SandboxKind,
  SessionWays,
} from '@writ/enforce/attended';
import {
  elapsedMs,
  everyProcess,
  freezeTree,
  killTree,
  leftOpen,
  membersOfTree,
  readClock,
  systemClock,
  thawTree,
  verifyTreeFrozen,
} from '@writ/enforce/attended';
import { controlApi, heartbeatMs, runtimeApi } from '@writ/protocol';

export type GuardEvent = { readonly kind: 'frozen' | 'thawed' | 'ended'; readonly why: string };

export type GuardOptions = {
  /** Control and the runtime with the launcher's own credential. */
  readonly control: ControlClient;
  readonly runtime: Caller;
  readonly pointId: string;
  readonly session: string;
  readonly mandate: string;
  readonly tree: ProcessTree;
  /** What the disk knows of the session. */
  readonly place: AttendedPlace;
  /** What stands around the tree: in a namespace nothing of it can have been missed. */
  readonly sandbox: SandboxKind | null;
  readonly onEvent: (event: GuardEvent) => void;
  /** It is about to be ended. */
  readonly ending: (why: string) => void;
  /** What the session's hooks are answered from: told of every change, gap and silence. */
  readonly artifacts: HeldArtifacts;
  /** The credential of the session's run. */
  readonly credential: string;
  /** The operations of its calls: told of every change. */
  readonly calls: Pick<CallOperations, 'changed' | 'standing'>;
  /** On which effects leave it: stopped with it. */
  readonly ways: Pick<SessionWays, 'stop' | 'changed' | 'heard'>;
};

/** Why it stands still; it goes on when none is left. */
type Cause = 'mandate' | 'paused' | 'silence';

type Line = { readonly kind: 'operation' | 'process_group'; readonly subject: string };
const noOperations: ReadonlySet<string> = new Set();
const killDeadlineMs = 2_000;
const verifyMs = 500;

/** Watches until disposed. Resolves once it stands registered with control. */
export async function guardSession(options: GuardOptions): Promise<AsyncDisposable> {
  const { control, runtime, pointId, session, tree, place, onEvent, artifacts, credential, calls, ways } = options;
  const bounds = options.sandbox?.processes ?? 'tracked';
  /** Every mandate it worked under, and those above: a receipt of any of them may wait for a word. */
  const worked = new Set([options.mandate]);
  const over = new AbortController();
  const boot = randomUUID();
  const causes = new Set<Cause>();
  let { mandate } = options;
  let position = 0;
  let deadlineMs = killDeadlineMs;
  let heardAt = readClock(systemClock);
  let ended: { readonly survivors: number } | null = null;
  let asking: Promise<void> = Promise.resolve();
  /** Whether a receipt was opened since the last look: one that narrows waits for a word while everything goes on. */
  let mayHaveReceipt = false;
  let registering: Promise<void> = Promise.resolve();

  const silentMs = (): number => elapsedMs(heardAt, readClock(systemClock));

  const register = async (): Promise<void> => {
    const holdings = ended === null ? [{ kind: 'process_group' as const, subject: session, mandate }] : [];
    const body = { kind: 'launcher' as const, boot, position, holdings };
    const reply = await control.call(controlApi.registerPoint, { params: { id: pointId }, body });
    if (reply.ok) deadlineMs = reply.value.stop_deadline_ms;
  };

  const hold = (cause: Cause, why: string): void => {
    if (ended !== null || causes.has(cause)) return;
    // What was answered from before the silence is not what is answered from after it.
    if (cause === 'silence') artifacts.unsure();
    if (causes.size === 0) {
      freezeTree(tree);
      ways.stop(why);
      onEvent({ kind: 'frozen', why });
    }
    causes.add(cause);
  };

  const release = (...gone: readonly Cause[]): void => {
    if (ended !== null || causes.size === 0) return;
    for (const cause of gone) causes.delete(cause);
    if (causes.size > 0) return;
    thawTree(tree);
    onEvent({ kind: 'thawed', why: 'the mandate holds' });
  };

  const end = async (why: string): Promise<void> => {
    ways.stop(why);
    options.ending(why);
    const survivors = await killTree(tree, killDeadlineMs);
    ended = { survivors: survivors.length };
    onEvent({
      kind: 'ended',
      why: survivors.length === 0 ? why : `${why}; ${String(survivors.length)} processes did not end`,
    });
  };

  /** What is stopped above is told of at the receipt of that mandate. */
  const knowAbove = async (parent: string | null): Promise<void> => {
    for (let above = parent; above !== null && !worked.has(above);) {
      const reply = await control.call(controlApi.getMandate, { params: { id: above } });
      if (!reply.ok) return;
      worked.add(above);
      above = reply.value.parent;
    }
  };

  /** Asks where mandate and session stand and does what that says. Unknown holds. */
  const askAnew = async (): Promise<void> => {
    const stopped = place.stopWord();
    if (ended === null && stopped !== null) await end(stopped.why);
    if (ended !== null) return acknowledge();
    const askedAt = readClock(systemClock);
    const reply = await control.call(controlApi.getMandate, { params: { id: mandate } });
    if (!reply.ok) return hold('silence', reply.problem.detail);
    const { state, state_detail: detail, successor } = reply.value;
    if (state === 'superseded' && successor !== null) {
      mandate = successor;
      worked.add(mandate);
      place.worksUnder(mandate);
      return askAnew();
    }
    await knowAbove(reply.value.parent);
    if (state === 'suspended' || state === 'held') hold('mandate', detail);
    else if (state !== 'active') await end(detail);
    else {
      const asked = await runtime.call(runtimeApi.getSession, { params: { id: session } });
      // What is under way when a budget is spent may finish: it stands still after that.
      const finishes = asked.ok && asked.value.paused_by === 'budget' && calls.standing.size > 0;
      if (asked.ok && asked.value.state === 'paused' && !finishes) hold('paused', asked.value.state_detail);
      // INVARIANT: an answer older than the deadline, by either clock, lets nothing go on; nor does a runtime that cannot be asked end a pause.
      if (elapsedMs(askedAt, readClock(systemClock)) < deadlineMs) release('mandate', 'silence');
      if (asked.ok && asked.value.state !== 'paused') release('paused');
    }
    await acknowledge();
  };

  /** What the kernel shows, and no more: survivors are not stopped, what still moves does not stand still, and what may be missed is said. */
  const word = async () => {
    if (ended !== null)
      return ended.survivors === 0
        ? ({ outcome: 'stopped', note: `${everyProcess(bounds)} ended${leftOpen(bounds)}` } as const)
        : ({ outcome: 'unknown', note: `${String(ended.survivors)} processes did not end` } as const);
    // Ended by somebody else while this stood still.
    if (membersOfTree(tree).length === 0)
      return { outcome: 'stopped', note: `no process of it is left${leftOpen(bounds)}` } as const;
    const moving = await verifyTreeFrozen(tree, verifyMs);
    return moving.length === 0
      ? ({ outcome: 'frozen', note: `${everyProcess(bounds)} stands still${leftOpen(bounds)}` } as const)
      : ({ outcome: 'unknown', note: `${String(moving.length)} processes did not stop` } as const);
  };

  const acknowledge = async (): Promise<void> => {
    const goesOn = ended === null && causes.size === 0;
    if (goesOn && !mayHaveReceipt) return;
    mayHaveReceipt = false;
    for (const one of worked) {
      const receipts = await control.call(controlApi.listReceipts, { query: { mandate: one } });
      for (const receipt of receipts.ok ? receipts.value.items : []) {
        // What ended is settled; what stands still with the session is told of here.
        const standing = ended === null && !goesOn ? calls.standing : noOperations;
        const waiting = receipt.lines.flatMap(({ kind, subject, outcome }): readonly Line[] => {
          if (outcome !== 'pending' && outcome !== 'unconfirmed') return [];
          if (kind === 'operation' && standing.has(subject)) return [{ kind, subject }];
          return subject === session ? [{ kind: 'process_group', subject }] : [];
        });
        if (waiting.length === 0) continue;
        // What was narrowed goes on: the next call is judged by what is left, and what is under way outside it is ended as an operation.
        if (goesOn && receipt.action !== 'narrow') continue;
        const said = goesOn
          ? ({
              attested_by: 'runtime',
              outcome: 'continues',
              note: 'each next call is judged by what is left',
            } as const)
          : ({ attested_by: 'os', ...(await word()) } as const);
        await control.call(controlApi.acknowledge, {
          params: { id: receipt.id },
          body: { point: pointId, lines: waiting.map((line) => ({ ...line, ...said })) },
        });
      }
    }
  };

  /** One question at a time, the last one always asked. */
  const ask = (): void => {
    asking = asking.then(askAnew, askAnew);
  };

  // Whoever stopped it before there was anything to end left word of that.
  if (place.stopWord() !== null) await askAnew();
  await register();
  const watching = control.watch({
    after: null,
    signal: over.signal,
    onHeard: () => {
      const silent = silentMs();
      heardAt = readClock(systemClock);
      ways.heard();
      // INVARIANT: what was held in a silence is asked about before it goes on, and a silence nobody noticed is noticed here.
      if (silent > deadlineMs) hold('silence', 'control was not heard');
      if (causes.size > 0) ask();
    },
    onChange: (change) => {
      position = change.position;
      artifacts.changed(change);
      calls.changed(change);
      if (change.type.startsWith('receipt.')) mayHaveReceipt = true;
      ways.changed(change);
      if (/^(mandate|signal|receipt)\./.test(change.type)) ask();
    },
    onGap: () => {
      artifacts.unsure();
      ask();
    },
  });
  /** At the earliest expiry of the chain, whatever control can still say. */
  const standAtEnd = (): void => {
    if ((artifacts.endsInMs(credential) ?? 1) > 0) return;
    hold('mandate', 'its time is over');
    ask();
  };
  let beats = 0;
  const beat = setInterval(() => {
    if (silentMs() > deadlineMs) hold('silence', 'control is not heard');
    const left = artifacts.endsInMs(credential);
    if (left !== null && left < heartbeatMs) setTimeout(standAtEnd, Math.max(0, left)).unref();
    beats += 1;
    // The runtime's own stream is not watched: a pause is seen within a second.
    if (beats % 2 === 0) ask();
    registering = register().catch(() => undefined); // the deadline above is what a dead control leads to
  }, heartbeatMs);
  // Stopped and let go on, as by Ctrl-Z and `fg`: what the enforcer held meanwhile goes on only once the mandate was asked.
  const onContinued = (): void => {
    asking = asking.then(askAnew, askAnew).then(() => {
      if (ended === null && causes.size === 0) thawTree(tree);
    });
  };
  process.on('SIGCONT', onContinued);

  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      process.off('SIGCONT', onContinued);
      over.abort();
      await Promise.allSettled([watching.done, asking, registering]);
      // The session is over, and so is what was approved for it: what outlives its program ends with it.
      ended ??= { survivors: (await killTree(tree, killDeadlineMs)).length };
      await acknowledge();
      // Last: no heartbeat of ours follows, and nobody waits for this point from here on.
      await control.call(controlApi.leavePoint, { params: { id: pointId }, body: { boot } });
    },
  };
}
