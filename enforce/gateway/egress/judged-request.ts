/**
 * The verdict on one request in the clear: what reads rests on a yes of at most some seconds; what sends, or calls a model, is begun with the digest of its body,
 * held while it goes on, and settled once.
 */

import { createHash, randomUUID } from 'node:crypto';
import { controlApi } from '@writ/protocol';
import { readClock } from '../../client/clock.ts';
import type { Verdicts } from '../../client/verdicts.ts';
import type { FinalUsage, OperationWire } from '../../enforcer/ask-control.ts';
import { beside } from '../../enforcer/ask-control.ts';
import { holdOperation } from '../../enforcer/held-operation.ts';
import type { DoorHolder } from '../door-holder.ts';
import type { Estimate } from '../model/model-account.ts';
import type { AskPerson, No } from './ask-person.ts';
import { orAsked } from './ask-person.ts';
import type { RequestTarget } from './egress-target.ts';
import { answeredText } from './refusal-text.ts';
import type { OnRefused, RunPassagesDeps } from './run-passages.ts';
import { problemNo } from './run-passages.ts';

export type Outcome = 'done' | 'failed' | 'interrupted' | 'unknown';

export type Permitted = {
  readonly ok: true;
  /** Says how it ended; the first word stands. */
  readonly over: (outcome: Outcome, evidence: string, usage?: FinalUsage) => void;
  /** Asks once more whether it may go on: something above it changed. */
  readonly ask: () => void;
  /** Called when it may not go on. */
  onLost: (why: string) => void;
};

export type Judged = { readonly ok: false; readonly text: string } | Permitted;

const leaseMs = 15_000;

/** The part of a question that is the same for everything a run asks. */
export const askedBy = (holder: DoorHolder) => ({
  mandate: holder.mandate,
  session: holder.session,
  credential: holder.credential,
  facts: {},
  parameters: {},
  containment: holder.containment,
});

type ReadDesk = { readonly verdicts: Verdicts; readonly onRefused: OnRefused; readonly askPerson: AskPerson };

/** The verdict on reading `target`. */
export async function judgeRead(holder: DoorHolder, target: RequestTarget, desk: ReadDesk): Promise<Judged> {
  const { action, resource } = target;
  const judge = async (): Promise<{ readonly ok: true } | No> => {
    const { decision, code, sentence, wayOut } = await desk.verdicts.check({ ...askedBy(holder), action, resource });
    if (decision === 'permit') return { ok: true };
    const text = answeredText(code, wayOut === null ? sentence : `${sentence}; ${wayOut}`, target);
    return { ok: false, text, refused: { action, resource, code, sentence, approval: null } };
  };
  const judged = await orAsked(judge, desk.askPerson);
  if (!judged.ok) {
    desk.onRefused(target, judged.refused.sentence);
    return judged;
  }
  const permitted: Permitted = {
    ok: true,
    over: () => undefined,
    ask: () =>
      void judge().then((again) => {
        if (again.ok) return;
        desk.onRefused(target, again.refused.sentence);
        permitted.onLost(again.text);
      }),
    onLost: () => undefined,
  };
  return permitted;
}

export type Sending = {
  readonly target: RequestTarget;
  readonly action: string;
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
  readonly estimate: Estimate | null;
};

/** Begins what is sent. */
export async function beginSending(holder: DoorHolder, sending: Sending, deps: RunPassagesDeps): Promise<Judged> {
  const { target, action } = sending;
  const { resource } = target;
  const begun = await orAsked(() => beginOnce(holder, sending, deps), deps.askPerson);
  if (begun.ok) return held(holder, begun, deps);
  deps.onRefused({ action, resource }, begun.refused.sentence);
  return begun;
}

type Begun = { readonly ok: true; readonly operation: OperationWire; readonly askedAt: ReturnType<typeof readClock> };

async function beginOnce(
  holder: DoorHolder,
  { target: { resource }, action, method, url, body, estimate }: Sending,
  deps: RunPassagesDeps,
): Promise<Begun | No> {
  const askedAt = readClock(deps.clock);
  const begun = await deps.control.call(controlApi.begin, {
    token: holder.credential,
    ...beside(deps),
    idempotencyKey: randomUUID(),
    body: {
      mandate: holder.mandate,
      action,
      resource,
      parameters: { method, url, body: `sha-256:${createHash('sha256').update(body).digest('base64url')}` },
      containment: holder.containment,
      session: holder.session,
      lease_ms: leaseMs,
      ...(estimate === null ? {} : { estimate }),
    },
  });
  return begun.ok
    ? { ok: true, operation: begun.value.operation, askedAt }
    : problemNo({ action, resource }, begun.problem);
}

/** What was begun, held while it goes on. */
function held({ credential }: DoorHolder, { operation, askedAt }: Begun, deps: RunPassagesDeps): Permitted {
  const permitted: Permitted = {
    ok: true,
    over(outcome, evidence, usage) {
      holding.stop();
      const account = { operation: operation.id, credential, outcome, evidence };
      void deps.settlements.say(usage === undefined ? account : { ...account, usage });
    },
    ask: () => {
      holding.ask();
    },
    onLost: () => undefined,
  };
  const onLost = (why: string): void => {
    permitted.onLost(why);
  };
  const holding = holdOperation({ credential, operation, askedAt, leaseMs, onLost }, deps);
  return permitted;
}
