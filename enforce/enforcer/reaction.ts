/**
 * What a change at control asks of whoever holds something under it. Pure.
 *
 * It reads only the type and the stream: what is not known to be harmless asks for a fresh look.
 */

export type Reaction =
  /** Stop where it stands: the mandate is held. */
  | { readonly what: 'hold'; readonly mandate: string; readonly why: string }
  /** Over for good. */
  | { readonly what: 'end'; readonly mandate: string; readonly why: string }
  /** Ask control about everything under it. */
  | { readonly what: 'ask'; readonly mandate: string }
  /** One operation was told to stop. */
  | { readonly what: 'interrupt'; readonly operation: string }
  /** A receipt waits for words. */
  | { readonly what: 'attest'; readonly receipt: string }
  | { readonly what: 'nothing' };

/** The reaction to a change of `type` on `stream`. */
export function reactionTo({ type, stream }: { readonly type: string; readonly stream: string }): Reaction {
  const mandate = after(stream, 'mandate-');
  if (mandate !== null) return mandateReaction(type, mandate);
  const operation = after(stream, 'operation-');
  if (operation !== null)
    return type === 'operation.interrupt_requested' ? { what: 'interrupt', operation } : { what: 'nothing' };
  const receipt = after(stream, 'receipt-');
  // A line can come after all others were answered: of what was reported as the stop arrived.
  if (receipt !== null)
    return type === 'receipt.opened' || type === 'receipt.lines_added'
      ? { what: 'attest', receipt }
      : { what: 'nothing' };
  return { what: 'nothing' };
}

function mandateReaction(type: string, mandate: string): Reaction {
  switch (type) {
    case 'mandate.suspended':
      return { what: 'hold', mandate, why: `mandate \`${mandate}\` is suspended` };
    case 'mandate.revoked':
      return { what: 'end', mandate, why: `mandate \`${mandate}\` was revoked` };
    case 'mandate.expired':
      return { what: 'end', mandate, why: `mandate \`${mandate}\` has expired` };
    case 'mandate.refused':
    case 'mandate.lapsed':
      return { what: 'end', mandate, why: `mandate \`${mandate}\` was never approved` };
    case 'mandate.proposed':
    case 'mandate.revised':
    case 'mandate.approved':
    case 'mandate.delegated':
      return { what: 'nothing' };
    default:
      // Reinstated, narrowed, superseded, completed, and whatever is not known here.
      return { what: 'ask', mandate };
  }
}

const after = (stream: string, prefix: string): string | null =>
  stream.startsWith(prefix) ? stream.slice(prefix.length) : null;
