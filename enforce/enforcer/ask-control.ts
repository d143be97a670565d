/** The questions the enforcer puts to control about a run. It translates; it judges nothing. */

import { randomUUID } from 'node:crypto';
import type { mandateWire, operationWire } from '@writ/protocol';
import { controlApi } from '@writ/protocol';
import type { Caller, CallResult } from '../client/caller.ts';
import type { RunRequest } from '../supervisor/spawn-run.ts';

export type MandateWire = ReturnType<typeof mandateWire.parse>;
export type OperationWire = ReturnType<typeof operationWire.parse>;

/** All that an operation used. */
export type FinalUsage = NonNullable<(typeof controlApi.settle)['body']['_zod']['input']['usage']>;

export type Chain = {
  /** Root first. */
  readonly ids: readonly string[];
  /** Wall time in milliseconds at which the earliest of them expires. */
  readonly expiresAt: number;
  readonly leaf: MandateWire;
};

/** Control, and the enforcer's own token: with it beside a run's credential, the agent alone cannot do the same. */
export type Asker = { readonly control: Caller; readonly pointToken: () => string | null };

/** The part of a call that vouches. */
export const beside = ({ pointToken }: Asker): { readonly point?: string } => {
  const point = pointToken();
  return point === null ? {} : { point };
};

/** A mandate and all above it, as they stand. */
export async function chainOf(control: Caller, mandate: string): Promise<CallResult<Chain>> {
  const ids: string[] = [];
  let expiresAt = Number.MAX_SAFE_INTEGER;
  let leaf: MandateWire | null = null;
  for (let next: string | null = mandate; next !== null;) {
    const found: CallResult<MandateWire> = await control.call(controlApi.getMandate, { params: { id: next } });
    if (!found.ok) return found;
    leaf ??= found.value;
    ids.unshift(found.value.id);
    expiresAt = Math.min(expiresAt, Date.parse(found.value.expires_at));
    next = found.value.parent;
  }
  if (leaf === null) throw new Error('a chain has at least the mandate it was asked for');
  return { ok: true, value: { ids, expiresAt, leaf } };
}

/** Asks to go on with an operation, with the run's own credential. */
export const renewOperation = (
  asker: Asker,
  { credential, leaseMs }: { readonly credential: string; readonly leaseMs: number },
  operation: string,
): Promise<CallResult<OperationWire>> =>
  asker.control.call(controlApi.renew, {
    params: { id: operation },
    token: credential,
    ...beside(asker),
    body: { lease_ms: leaseMs },
  });

/** What the place a run works in can reach, as this enforcement point bounds it. */
export const containmentOf = ({ sandbox }: RunRequest) =>
  sandbox.kind === 'contain'
    ? ({ files: 'worktree', network: sandbox.network, credentials: 'none' } as const)
    : ({ files: 'open', network: 'open', credentials: 'open' } as const);

/**
 * Begins what a run does once more, after its operation ended while it stood still: judged anew, as a new operation.
 * The parameters of the new one name the old.
 */
export async function beginAgain(asker: Asker, request: RunRequest, ended: string): Promise<CallResult<OperationWire>> {
  const { control } = asker;
  const found = await control.call(controlApi.getOperation, { params: { id: ended } });
  if (!found.ok && found.problem.status !== 404) return found;
  if (!found.ok) return operationOver(`operation \`${ended}\` is not known any more`);
  // INVARIANT: what was told to stop while it stood still does not go on as something new.
  if (found.value.interrupt_requested) return operationOver(`operation \`${ended}\` was told to stop`);
  const old = found.value;
  const begun = await control.call(controlApi.begin, {
    token: request.credential,
    ...beside(asker),
    idempotencyKey: randomUUID(),
    body: {
      mandate: request.mandate,
      containment: containmentOf(request),
      action: old.action,
      resource: old.resource,
      session: request.session,
      parameters: { resumes: ended },
      lease_ms: request.lease_ms,
    },
  });
  return begun.ok ? { ok: true, value: begun.value.operation } : begun;
}

const operationOver = (detail: string): CallResult<OperationWire> => ({
  ok: false,
  problem: {
    type: 'urn:writ:problem:operation_over',
    title: 'operation over',
    status: 409,
    detail,
    way_out: null,
    code: 'operation_over',
  },
});

/** Says how an operation ended, with the credential it was begun with. */
export const settleOperation = (
  asker: Asker,
  credential: string,
  {
    operation,
    outcome,
    evidence,
    usage,
    fenced = false,
  }: {
    readonly operation: string;
    readonly outcome: 'done' | 'failed' | 'interrupted' | 'unknown';
    readonly evidence: string;
    readonly usage?: FinalUsage;
    readonly fenced?: boolean;
  },
): Promise<CallResult<OperationWire>> =>
  asker.control.call(controlApi.settle, {
    params: { id: operation },
    token: credential,
    ...beside(asker),
    body: {
      outcome,
      evidence: evidence.slice(0, 4_096).toWellFormed(),
      ...(usage === undefined ? {} : { usage }),
      fenced,
    },
  });
