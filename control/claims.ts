/** Idempotency keys that were taken, with what the request did, so that one that is sent again is answered the same. A part of the fold. It decides nothing. */

import type { Envelope } from '@writ/journal';
import type { ControlEvent, RequestEvent } from './event.ts';
import { idIn } from './streams.ts';

/** What a request did. */
export type Refs = {
  readonly mandates: string[];
  readonly receipts: string[];
  readonly subjects: string[];
  readonly keys: string[];
};

export type ClaimFold = {
  /** What was asked with an idempotency key within a day, oldest first. */
  readonly requests: Map<string, { readonly at: number; readonly bodyDigest: string; readonly refs: Refs }>;
};

export const noClaims = (): ClaimFold => ({ requests: new Map() });

/** Folds in that a key was taken. */
export function foldClaim(p: ClaimFold, { data }: RequestEvent, { at }: Pick<Envelope, 'at'>): void {
  const refs = { mandates: [], receipts: [], subjects: [], keys: [] };
  p.requests.set(data.claim, { at: Date.parse(at), bodyDigest: data.bodyDigest, refs });
}

/** Notes of any event what the request that caused it has done. */
export function noteDone(p: ClaimFold, event: ControlEvent, { cause }: Pick<Envelope, 'cause'>): void {
  const refs = cause?.startsWith('request-') === true ? p.requests.get(idIn(cause))?.refs : undefined;
  if (refs === undefined) return;
  if (event.type === 'mandate.proposed') refs.mandates.push(event.data.id);
  if (event.type === 'receipt.opened') refs.receipts.push(event.data.id);
  if (event.type === 'signal.reported') refs.subjects.push(event.data.subject);
  if (event.type === 'key.published') refs.keys.push(event.data.kid);
}
