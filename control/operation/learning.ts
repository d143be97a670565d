/**
 * What is learned of an operation of which nobody knew how it ended: from a sink that was asked, from a person who looked, or by control itself.
 *
 * It refuses an account of what ended and is known, a point's word about a sink that cannot be asked, and any word but a person's that it did not
 * happen: what is not there may have been there. Who said it is recorded.
 */

import { announceSpent } from '../budget/spent.ts';
import type { Caller, Itself } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Core } from '../core.ts';
import { mayNot, rightsOf } from '../identity/rights.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { endWrites } from './ended.ts';
import type { OperationEvent, OperationOutcome } from './events.ts';
import type { OperationRecord } from './operation-record.ts';
import { canBeAsked, neverTaken } from './owed.ts';
import { changed } from './standing.ts';

/** What somebody found out. `unknown`: what the sink showed, which decides nothing. */
export type Account = { readonly outcome: Exclude<OperationOutcome, 'interrupted'>; readonly evidence: string };

export interface Learning {
  /** What a person, or an enforcement point that asked the sink, found out about an operation whose end is unknown. */
  account(id: string, account: Account, by: Caller): Promise<Outcome<OperationRecord>>;
  /** Settles what nothing but a fenced sink could have let happen. */
  settleNeverTaken(): Promise<void>;
}

const itself: Itself = { kind: 'control' };

/** Learning, over `core`. */
export function createLearning(core: Core): Learning {
  const { projection, commit, find } = core;

  const told = (account: Account, by: Caller | Itself): readonly OperationEvent[] => [
    { type: 'operation.reconciled', data: { at: core.now(), by: nameOf(by), ...account } },
  ];

  return {
    async account(id, account, by) {
      const outcome = await changed(core, id, by, (operation) => {
        const refused = mayNotSay(core, operation, account, by);
        if (refused !== undefined) return refused;
        if (hasSaid(operation, account, by)) return done({ writes: [], reliedOn: [], value: undefined });
        const isWatched = by.kind === 'point';
        const attestedBy = isWatched ? ('sink' as const) : null;
        const ended = { outcome: account.outcome, by: nameOf(by), attestedBy, isWatched };
        const writes = endWrites(core, operation, told(account, by), ended);
        return writes.ok ? done({ writes: writes.value, reliedOn: rightsOf(by), value: undefined }) : writes;
      });
      if (outcome.ok) {
        const { mandate } = outcome.value.begun;
        await announceSpent(core, chainOf(find, current(find, mandate)?.mandate.id ?? mandate), id);
      }
      return outcome;
    },
    async settleNeverTaken() {
      for (const id of [...projection.unknownOperations]) {
        const evidence = whyNeverTaken(core, id);
        if (evidence === undefined) continue;
        await commit(itself, () => {
          const operation = projection.operations.get(id);
          if (operation === undefined || whyNeverTaken(core, id) === undefined)
            return done({ writes: [], reliedOn: [], value: undefined });
          const ended = { outcome: 'failed', by: nameOf(itself), attestedBy: 'sink', isWatched: true } as const;
          const writes = endWrites(core, operation, told({ outcome: 'failed', evidence }, itself), ended);
          return writes.ok ? done({ writes: writes.value, reliedOn: [], value: undefined }) : writes;
        });
      }
    },
  };
}

const whyNeverTaken = ({ projection, now }: Core, id: string): string | undefined => {
  const operation = projection.operations.get(id);
  return operation && neverTaken(operation, now());
};

/** Whether this very word was taken before: a person who says the same again says nothing new. */
const hasSaid = ({ state }: OperationRecord, { outcome, evidence }: Account, by: Caller): boolean =>
  state.name === 'settled' &&
  (state.outcome !== 'unknown'
    ? state.outcome === outcome && state.by === nameOf(by)
    : state.evidence.endsWith(evidence));

function mayNotSay(core: Core, operation: OperationRecord, account: Account, by: Caller): Refused | undefined {
  const { begun, state } = operation;
  const record = current(core.find, begun.mandate);
  if (by.kind === 'actor' || record === undefined)
    return refuse({
      code: 'not_yours',
      sentence: 'a person or an enforcement point finds out how it ended, not an agent',
    });
  const no = (sentence: string, wayOut: string | null): Refused => refuse({ code: 'out_of_bounds', sentence, wayOut });
  const right = mayNot(core, by, 'account', record);
  if (right !== undefined) return right;
  if (by.kind === 'person' && account.outcome === 'unknown')
    return no('that nobody knows is known already', 'say `done` or `failed`');
  if (by.kind === 'person' && account.evidence.trim() === '')
    return no('it is not said how you know', 'give a reason, which is kept with your name');
  if (by.kind === 'point' && account.outcome === 'failed')
    return no('what a sink does not show may have been there', 'a person says that it did not happen');
  if (by.kind === 'point' && by.name !== 'enforcer' && by.name !== 'sink')
    return refuse({ code: 'not_yours', sentence: `the ${by.name} asks no sink` });
  if (by.kind === 'point' && !canBeAsked(begun.destination))
    return no(`nothing can be asked where operation \`${begun.id}\` went`, 'a person says how it ended');
  if (state.name === 'settled' && (state.outcome === 'unknown' || hasSaid(operation, account, by))) return undefined;
  return refuse({
    code: 'operation_over',
    operation: begun.id,
    sentence:
      state.name === 'open'
        ? `operation \`${begun.id}\` is under way, and whoever does it says how it ends`
        : `operation \`${begun.id}\` has settled as ${state.outcome}, said by ${state.by}`,
  });
}
