/** What the runtime refuses, as a value: a kind to branch on, a sentence for a person, and the way out where there is one. */

export type RefusalKind =
  /** There is no such thing. */
  | 'not_found'
  /** It is not in the state that was assumed. */
  | 'conflict'
  /** Its mandate ended; nothing runs there again. */
  | 'inert'
  /** The request makes no sense as it is. */
  | 'invalid'
  /** Control said no. */
  | 'refused'
  /** Control or the enforcer could not be asked. */
  | 'unreachable';

export type Refusal = {
  readonly kind: RefusalKind;
  readonly sentence: string;
  readonly wayOut: string | null;
  readonly code: string;
};

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export const accept = <T>(value: T): Result<T> => ({ ok: true, value });

export const reject = (refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } => ({ ok: false, refusal });

/** A refusal. `code` is the machine's word for it where control gave one. */
export const refuse = (
  kind: RefusalKind,
  sentence: string,
  wayOut: string | null = null,
  code: string = kind,
): Refusal => ({
  kind,
  sentence,
  wayOut,
  code,
});
