/** `writ audit trail`: every effect with the mandate it was under and who approved that, back to the text that was shown. */

import { controlApi } from '@writ/protocol';
import { findThing, mandateIdOf, underMandate } from '../connect/find.ts';
import type { MandateWire, OperationWire } from '../connect/wire.ts';
import { CommandEnd, exitCodes, problem } from '../exit.ts';
import type { CommandRun } from '../program/command.ts';
import { renderTrail } from '../render/trail.ts';

export type Approval = NonNullable<MandateWire['approval']>;

/** An effect and the chain of approvals above it, the nearest first. */
export type TrailEntry = {
  readonly operation: OperationWire;
  readonly lineage: readonly { readonly mandate: string; readonly purpose: string; readonly approval: Approval | null }[];
  /** The nearest approval a person gave. */
  readonly approved_by: { readonly mandate: string; readonly by: string; readonly at: string; readonly how: string; readonly text_digest: string; readonly revision: number } | null;
};

/** Links each operation to its approvals. Pure. */
export function trailOf(operations: readonly OperationWire[], mandates: readonly MandateWire[]): TrailEntry[] {
  const byId = new Map(mandates.map((mandate) => [mandate.id, mandate]));
  return operations.map((operation) => {
    const chain: MandateWire[] = [];
    for (let at = byId.get(operation.mandate); at !== undefined && !chain.includes(at); at = at.parent === null ? undefined : byId.get(at.parent)) chain.push(at);
    const person = chain.find(({ approval }) => approval !== null && approval.how !== 'delegated');
    return {
      operation,
      lineage: chain.map(({ id, purpose, approval }) => ({ mandate: id, purpose, approval })),
      approved_by: person?.approval ? { mandate: person.id, ...person.approval } : null,
    };
  });
}

export const run: CommandRun = async (context, { words: [id] }) => {
  const control = await context.planes.control();
  const [{ items: mandates }, { items: operations }] = await Promise.all([control.call(controlApi.listMandates), control.call(controlApi.listOperations)]);
  let chosen = operations;
  if (id !== undefined) {
    const root = mandateIdOf(findThing(id, { mandates, missions: [], sessions: [], silent: [] }));
    const family = new Set(underMandate(root, mandates).map((mandate) => mandate.id));
    chosen = operations.filter(({ mandate }) => family.has(mandate));
  }
  const trail = trailOf(chosen.toSorted((a, b) => a.begun_at.localeCompare(b.begun_at)), mandates);
  const orphans = trail.filter(({ approved_by }) => approved_by === null);
  context.answer({ items: trail });
  context.say(...renderTrail(trail, context.style()));
  if (orphans.length > 0)
    throw new CommandEnd(problem('unapproved_effect', 500, `${String(orphans.length)} of these effects lead back to nobody who approved them`, '`writ audit verify` says whether the journal was changed'), exitCodes.failed);
  return exitCodes.done;
};
