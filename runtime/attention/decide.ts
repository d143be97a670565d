/** What may be done with an item: it is answered once, by somebody who saw it open. Pure. */

import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { Item, ItemEvent } from './item.ts';

export type ItemCommand =
  | { readonly do: 'answer'; readonly answer: string; readonly by: string }
  | { readonly do: 'void'; readonly reason: string };

export type Decision =
  { readonly ok: true; readonly events: readonly ItemEvent[] } | { readonly ok: false; readonly refusal: Refusal };

/** Judges `command` on `item`. */
export function decide(item: Item, command: ItemCommand): Decision {
  switch (command.do) {
    case 'answer':
      return answer(item, command.answer, command.by);
    case 'void':
      return item.state.name === 'open'
        ? { ok: true, events: [{ type: 'item.voided', data: { reason: command.reason } }] }
        : { ok: true, events: [] };
  }
}

function answer(item: Item, given: string, by: string): Decision {
  switch (item.state.name) {
    case 'answered':
      return no('conflict', `\`${item.id}\` was answered with \`${item.state.answer}\` by ${item.state.by}`);
    case 'void':
      return no('conflict', `\`${item.id}\` needs no answer any more: ${item.state.reason}`);
    case 'open': {
      const keys = item.options.map((option) => option.key);
      if (keys.length > 0 && item.kind !== 'question' && !keys.includes(given))
        return no(
          'invalid',
          `\`${given}\` is no answer to \`${item.id}\`; the answers are ${keys.map((key) => `\`${key}\``).join(', ')}`,
        );
      return { ok: true, events: [{ type: 'item.answered', data: { answer: given, by } }] };
    }
  }
}

const no = (kind: Refusal['kind'], sentence: string): Decision => ({ ok: false, refusal: refuse(kind, sentence) });
