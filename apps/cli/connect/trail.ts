/** From effects to the approvals they rest on. Pure. */

import type { MandateWire, OperationWire } from './wire.ts';

/** An effect, the mandate it was under, and the nearest approval above it that a person gave. */
export type TrailEntry = {
  readonly operation: string;
  readonly action: string;
  readonly resource: string;
  readonly action_class: string;
  readonly outcome: OperationWire['state'];
  readonly evidence: string | null;
  readonly begun_at: string;
  readonly settled_at: string | null;
  readonly holder: string;
  /** Digest of the parameters its permit was bound to. */
  readonly permit_digest: string;
  /** The mandate it was under, then the mandates above that. */
  readonly lineage: readonly string[];
  readonly mandate: string;
  /** Null when the effect leads back to nobody. */
  readonly approved_by: string | null;
  readonly approved_mandate: string | null;
  readonly approved_at: string | null;
  readonly approved_how: string | null;
  readonly revision: number | null;
  readonly text_digest: string | null;
};

/** Links each operation to its approval. Pure. */
export function trailOf(operations: readonly OperationWire[], mandates: readonly MandateWire[]): TrailEntry[] {
  const byId = new Map(mandates.map((mandate) => [mandate.id, mandate]));
  return operations.map((operation) => {
    const chain: MandateWire[] = [];
    for (
      let at = byId.get(operation.mandate);
      at !== undefined && !chain.includes(at);
      at = at.parent === null ? undefined : byId.get(at.parent)
    )
      chain.push(at);
    const person = chain.find(({ approval }) => approval !== null && approval.how !== 'delegated');
    const approval = person?.approval ?? null;
    return {
      operation: operation.id,
      action: operation.action,
      resource: operation.resource,
      action_class: operation.action_class,
      outcome: operation.state,
      evidence: operation.evidence,
      begun_at: operation.begun_at,
      settled_at: operation.settled_at,
      holder: operation.holder,
      permit_digest: operation.parameter_digest,
      lineage: chain.map(({ id }) => id),
      mandate: operation.mandate,
      approved_by: approval?.by ?? null,
      approved_mandate: approval === null ? null : (person?.id ?? null),
      approved_at: approval?.at ?? null,
      approved_how: approval?.how ?? null,
      revision: approval?.revision ?? null,
      text_digest: approval?.text_digest ?? null,
    };
  });
}
