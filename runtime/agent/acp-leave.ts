/**
 * What an ACP agent is answered when it asks leave for a call: everything the call does is put to control, and the first thing that is not permitted is the answer. What waits for a person is a question at
 * control like any other: the agent's request stands still until it is answered, from wherever, and the yes begins an operation that ends with the call.
 *
 * It decides nothing. INVARIANT: a yes of a person is found only by what begins on it, and it is bound to the files it was given for: it counts for one call, and for none once the call, the files or the mandate
 * are others. So nothing has to be remembered here: whoever asks the same again after this process ended finds the same question, or its answer.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type {
  PermissionOptionKind,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk';
import type { AskedCalls, JudgedAction } from '@writ/enforce';
import { holdOperation } from '@writ/enforce';
import { readClock, systemClock } from '@writ/enforce/client';
import { approvalIn, controlApi } from '@writ/protocol';
import type { Step, StepAnswer } from '../control/ask.ts';
import { askStep, isSilence, toJson, vouching } from '../control/ask.ts';
import type { Ports } from '../ports.ts';
import { containmentOf } from '../runner/run.ts';
import { filesNow } from '../session/checkpoints.ts';
import type { SessionEvent } from '../session/events.ts';
import { credentialName } from '../session/resume.ts';
import type { Session } from '../session/session.ts';
import { acting } from '../session/session.ts';
import type { TurnEnd, TurnWork } from './driver.ts';

/** How a call ended, as its agent or whoever ended it says. */
export type CallEnd = 'done' | 'failed' | 'interrupted' | 'unknown';

/** A call for whose yes nobody waits here any more; `approval` is the question at control. */
export type Parked = { readonly approval: string; readonly sentence: string };

/** How a turn ends in which a person has to say yes first, and was not waited for any longer. */
export const parkedEnd = ({ approval, sentence }: Parked): TurnEnd => ({
  ...{ ended: 'refused', hold: { approval }, code: 'approval_required', summary: sentence, wayOut: null },
});

export type LeaveDeps = {
  readonly record: (event: SessionEvent) => void;
  /** Why a call was refused: the protocol has no place for it in the answer. */
  readonly onRefused: (sentence: string) => void;
  /** What began may not go on. */
  readonly onLost: (why: string) => void;
  /** A call waited for as long as one may: its turn is to end. */
  readonly onParked: () => void;
};

export interface Leaves {
  /** Resolves with what the agent is told; `cancelled` where its turn was stopped meanwhile. Never rejects. */
  answer(asked: RequestPermissionRequest, calls: AskedCalls): Promise<RequestPermissionResponse>;
  /** The same of a call whose parts are known. */
  judge(call: string, title: string, actions: readonly JudgedAction[]): Promise<Leave>;
  /** The agent said how a call ended. */
  ended(call: string, end: CallEnd): void;
  /** The prompt was cancelled: what still waits is answered so, as the protocol has it, and its question waits on. */
  withdraw(): void;
  /** The first call that was given up waiting for. */
  readonly parked: Parked | null;
  /** Nothing of the turn goes on any more. Resolves when control was told of every call that was begun. */
  close(end: CallEnd, evidence: string): Promise<void>;
}

type Begun = {
  readonly call: string;
  readonly operation: string;
  readonly credential: string;
  readonly stop: () => void;
};
type Said = 'permit' | 'refuse' | 'cancelled';
/** `sentence`: why not, where it was refused. */
export type Leave = { readonly said: Said; readonly sentence: string };
/** One thing that a call does, with what it is asked under. */
type Asking = { readonly call: string; readonly title: string; readonly step: Step; readonly session: Session };
type Asked = Asking & { readonly mandate: string; readonly credential: string };

/** As long as anybody asks for it, milliseconds. */
const leaseMs = 60_000;
const lookMs = 500;

