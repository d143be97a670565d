/** What happened to the journal itself. */

/**
 * The journal is an older one than it was: `found` says who knew, `lostAfter` is the newest position both agree to have had, if that can be told. From here on it is another
 * incarnation of the journal: what the lost part said is not known any more, revocations among it.
 */
export type JournalEvent =
  | Restored
  /** Written by the journal itself: checkpoints, the other plane's checkpoints, erasures, how long what may be erased is kept. No state follows from them. */
  | {
      readonly type: 'journal.sealed' | 'journal.witnessed' | 'journal.erased' | 'journal.retention_set';
      readonly data: { readonly at: number };
    };

type Restored = {
  readonly type: 'journal.restored';
  readonly data: {
    readonly at: number;
    readonly incarnation: number;
    readonly found: string;
    readonly witnessed: number;
    readonly head: number;
  };
};
