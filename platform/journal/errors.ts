/**
 * What the journal throws. A failed expectation is not here: it is an ordinary outcome of `append` and returned as a value.
 */

/**
 * `input`: the caller's events or options are not acceptable. `busy`: the queue is full. `closed`: the journal was disposed. `locked`: another
 * writer holds the file. `format`: the store is not a journal this version can use. `store`: the database failed; `cause` has its error. `unknown`: the
 * database went away during a commit, so the append may have been kept. `rewound`: events this process has seen are no longer in the store.
 */
export type JournalErrorKind = 'input' | 'busy' | 'closed' | 'locked' | 'format' | 'store' | 'unknown' | 'rewound';

/** Every error the journal raises on purpose. Branch on `kind`, never on the message. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly kind: JournalErrorKind;

  constructor(kind: JournalErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
