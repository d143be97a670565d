/**
 * The answers an agent offers with a request for permission (ACP v1, `session/request_permission`), chosen by their kind: ids differ between agents.
 *
 * What would outlive the one call (`allow_always`, `reject_always`) is never chosen and never shown: it would move later decisions out of sight. Pure.
 */

import type { Message } from '../mcp/json-rpc.ts';
import { isMessage, membersOf } from '../mcp/json-rpc.ts';

export type Option = { readonly optionId: string; readonly kind: string };

const forOnce: ReadonlySet<unknown> = new Set(['allow_once', 'reject_once']);

/** Those of `options` that are for this call alone, as the agent wrote them. */
export function offeredOnce(options: unknown): readonly (Message & Option)[] {
  if (!Array.isArray(options)) return [];
  return options.filter(
    (one: unknown): one is Message & Option =>
      isMessage(one) && typeof one['optionId'] === 'string' && forOnce.has(one['kind']),
  );
}

export const cancelled = { outcome: { outcome: 'cancelled' } } as const;

/** The outcome that says yes, or no, once; cancelled, which is no yes either, where the agent offers no such answer. */
export function outcomeOf(options: readonly Option[], kind: 'allow_once' | 'reject_once'): Message {
  const option = options.find((one) => one.kind === kind);
  return option === undefined ? cancelled : { outcome: { outcome: 'selected', optionId: option.optionId } };
}

/** Which of `options` an editor's answer chose; undefined where it chose none of them. */
export function chosen(options: readonly Option[], result: unknown): Option | undefined {
  const { outcome, optionId } = membersOf(membersOf(result)['outcome']);
  return outcome === 'selected' ? options.find((one) => one.optionId === optionId) : undefined;
}
