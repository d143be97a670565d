/** What the commands of the API share: the rooms they act on, and who asks. */

import type { Dispatcher } from '../mission/dispatch.ts';
import type { By } from '../log.ts';
import type { Ports } from '../ports.ts';
import type { Turns } from '../session/turn.ts';

export type House = Ports & {
  readonly turns: Turns;
  readonly dispatcher: Dispatcher;
  /** How runs are bounded where nobody said otherwise. */
  readonly sandbox: () => Promise<'contain' | 'none'>;
  /** Works off what was admitted to a session. */
  readonly drain: (session: string) => void;
};

/** Who asks: a person, or an enforcement point that speaks for a launcher or an agent's door. */
export type Who = { readonly kind: 'person' | 'point'; readonly name: string };

export const byWho = (who: Who): By => ({ actor: who.kind === 'person' ? who.name : `point:${who.name}` });
