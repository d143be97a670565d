/**
 * For a resource server: an effect happens only with a permit that is current as it commits.
 *
 * ```ts
 * const sink = createSink({ control: { url }, token, timeoutMs: 2_000 });
 * const pushed = await sink.commit({ permit, action: 'git.push', resource, parameters }, () => update(ref));
 * if (!pushed.ok) reject(pushed.why);
 * ```
 *
 * The permit is verified first without asking anybody (JWS, RFC 7515, against control's published keys, RFC 7517): a forgery costs control
 * nothing. Then control is asked, which takes the permit's single use. It refuses whenever it does not know: a permit that verifies but
 * cannot be redeemed now proves only what was once permitted. The effect runs at most once for each permit; if it fails, the use is spent.
 */

import { controlApi } from '@writ/protocol';
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload } from 'jose';
import type { Base } from '../client/caller.ts';
import { createCaller } from '../client/caller.ts';

export type SinkOptions = {
  /** Where control is; a function is asked before each call. */
  readonly control: Base | (() => Base | null);
  /** The sink's own bearer as an enforcement point. */
  readonly token: string | (() => string | null);
  /** The longest control may take, milliseconds; after it the effect is refused. */
  readonly timeoutMs: number;
};

/** An effect somebody brings a permit for. `parameters` are what the permit was begun with, exactly. */
export type Effect = {
  readonly permit: string;
  readonly action: string;
  readonly resource: string;
  readonly parameters: Readonly<Record<string, JsonValue>>;
};
type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export type Committed<T> =
  | { readonly ok: true; readonly value: T; readonly operation: string; readonly mandate: string }
  /** Nothing happened. */
  | { readonly ok: false; readonly why: string; readonly operation: string | null; readonly mandate: string | null };

export interface Sink extends Disposable {
  /** Runs `effect` if the permit is current now. Rejects only with what `effect` rejects with. */
  commit<T>(asked: Effect, effect: () => Promise<T>): Promise<Committed<T>>;
}

/** The type and issuer control gives its permits. */
const permitType = 'writ-permit+jwt';
const permitIssuer = 'urn:writ:control';

/** A sink that asks the control at `control`. */
export function createSink({ control, token, timeoutMs }: SinkOptions): Sink {
  const caller = createCaller({ base: control, token, timeoutMs });
  let keys: ReturnType<typeof createLocalJWKSet> | null = null;

  async function freshKeys(): Promise<boolean> {
    const answer = await caller.call(controlApi.keys);
    if (!answer.ok) return false;
    // jose checks each key itself; what is not one matches nothing.
    keys = createLocalJWKSet(answer.value as unknown as JSONWebKeySet);
    return true;
  }

  /** The claims, or why the permit is none of control's. Keys are fetched once more when none fits: they rotate. */
  async function verified(asked: Effect, mayFetch: boolean): Promise<JWTPayload | string> {
    if (keys === null && !(await freshKeys())) return 'control cannot be asked for its keys';
    try {
      if (keys === null) return 'control has no keys';
      const { payload } = await jwtVerify(asked.permit, keys, { algorithms: ['EdDSA'], typ: permitType, issuer: permitIssuer, clockTolerance: 5 });
      if (payload['action'] !== asked.action || payload['resource'] !== asked.resource) return 'the permit is for something else';
      return payload;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && mayFetch && (await freshKeys())) return verified(asked, false);
      if (error instanceof errors.JWTExpired) return 'the permit has expired';
      return 'the permit is not one of control';
    }
  }

  return {
    async commit(asked, effect) {
      const claims = await verified(asked, true);
      if (typeof claims === 'string') return { ok: false, why: claims, operation: null, mandate: null };
      const redeemed = await caller.call(controlApi.redeem, { body: { permit: asked.permit, action: asked.action, resource: asked.resource, parameters: { ...asked.parameters } } });
      if (!redeemed.ok) return { ok: false, why: `the permit could not be redeemed: ${redeemed.problem.detail}`, operation: claims.jti ?? null, mandate: null };
      const { current, reason, operation, mandate } = redeemed.value;
      if (!current || operation === null || mandate === null) return { ok: false, why: reason, operation, mandate };
      return { ok: true, value: await effect(), operation, mandate };
    },
    [Symbol.dispose]() {
      caller[Symbol.dispose]();
    },
  };
}
