/**
 * The second phase: how an operation ended and what it used, accepted whatever became of the mandate meanwhile, and never reviving anything.
 *
 * It refuses the word of anybody but its holder or an actor above, and of an agent alone where an enforcement point watches. What nobody said the
 * end of in time it calls unknown; what that reserved counts as spent until somebody knows.
 */

import { usageWrites } from '../budget/usage.ts';
import type { Usage } from '../budget/usage.ts';
import { announceSpent } from '../budget/spent.ts';
import type { Caller, Itself, PointKind } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Due } from '../due.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { Outcome } from '../refusal.ts';
import { done } from '../refusal.ts';
import { overdue, settle, settleGraceMs } from './decide.ts';
import { endWrites } from './ended.ts';
import type { OperationOutcome } from './events.ts';
import type { FinalUsage } from './final-usage.ts';
import type { OperationRecord } from './operation-record.ts';
import { changed, mayNotEnd, placeOf, tellsToStop } from './standing.ts';

export interface Settling {
  /** `beside`: the enforcement point that speaks with the agent's credential. What was begun with one needs one. */
  settle(
    id: string,
    outcome: OperationOutcome,
    evidence: string,
    by: Caller,
    beside?: PointKind,
    usage?: FinalUsage,
    /** Where it went takes nothing without the permit: an enforcement point says so. */
    isFenced?: boolean,
  ): Promise<Outcome<OperationRecord>>;
  /** Tells it to stop, whatever its mandate allows: whoever holds it ends it. Nothing where it was told or is over. */
  interrupt(id: string, by: Caller, beside?: PointKind): Promise<Outcome<OperationRecord>>;
  /** What it has used so far, all in all. */
  reportUsage(id: string, usage: Usage, by: Caller, beside?: PointKind): Promise<Outcome<OperationRecord>>;
  /** Calls unknown what nobody said the end of in time. */
  settleOverdue(): Promise<void>;
}

const itself: Itself = { kind: 'control' };

/** What nobody knows of where nothing happens without the permit: had it been taken, control would know, and now it can be no more. */
function asKnown(
  { redeemedAt }: OperationRecord,
  outcome: OperationOutcome,
  evidence: string,
  isFenced: boolean,
): { readonly outcome: OperationOutcome; readonly evidence: string } {
  return isFenced && outcome === 'unknown' && redeemedAt === null
    ? { outcome: 'failed', evidence: `${evidence}; it takes nothing without a permit, and this one was never taken` }
    : { outcome, evidence };
}

/** Settling, over `core`. */
export function createSettling(core: Core): Settling {
  const { projection, commit } = core;
  /** A holder that could not reach control while it was away gets the whole time after its start. */
  const startedAt = core.now();

  /** The leases whose holder is not waited for any longer. Of an operation that was given another since, that one is still to come. */
  function dueLeases(): readonly Due[] {
    const { leases } = projection;
    const last = core.now() - settleGraceMs;
    const due: Due[] = [];
    if (last < startedAt) return due;
    for (let lease = leases.first; lease !== undefined && lease.at <= last; lease = leases.first) {
      due.push(lease);
      leases.take();
    }
    return due;
  }

  const announced = async (outcome: Outcome<OperationRecord>): Promise<Outcome<OperationRecord>> => {
    if (!outcome.ok) return outcome;
    const { id, mandate } = outcome.value.begun;
    await announceSpent(core, chainOf(core.find, current(core.find, mandate)?.mandate.id ?? mandate), id);
    return outcome;
  };

  return {
    settle: async (id, said, account, by, beside, usage, isFenced = false) =>
      announced(
        await changed(core, id, by, (operation) => {
          const refused = mayNotEnd(core, by, operation, beside);
          if (refused !== undefined) return refused;
          const who = beside === undefined ? nameOf(by) : `${nameOf(by)} beside point:${beside}`;
          const { outcome, evidence } = asKnown(operation, said, account, isFenced && beside !== undefined);
          const settled = settle(
            operation,
            { outcome, evidence, by: who, isVouched: beside !== undefined },
            core.now(),
          );
          if (!settled.ok) return settled;
          if (settled.events.length === 0) return done({ writes: [], reliedOn: [], value: undefined });
          const ended = { outcome, by: who, attestedBy: 'runtime' as const, isWatched: beside !== undefined, usage };
          const writes = endWrites(core, operation, settled.events, ended);
          return writes.ok ? done({ writes: writes.value, reliedOn: [], value: undefined }) : writes;
        }),
      ),

    interrupt: (id, by, beside) =>
      changed(core, id, by, (operation) => {
        const refused = mayNotEnd(core, by, operation, beside);
        if (refused !== undefined) return refused;
        return done({ writes: tellsToStop(core, operation), reliedOn: [], value: undefined });
      }),

    reportUsage: async (id, usage, by, beside) =>
      announced(
        await changed(core, id, by, (operation) => {
          const refused = mayNotEnd(core, by, operation, beside);
          if (refused !== undefined) return refused;
          const counted = usageWrites(core, operation, usage, nameOf(by));
          return counted.ok ? done({ writes: counted.value, reliedOn: [], value: undefined }) : counted;
        }),
      ),

    async settleOverdue() {
      const due = dueLeases();
      if (due.length === 0) return;
      const writes = (): readonly PlannedWrite[] =>
        [...new Set(due.map(({ id }) => id))]
          .flatMap((id) => projection.operations.get(id) ?? [])
          .map((operation) => ({ ...placeOf(operation), events: overdue(operation, startedAt, core.now()) }))
          .filter(({ events }) => events.length > 0);
      let isWritten = false;
      try {
        isWritten = (await commit(itself, () => done({ writes: writes(), reliedOn: [], value: undefined }))).ok;
      } finally {
        if (!isWritten) for (const lease of due) projection.leases.add(lease);
      }
    },
  };
}
