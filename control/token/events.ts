/** What happens to the keys control signs with, and what was answered with what it signed. Only public parts of keys are ever in an event. */

import type { KeyUse } from '@writ/protocol';

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

export type KeyEvent =
  /** Verifiers can know it from here on; it signs nothing yet. `x` is the public key (RFC 8037). */
  | Happened<'key.published', { readonly kid: string; readonly use: KeyUse; readonly x: string; readonly by: string }>
  /** It signs from here on, and the one that did signs no more. */
  | Happened<'key.activated', { readonly kid: string }>
  /** Nothing it signed is believed any more. */
  | Happened<'key.retired', { readonly kid: string; readonly by: string; readonly reason: string }>;

/** What a point said yes to by itself since its last report, in counts: the record of what control was not asked. */
export type AnsweredEvent = Happened<
  'verdict.answered',
  {
    readonly point: string;
    readonly mandate: string;
    readonly run: string;
    /** Counts the point's reports for this run, from 1: one that is sent again is known by it. */
    readonly report: number;
    readonly answers: readonly { readonly action: string; readonly count: number }[];
  }
>;
