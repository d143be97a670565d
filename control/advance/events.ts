/** A person's yes in advance: given, used, withdrawn. Times are epoch milliseconds. */

import type { Advance } from '@writ/authority';
import type { Consent } from '../approval/consent.ts';

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

/** `remembered`: as it comes, from an answer. `left`: counted, before anybody asked. */
export type AdvanceKind = 'remembered' | 'left';

export type GivenAdvance = Advance & {
  readonly id: string;
  readonly by: string;
  readonly kind: AdvanceKind;
  readonly project: string;
  /** How many operations may begin on it; null: as many as come. */
  readonly uses: number | null;
  /** The held action it was an answer to; null where nobody had asked. */
  readonly answer: string | null;
  readonly textDigest: string;
};

export type AdvanceEvent =
  | Happened<'advance.given', GivenAdvance & { readonly consent: Consent }>
  | Happened<'advance.used', { readonly advance: string; readonly operation: string }>
  | Happened<'advance.withdrawn', { readonly id: string; readonly by: string; readonly reason: string }>;