/** The leaves of one turn. */
export function createLeaves(ports: Ports, work: TurnWork, deps: LeaveDeps): Leaves {
  const { record, onRefused, onLost, onParked } = deps;
  const refused = new Map<string, string>();
  const begun = new Set<Begun>();
  let waiting = new AbortController();
  let parked: Parked | null = null;
  /** One look at the files at a time. */
  let looking: Promise<unknown> = Promise.resolve();

  function judged(
    { call, title, step: { action, resource } }: Asking,
    decision: 'permit' | 'refuse' | 'hold',
    sentence: string,
    approval: string | null = null,
  ): void {
    if (decision === 'refuse') {
      refused.set(call, sentence);
      onRefused(sentence);
    }
    const waits = approval === null ? {} : { approval };
    const data = { turn: work.turn, call, title, action, resource, decision, sentence, ...waits };
    record({ type: 'tool.judged', data });
  }

  async function ask(asking: Asking): Promise<Said> {
    const { session, step } = asking;
    const { mandate } = session;
    const credential = await ports.credentials.get(credentialName(session));
    if (mandate === null || credential === null || work.signal.aborted) {
      judged(asking, 'refuse', nothingIsPermitted.sentence);
      return 'refuse';
    }
    const answered = await askStep(ports, mandate, credential, step, session.id);
    if (answered.answer === 'hold') return untilAnswered({ ...asking, mandate, credential });
    const said = answered.answer === 'permit' ? 'permit' : 'refuse';
    judged(asking, said, answered.sentence);
    return said;
  }

  /** Begins it, as soon as a person said yes. Each look is at the question as it is now: what it rests on may have changed since the last. */
  async function untilAnswered(asked: Asked): Promise<Said> {
    const { signal } = waiting;
    const until = work.session.task === null ? Infinity : performance.now() + ports.heldCallMs;
    let [shown, key] = ['', ports.newId('held')];
    let files: string | null = null;
    for (;;) {
      if (signal.aborted || ports.closing.aborted) return 'cancelled';
      const askedAt = readClock(systemClock);
      files ??= await filesHere(asked.session);
      const tried = await begin(asked, files, key);
      if (tried.ok) {
        const { operation, verdict } = tried.value;
        if (signal.aborted) {
          await settle({ operation: operation.id, credential: asked.credential }, 'interrupted', 'nothing of it ran');
          return 'cancelled';
        }
        const { credential, call } = asked;
        const lease = { credential, operation, askedAt, leaseMs, onLost };
        const { stop } = holdOperation(lease, {
          control: ports.control,
          pointToken: ports.pointToken,
          clock: systemClock,
        });
        begun.add({ call, operation: operation.id, credential, stop });
        judged(asked, 'permit', verdict.reason.sentence);
        return 'permit';
      }
      const { problem } = tried;
      const approval = approvalIn(problem);
      if (approval === null && !isSilence(problem)) {
        judged(asked, 'refuse', problem.detail);
        return 'refuse';
      }
      if (approval !== null && approval !== shown)
        judged(asked, 'hold', `${problem.detail} (\`${approval}\`)`, approval);
      // Where nobody was heard, the very same is asked again.
      if (approval !== null) [shown, key, files] = [approval, ports.newId('held'), null];
      const isLate = await untilMoved(approval, signal, until);
      if (isLate) return park(asked, approval, problem.detail);
    }
  }

  /** Resolves once it is worth asking again: the question was answered or is void, or control may be back. With whether it was waited for long enough. */
  async function untilMoved(approval: string | null, signal: AbortSignal, until: number): Promise<boolean> {
    for (;;) {
      await sleep(lookMs, undefined, { signal }).catch(() => undefined); // the caller looks
      if (signal.aborted || ports.closing.aborted) return false;
      if (performance.now() > until) return true;
      if (approval === null) return false;
      const found = await ports.control.call(controlApi.getApproval, { params: { id: approval } });
      if (found.ok ? found.value.state !== 'waiting' : !isSilence(found.problem)) return false;
    }
  }

  function park(asked: Asked, approval: string | null, sentence: string): Said {
    if (approval === null) {
      judged(asked, 'refuse', sentence);
      return 'refuse';
    }
    parked ??= { approval, sentence };
    withdraw();
    onParked();
    return 'cancelled';
  }

  function filesHere(session: Session): Promise<string> {
    const look = looking.then(() => filesNow(ports, session));
    looking = look.catch(() => undefined);
    return look;
  }

  function begin({ session, mandate, credential, step }: Asked, files: string, key: string) {
    const { action, resource, parameters, containment } = step;
    return ports.control.call(controlApi.begin, {
      ...{ token: credential, ...vouching(ports.pointToken), idempotencyKey: key },
      body: {
        ...{ mandate, action, resource, containment, session: session.id, lease_ms: leaseMs },
        parameters: { ...toJson(parameters), files },
      },
    });
  }

  async function settle(
    { operation, credential }: Pick<Begun, 'operation' | 'credential'>,
    outcome: CallEnd,
    evidence: string,
  ): Promise<void> {
    // What control does not hear it says itself, once the lease is over: that nobody knows.
    await ports.control.call(controlApi.settle, {
      ...{ token: credential, ...vouching(ports.pointToken), params: { id: operation } },
      ...{
        body: { outcome, evidence: evidence.slice(0, 4_000).toWellFormed() },
        idempotencyKey: `${operation}-settle`,
      },
    });
  }

  async function end(one: Begun, outcome: CallEnd, evidence: string): Promise<void> {
    if (!begun.delete(one)) return;
    one.stop();
    await settle(one, outcome, evidence);
  }

  const endCall = async (call: string, outcome: CallEnd, evidence: string): Promise<void> => {
    await Promise.all([...begun].filter((one) => one.call === call).map((one) => end(one, outcome, evidence)));
  };

  function withdraw(): void {
    waiting.abort();
    waiting = new AbortController();
  }

  async function judgeAll(call: string, title: string, actions: readonly JudgedAction[]): Promise<Said> {
    const session = acting(ports.records.sessions.get(work.session.id) ?? work.session);
    const containment = containmentOf(session);
    for (const { action, resource, parameters } of actions) {
      const said = await ask({ call, title, session, step: { action, resource, parameters, containment } });
      if (said === 'permit') continue;
      await endCall(call, 'interrupted', 'another part of the call was not permitted, so that nothing of it ran');
      return said;
    }
    return 'permit';
  }

  async function judge(call: string, title: string, actions: readonly JudgedAction[]): Promise<Leave> {
    const said = await judgeAll(call, title, actions).catch((): Said => 'refuse');
    // What runs goes on without this process, and hears nothing more from it.
    if (ports.closing.aborted) return new Promise(() => undefined);
    return { said, sentence: refused.get(call) ?? 'nobody could be asked' };
  }

  return {
    async answer(asked, calls) {
      const { toolCallId, title } = asked.toolCall;
      const { said } = await judge(
        toolCallId,
        (title ?? '').slice(0, 500).toWellFormed(),
        calls.actionsOf({ ...asked.toolCall }),
      );
      return outcomeOf(said, asked);
    },
    judge,
    ended: (call, outcome) => void endCall(call, outcome, `the agent said that its call ${ended[outcome]}`),
    withdraw,
    get parked() {
      return parked;
    },
    async close(outcome, evidence) {
      withdraw();
      await Promise.all([...begun].map((one) => end(one, outcome, evidence)));
    },
  };
}

const ended: Readonly<Record<CallEnd, string>> = {
  done: 'ended',
  failed: 'failed',
  interrupted: 'was interrupted',
  unknown: 'ended in a way it does not know',
};

const kinds: Readonly<Record<Exclude<Said, 'cancelled'>, PermissionOptionKind>> = {
  permit: 'allow_once',
  refuse: 'reject_once',
};

/** By kind, never by id: ids differ between agents. */
function outcomeOf(said: Said, { options }: RequestPermissionRequest): RequestPermissionResponse {
  const option = said === 'cancelled' ? undefined : options.find(({ kind }) => kind === kinds[said]);
  return {
    outcome: option === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId: option.optionId },
  };
}

const nothingIsPermitted = {
  ...{ answer: 'refuse', code: 'unknown_mandate', wayOut: null },
  sentence: 'nothing is permitted here any more',
} satisfies StepAnswer;
