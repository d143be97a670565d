/** `writ audit trail`: every effect with the mandate it was under and who approved that, back to the text that was shown. */

import { controlApi } from '@writ/protocol';
import { findThing, mandateIdOf, underMandate } from '../connect/find.ts';
import type { MandateWire, OperationWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import { renderTrail } from '../render/trail.ts';

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

export const run: CommandRun = async (context, { words: [id] }) => {
  const control = await context.planes.control();
  const [{ items: mandates }, { items: operations }] = await Promise.all([
    control.call(controlApi.listMandates),
    control.call(controlApi.listOperations),
  ]);
  let chosen = operations;
  if (id !== undefined) {
    const root = mandateIdOf(findThing(id, { mandates, missions: [], sessions: [], silent: [] }));
    const family = new Set(underMandate(root, mandates).map((mandate) => mandate.id));
    chosen = operations.filter(({ mandate }) => family.has(mandate));
  }
  const trail = trailOf(
    chosen.toSorted((a, b) => a.begun_at.localeCompare(b.begun_at)),
    mandates,
  );
  const orphans = trail.filter(({ approved_by }) => approved_by === null);
  context.answer({ items: trail });
  context.say(...renderTrail(trail, context.style()));
  if (orphans.length > 0)
    throw new CommandEnd(
      problem(
        'unapproved_effect',
        500,
        `${String(orphans.length)} of these effects lead back to nobody who approved them`,
        '`writ audit verify` says whether the journal was changed',
      ),
      exitCodes.failed,
    );
  return exitCodes.done;
};
