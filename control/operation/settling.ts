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
import { endedWrites } from '../history/judged.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { Outcome } from '../refusal.ts';
import { done } from '../refusal.ts';
import { overdue, settle } from './decide.ts';
import type { OperationOutcome } from './events.ts';
import type { OperationRecord } from './operation-record.ts';
import { settledWords } from './settled-words.ts';
import { changed, mayNotEnd, placeOf } from './standing.ts';

/** All that an operation used, said with its end. */
export type FinalUsage = Omit<Usage, 'isFinal'>;

export interface Settling {
  /** `beside`: the enforcement point that speaks with the agent's credential. What was begun with one needs one. */
  settle(
    id: string,
    outcome: OperationOutcome,
    evidence: string,
    by: Caller,
    beside?: PointKind,
    usage?: FinalUsage,
  ): Promise<Outcome<OperationRecord>>;
  /** What it has used so far, all in all. */
  reportUsage(id: string, usage: Usage, by: Caller, beside?: PointKind): Promise<Outcome<OperationRecord>>;
  /** Calls unknown what nobody said the end of in time. */
  settleOverdue(): Promise<void>;
}

const itself: Itself = { kind: 'control' };

/** Settling, over `core`. */
export function createSettling(core: Core): Settling {
  const { projection, commit } = core;
  /** A holder that could not reach control while it was away gets the whole time after its start. */
  const startedAt = core.now();

  const announced = async (outcome: Outcome<OperationRecord>): Promise<Outcome<OperationRecord>> => {
    if (!outcome.ok) return outcome;
    const { id, mandate } = outcome.value.begun;
    await announceSpent(core, chainOf(core.find, current(core.find, mandate)?.mandate.id ?? mandate), id);
    return outcome;
  };

  /** The account of an end: what was reported for it, or what was before; a reservation that nobody spoke of counts as used. */
  function finalUsage(
    { begun }: OperationRecord,
    outcome: OperationOutcome,
    usage: FinalUsage | undefined,
  ): Usage | undefined {
    if (outcome === 'unknown') return usage && { ...usage, isFinal: false };
    if (usage !== undefined) return { ...usage, isFinal: true };
    const draws = projection.draws.get(begun.id) ?? [];
    const source = draws.find((draw) => draw.source !== null)?.source ?? null;
    const sum = (kind: 'tokens' | 'moneyMicros'): number =>
      draws.reduce((total, { held, used }) => total + (source === null ? held : used)[kind], 0);
    const [tokens, moneyMicros] = [sum('tokens'), sum('moneyMicros')];
    const isOpen = draws.some((draw) => !draw.isFinal && (draw.held.tokens > 0 || draw.held.moneyMicros > 0));
    const currency = draws.find((draw) => draw.currency !== null)?.currency ?? null;
    return isOpen ? { tokens, moneyMicros, currency, source: source ?? 'estimated', isFinal: true } : undefined;
  }

  return {
    settle: async (id, outcome, evidence, by, beside, usage) =>
      announced(
        await changed(core, id, by, (operation) => {
          const refused = mayNotEnd(core, by, operation, beside);
          if (refused !== undefined) return refused;
          const who = beside === undefined ? nameOf(by) : `${nameOf(by)} beside point:${beside}`;
          const settled = settle(
            operation,
            { outcome, evidence, by: who, isVouched: beside !== undefined },
            core.now(),
          );
          if (!settled.ok) return settled;
          if (settled.events.length === 0) return done({ writes: [], reliedOn: [], value: undefined });
          const used = finalUsage(operation, outcome, usage);
          const counted = used === undefined ? done([]) : usageWrites(core, operation, used, who);
          if (!counted.ok) return counted;
          const told = settledWords(core, operation, outcome, operation.state.name === 'settled');
          return done({
            writes: [
              { ...placeOf(operation), events: settled.events },
              ...endedWrites(core, operation, { outcome, isWatched: beside !== undefined }),
              ...counted.value,
              ...told,
            ],
            reliedOn: [],
            value: undefined,
          });
        }),
      ),

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
      const due = (): readonly PlannedWrite[] =>
        [...projection.openOperations]
          .flatMap((id) => projection.operations.get(id) ?? [])
          .map((operation) => ({ ...placeOf(operation), events: overdue(operation, startedAt, core.now()) }))
          .filter(({ events }) => events.length > 0);
      if (due().length > 0) await commit(itself, () => done({ writes: due(), reliedOn: [], value: undefined }));
    },
  };
}
