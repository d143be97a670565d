/**
 * What a resource server uses: it asks control, as it commits, whether the permit it was brought is current, and takes its single use.
 *
 * Fails closed: what cannot be verified, cannot be asked or is not answered in time is refused, and a refusal never runs the effect. It
 * never asks twice for one commit on its own account, so a permit whose answer was lost may be spent without effect: begin anew.
 */

import { randomUUID } from 'node:crypto';
import { controlApi } from '@writ/protocol';
import type { z } from 'zod';
import type { Caller } from '../client/caller.ts';
import { createCaller } from '../client/caller.ts';
import type { Clock } from '../client/clock.ts';
import { readClock, systemClock } from '../client/clock.ts';
import { elapsedMs } from '../client/freshness.ts';
import { createKeyStore } from '../client/key-store.ts';
import type { VerifiedPermit } from './permit.ts';
import { verifyPermit } from './permit.ts';
import type { Refused } from './refusal.ts';
import { refuse } from './refusal.ts';

/** Somebody wants `action` on `resource` with exactly these parameters, and brings a permit for it. */
export type Claim = {
  readonly permit: string;
  readonly action: string;
  readonly resource: string;
  /** The name this sink has in the project; a permit for another is refused. Undefined: it does not know its name. */
  readonly sink?: string | undefined;
  /** The same values `begin` was asked with: they are compared by digest. */
  readonly parameters: z.input<typeof controlApi.redeem.body>['parameters'] & {};
};

export type Redeemed = { readonly ok: true; readonly operation: string; readonly mandate: string };

export type SinkOptions = {
  /** A caller, or where control listens. */
  readonly control: Caller | { readonly url: string };
  /** The sink's own credential; a function is asked before each call. */
  readonly token: string | (() => string);
  /** The longest an answer of control may take, and the oldest it may be, milliseconds. */
  readonly timeoutMs: number;
  readonly clock?: Clock;
};

export interface Sink extends Disposable {
  /** Checks everything about a permit that can be known without asking whether it is current. Spends nothing. */
  verify(claim: Claim): Promise<VerifiedPermit | Refused>;
  /**
   * Verifies, asks, and takes the permit's single use. For a sink whose effect begins when it returns (a Git hook); where the effect can
   * be a function, `commit` leaves less room for a mistake.
   */
  redeem(claim: Claim): Promise<Redeemed | Refused>;
  /** Redeems, and only then runs `effect`, at most once. Rejects only with what `effect` rejects with: its use is spent then. */
  commit<T>(claim: Claim, effect: () => Promise<T>): Promise<{ readonly ok: true; readonly value: T } | Refused>;
}

/** A sink that asks `control`. Disposing it closes connections it made itself. */
export function createSink({ control, token, timeoutMs, clock = systemClock }: SinkOptions): Sink {
  const isOwn = 'url' in control;
  const caller = isOwn ? createCaller({ base: control, token: null, timeoutMs }) : control;
  const keys = createKeyStore(caller, clock, timeoutMs);

  const verify = ({ permit, action, resource }: Claim): Promise<VerifiedPermit | Refused> =>
    verifyPermit(permit, { action, resource }, keys, clock.wall());

  async function redeem(claim: Claim): Promise<Redeemed | Refused> {
    const verified = await verify(claim);
    if (!verified.ok) return verified;
    const { operation, mandate, action, resource } = verified.claims;
    const askedAt = readClock(clock);
    const reply = await caller.call(controlApi.redeem, {
      body: {
        permit: claim.permit,
        action,
        resource,
        parameters: claim.parameters,
        ...(claim.sink !== undefined && { sink: claim.sink }),
      },
      // New for every commit: what is answered again is the same question, sent twice by a broken connection.
      idempotencyKey: randomUUID(),
      token: typeof token === 'function' ? token() : token,
      timeoutMs,
    });
    if (!reply.ok)
      return refuse('control_unreachable', `control did not say that the permit is current: ${reply.problem.detail}`);
    if (!reply.value.current) return refuse('not_current', reply.value.reason);
    // INVARIANT: a yes counts only for the operation the permit names, and only while it is fresh by the slower of both clocks' optimism.
    if (reply.value.operation !== operation) return refuse('not_current', 'control answered for another operation');
    if (elapsedMs(askedAt, readClock(clock)) > timeoutMs)
      return refuse('answer_too_old', `control’s answer took more than ${timeoutMs} ms`);
    return { ok: true, operation, mandate: reply.value.mandate ?? mandate };
  }

  return {
    verify,
    redeem,
    async commit(claim, effect) {
      const redeemed = await redeem(claim);
      return redeemed.ok ? { ok: true, value: await effect() } : redeemed;
    },
    [Symbol.dispose]() {
      if (isOwn) caller[Symbol.dispose]();
    },
  };
}
