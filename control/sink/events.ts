/** What is known of where effects may go. A sink belongs to a project and has a name there, such as `origin`. */

import type { SinkKind } from './sink-kind.ts';

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

export type NamedSink = {
  readonly project: string;
  readonly name: string;
  /** Where it is. It holds no credential. */
  readonly url: string;
  readonly kind: SinkKind;
  readonly by: string;
};

/** Where one operation goes: the sink it named, at the address a person gave it, and what is looked for there afterwards. */
export type Destination = {
  readonly project: string;
  readonly sink: string;
  readonly url: string;
  readonly kind: SinkKind;
  /** The change of one Git ref, as the operation's parameters name it; null where they name none. */
  readonly change: { readonly ref: string; readonly old: string; readonly new: string } | null;
};

export type SinkEvent =
  /** A second one for a name takes the place of the first. */
  | Happened<'sink.named', NamedSink>
  | Happened<'sink.forgotten', { readonly project: string; readonly name: string; readonly by: string }>;
