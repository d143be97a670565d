/**
 * The verdict on one request in the clear: what reads rests on a yes of at most some seconds; what sends, or calls a model, is begun with the digest of its body,
 * held while it goes on, and settled once.
 */

import { createHash, randomUUID } from 'node:crypto';
import { controlApi } from '@writ/protocol';
import { readClock } from '../../client/clock.ts';
import type { Verdicts } from '../../client/verdicts.ts';
import type { FinalUsage } from '../../enforcer/ask-control.ts';
import { beside } from '../../enforcer/ask-control.ts';
import { holdOperation } from '../../enforcer/held-operation.ts';
import type { DoorHolder } from '../door-holder.ts';
import type { Estimate } from '../model/model-account.ts';
import type { RequestTarget } from './egress-target.ts';
import { answeredText, problemText } from './refusal-text.ts';
import type { OnRefused, RunPassagesDeps } from './run-passages.ts';

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

/** The verdict on reading `target`. */
export async function judgeRead(
  holder: DoorHolder,
  target: RequestTarget,
  desk: { readonly verdicts: Verdicts; readonly onRefused: OnRefused },
): Promise<Judged> {
  const { decision, code, sentence, wayOut } = await desk.verdicts.check({
    ...askedBy(holder),
    action: target.action,
    resource: target.resource,
  });
  if (decision !== 'permit') {
    desk.onRefused(target, sentence);
    return { ok: false, text: answeredText(code, wayOut === null ? sentence : `${sentence}; ${wayOut}`, target) };
  }
  const permitted: Permitted = {
    ok: true,
    over: () => undefined,
    ask: () =>
      void judgeRead(holder, target, desk).then((again) => {
        if (!again.ok) permitted.onLost(again.text);
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
export async function beginSending(
  holder: DoorHolder,
  { target, action, method, url, body, estimate }: Sending,
  deps: RunPassagesDeps,
): Promise<Judged> {
  const askedAt = readClock(deps.clock);
  const begun = await deps.control.call(controlApi.begin, {
    token: holder.credential,
    ...beside(deps),
    idempotencyKey: randomUUID(),
    body: {
      mandate: holder.mandate,
      action,
      resource: target.resource,
      parameters: { method, url, body: `sha-256:${createHash('sha256').update(body).digest('base64url')}` },
      containment: holder.containment,
      session: holder.session,
      lease_ms: leaseMs,
      ...(estimate === null ? {} : { estimate }),
    },
  });
  if (!begun.ok) {
    const asked = { action, resource: target.resource };
    deps.onRefused(asked, begun.problem.detail);
    return { ok: false, text: problemText(begun.problem, asked) };
  }
  const { operation } = begun.value;
  const permitted: Permitted = {
    ok: true,
    over(outcome, evidence, usage) {
      held.stop();
      const account = { operation: operation.id, credential: holder.credential, outcome, evidence };
      void deps.settlements.say(usage === undefined ? account : { ...account, usage });
    },
    ask: () => {
      held.ask();
    },
    onLost: () => undefined,
  };
  const onLost = (why: string): void => {
    permitted.onLost(why);
  };
  const held = holdOperation({ credential: holder.credential, operation, askedAt, leaseMs, onLost }, deps);
  return permitted;
}
