/**
 * The account of one call of a model: what it is begun with, and what it is settled with. Tokens are the provider's word; money is computed from them.
 *
 * Where a budget of money stands above it, a model whose price nobody knows is not called; where none does, its cost is said to be unknown. Tokens that an answer does not tell are estimated from what went by, and said to be.
 */

import { controlApi } from '@writ/protocol';
import type { FinalUsage } from '../../enforcer/ask-control.ts';
import type { Caller } from '../../client/caller.ts';
import type { ModelCall } from './model-call.ts';
import type { ModelPrices } from './model-price.ts';
import { modelPrices, priceCurrency } from './model-price.ts';
import type { TokenUsage, UsageMeter } from './usage-meter.ts';

export type Estimate = NonNullable<(typeof controlApi.begin)['body']['_zod']['input']['estimate']>;

export interface ModelAccount {
  readonly estimate: Estimate;
  /** What the call used, and the same in words. `meter`: of its answer, null where none came. */
  close(meter: UsageMeter | null): { readonly usage: FinalUsage; readonly words: string };
}

export type OpenedAccount =
  { readonly ok: true; readonly account: ModelAccount } | { readonly ok: false; readonly why: string };

/** Opens the account of `call` under `mandate`. */
export async function openModelAccount(control: Caller, mandate: string, call: ModelCall): Promise<OpenedAccount> {
  const prices = await modelPrices(call.format);
  const before = prices.costMicros(call.model, { input: call.estimate, output: 0, cacheRead: 0, cacheWrite: 0 });
  const bound = await moneyBound(control, mandate);
  if (!bound.ok) return bound;
  const name = call.model === '' ? 'a model that is not named' : `\`${call.model}\``;
  if (bound.isBound && before === null)
    return { ok: false, why: `the price of ${name} is not known, and a budget of money stands above this call` };
  if (bound.isBound && bound.currency !== null && bound.currency !== priceCurrency)
    return {
      ok: false,
      why: `prices of models are in ${priceCurrency}, and the budget above this call is in ${bound.currency}`,
    };
  return {
    ok: true,
    account: {
      estimate: { tokens: call.estimate, ...(before === null ? {} : money(before)) },
      close: (meter) => closed(call, prices, meter),
    },
  };
}

type Bound =
  | { readonly ok: true; readonly isBound: boolean; readonly currency: string | null }
  | { readonly ok: false; readonly why: string };

/** Whether money is bounded for `mandate`, by itself or above. */
async function moneyBound(control: Caller, mandate: string): Promise<Bound> {
  const found = await control.call(controlApi.budget, { params: { id: mandate } });
  if (!found.ok) return { ok: false, why: `what is left of its budget cannot be asked: ${found.problem.detail}` };
  const own = found.value.items.find((one) => one.mandate === mandate);
  const line = own?.lines.find(({ kind }) => kind === 'money');
  return { ok: true, isBound: line !== undefined && line.left !== null, currency: own?.currency ?? null };
}

function closed(
  { model, estimate, isCount }: ModelCall,
  prices: ModelPrices,
  meter: UsageMeter | null,
): { readonly usage: FinalUsage; readonly words: string } {
  if (isCount) return { usage: { tokens: 0, source: 'reported' }, words: 'tokens were counted, and no model was run' };
  const told = meter?.usage() ?? null;
  // About four bytes of an answer to a token.
  const guessed: TokenUsage = {
    input: estimate,
    output: Math.ceil((meter?.bytes ?? 0) / 4),
    cacheRead: 0,
    cacheWrite: 0,
  };
  const used = told ?? guessed;
  const cost = prices.costMicros(model, used);
  const tokens = used.input + used.output;
  const words = [
    `model ${model === '' ? 'not named' : model}`,
    `${String(used.input)} tokens in${used.cacheRead > 0 ? ` (${String(used.cacheRead)} from cache)` : ''}, ${String(used.output)} out${told === null ? ', estimated: its answer does not say' : ''}`,
    cost === null ? 'price not known' : `${priceCurrency} ${(cost / 1_000_000).toFixed(6)}`,
  ].join(', ');
  return {
    usage: { tokens, ...(cost === null ? {} : money(cost)), source: told === null ? 'estimated' : 'computed' },
    words,
  };
}

const money = (micros: number) => ({ money_micros: micros, currency: priceCurrency });
