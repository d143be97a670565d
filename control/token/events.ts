/** What happens to the keys control signs with. Only public parts are ever in an event. */

import type { KeyUse } from '@writ/protocol';

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

export type KeyEvent =
  /** Verifiers can know it from here on; it signs nothing yet. `x` is the public key (RFC 8037). */
  | Happened<'key.published', { readonly kid: string; readonly use: KeyUse; readonly x: string; readonly by: string }>
  /** It signs from here on, and the one that did signs no more. */
  | Happened<'key.activated', { readonly kid: string }>
  /** Nothing it signed is believed any more. */
  | Happened<'key.retired', { readonly kid: string; readonly by: string; readonly reason: string }>;
