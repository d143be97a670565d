/**
 * Counts what an operation has used. Pure of judgement: use that happened is written down whatever it exceeds, and whatever became of the mandate.
 *
 * A report says all the operation has used so far, so that one sent twice counts once. What was reserved stays held until a final report; after it
 * only a better source, or more use, changes the account. INVARIANT: use beyond a mandate's escrow moves the accounts above in the same append.
 */

import type { Mandate } from '@writ/authority';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { openUnder } from '../stop.ts';
import { operationStream, spendStream } from '../streams.ts';
import type { Books, Draw } from './account.ts';
import type { Amounts } from './amounts.ts';
import { amounts, currencyOf, isNothing, kinds, larger, limitOf, minus, nothing, plus } from './amounts.ts';
import { transferWrites } from './draw.ts';
import { coverOverrun } from './escrow.ts';
import type { UsageSource } from './events.ts';
import { usageSources } from './events.ts';
import { isInterrupting, spendAlong } from './spend-facts.ts';

/** All that an operation has used so far. `currency`: of the money; null where there is none. */
export type Usage = {
  readonly tokens: number;
  readonly moneyMicros: number;
  readonly currency: string | null;
  readonly source: UsageSource;
  readonly isFinal: boolean;
};

type Counted = Pick<Draw, 'mandate' | 'held' | 'used'>;

/** The writes that count `usage`. */
export function usageWrites(
  core: Core,
  { begun }: OperationRecord,
  usage: Usage,
  by: string,
): Outcome<readonly PlannedWrite[]> {
  const chain = chainOf(core.find, current(core.find, begun.mandate)?.mandate.id ?? begun.mandate);
  const leaf = chain.at(-1);
  if (leaf === undefined) return refuse({ code: 'not_found', what: 'mandate', id: begun.mandate });
  const inOther = otherCurrency(chain, usage);
  if (inOther !== undefined) return inOther;
  const draws = core.projection.draws.get(begun.id) ?? [];
  if (!changes(draws, usage)) return done([]);
  const lineage = { mandate: leaf.id, agent: begun.holder, ...(begun.session !== null && { session: begun.session }) };
  const place = { project: begun.project, lineage };
  const before = new Map(draws.map((draw) => [draw.mandate, draw]));
  const counted = distribute(draws, leaf.id, usage);
  const grown = larger(minus(counted.at(-1)?.held ?? nothing, before.get(leaf.id)?.held ?? nothing), nothing);
  return done([
    ...counted.map(({ mandate, held, used }): PlannedWrite => ({
      ...place,
      stream: spendStream(mandate),
      events: [
        {
          type: 'spend.used',
          data: {
            at: core.now(),
            mandate,
            operation: begun.id,
            by,
            held,
            used,
            source: usage.source,
            currency: usage.currency,
            isFinal: usage.isFinal,
          },
        },
      ],
    })),
    ...transferWrites(core, coverOverrun(core.projection, chain, grown), place),
    ...(isNothing(grown) ? [] : interrupts(core, chain, grown)),
  ]);
}

/** The refusal of money that is not of the currency the budgets of `chain` count in, if it is not. */
export function otherCurrency(
  chain: readonly Mandate[],
  { moneyMicros, currency }: Pick<Usage, 'moneyMicros' | 'currency'>,
): Refused | undefined {
  const counted = currencyOf(chain);
  if (moneyMicros === 0 || counted === null || currency === counted) return undefined;
  return refuse({
    code: 'malformed_request',
    sentence: `the budget is in ${counted}, and ${currency ?? 'no currency'} was named`,
    wayOut: `name it in ${counted}`,
  });
}

/** All an operation has used so far, as the best source said; undefined where nobody said. */
export function usageOf({ draws }: Pick<Books, 'draws'>, operation: string): Usage | undefined {
  const known = draws.get(operation) ?? [];
  const said = known.find(({ source }) => source !== null);
  if (said === undefined || said.source === null) return undefined;
  const { tokens, moneyMicros } = sumOf(known, ({ used }) => used);
  return { tokens, moneyMicros, currency: said.currency, source: said.source, isFinal: said.isFinal };
}

/** Whether a report says anything that is not known. */
function changes(draws: readonly Draw[], usage: Usage): boolean {
  const used = sumOf(draws, ({ used }) => used);
  const isMore = usage.tokens > used.tokens || usage.moneyMicros > used.moneyMicros;
  const [last] = draws.filter(({ source }) => source !== null);
  const isOther = usage.tokens !== used.tokens || usage.moneyMicros !== used.moneyMicros;
  if (last === undefined) return isMore || usage.isFinal;
  if (last.isFinal) return isMore || (isOther && rank(usage.source) < rank(last.source));
  return isMore || usage.isFinal || (isOther && rank(usage.source) < rank(last.source));
}

const rank = (source: UsageSource | null): number =>
  source === null ? usageSources.length : usageSources.indexOf(source);

const sumOf = (draws: readonly Draw[], of: (draw: Draw) => Amounts): Amounts =>
  draws.reduce<Amounts>((sum, draw) => plus(sum, of(draw)), nothing);

/** What was reserved under mandates that were succeeded is used first; the rest is drawn from the one that answers now, which comes last. */
function distribute(draws: readonly Draw[], leaf: string, { tokens, moneyMicros, isFinal }: Usage): readonly Counted[] {
  let rest: Amounts = { calls: 0, tokens, moneyMicros };
  const earlier = draws
    .filter(({ mandate }) => mandate !== leaf)
    .map(({ mandate, held, used: before }): Counted => {
      const left = rest;
      const used = { ...amounts((kind) => Math.min(held[kind], left[kind])), calls: before.calls };
      rest = { ...minus(left, used), calls: 0 };
      return { mandate, used, held: isFinal ? { ...used, calls: held.calls } : held };
    });
  const own = draws.find(({ mandate }) => mandate === leaf);
  const calls = own?.held.calls ?? 0;
  const used = { ...rest, calls };
  return [...earlier, { mandate: leaf, used, held: isFinal ? used : larger(used, own?.held ?? nothing) }];
}

/** Where the approver chose so, use that leaves nothing ends what is under way under that budget. */
function interrupts(core: Core, chain: readonly Mandate[], grown: Amounts): readonly PlannedWrite[] {
  const spend = spendAlong(core.projection, chain);
  const spent = chain.find((mandate) =>
    kinds.some((kind) => {
      const limit = limitOf(mandate, kind);
      const after = (spend.get(mandate.id) ?? nothing)[kind] + grown[kind];
      return grown[kind] > 0 && limit !== undefined && after >= limit && isInterrupting(mandate, kind);
    }),
  );
  if (spent === undefined) return [];
  return openUnder(core, spent.id)
    .filter(({ state }) => state.name === 'open' && state.interrupt === null)
    .map(({ begun }) => ({
      stream: operationStream(begun.id),
      events: [
        {
          type: 'operation.interrupt_requested',
          data: { at: core.now(), how: 'interrupt', because: spent.id, receipt: null },
        },
      ],
      project: begun.project,
      lineage: { mandate: begun.mandate },
    }));
}
