/** What happened to the journal itself. */

/**
 * The journal is an older one than it was: `found` says who knew, `lostAfter` is the newest position both agree to have had, if that can be told. From here on it is another
 * incarnation of the journal: what the lost part said is not known any more, revocations among it.
 */
export type JournalEvent = {
  readonly type: 'journal.restored';
  readonly data: {
    readonly at: number;
    readonly incarnation: number;
    readonly found: string;
    readonly witnessed: number;
    readonly head: number;
  };
};
