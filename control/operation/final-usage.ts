/** The account of an end: what was reported for it, or what was before; a reservation that nobody spoke of counts as used. */

import type { Usage } from '../budget/usage.ts';
import type { Projection } from '../projection.ts';
import type { OperationOutcome } from './events.ts';
import type { OperationRecord } from './operation-record.ts';

/** All that an operation used, said with its end. */
export type FinalUsage = Omit<Usage, 'isFinal'>;

/** Undefined where there is nothing to count. While nobody knows the end, what is held stays held. */
export function finalUsage(
  projection: Pick<Projection, 'draws'>,
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
