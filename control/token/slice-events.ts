/** What happens to slices: the calls set aside for one run at one enforcement point. */

import type { Slice } from '@writ/authority';

export type OpenSlice = Slice & { readonly point: string; readonly mandate: string; readonly run: string };

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

export type SliceEvent =
  | Happened<'slice.opened', OpenSlice>
  /** The point said it used so many, or its run is over. */
  | Happened<'slice.closed', Pick<OpenSlice, 'id' | 'point' | 'run'> & { readonly used: number }>;

/** One run at one point. Neither name holds the mark between them. */
export const runAt = ({ point, run }: Pick<OpenSlice, 'point' | 'run'>): string => `${point}/${run}`;
