/**
 * Large payloads are kept apart from the events that carry them, once for each project whatever number of events says the same: a blob, under a keyed hash of its text. The key is the store's own and
 * each project's another, so that an address tells nobody what it stands for, nor that another project has the same.
 *
 * How they are stored is an adapter's affair: the port gives and takes whole events, and their hashes are over the data itself. A blob is written in the transaction of its event, counted by
 * the events that refer to it, and gone with the erasure of the last of them.
 */
import { createHmac } from 'node:crypto';
import { JournalError } from './errors.ts';
import type { VerifyFinding } from './journal.ts';

/** Data of at least so many UTF-16 units is a blob. */
export const blobLength = 8_192;

/** Bytes of the secret that a store's addresses are made with. */
export const blobKeyBytes = 32;

export class BlobKeys {
  readonly #secret: Uint8Array;

  /** `secret`: base64url, as the store keeps it. */
  constructor(secret: string) {
    this.#secret = Buffer.from(secret, 'base64url');
    if (this.#secret.length !== blobKeyBytes)
      throw new JournalError('format', 'the journal has lost the key of its blobs; put a backup back');
  }

  /** Where `text` is kept, if it is large enough; null where it stands in its event. */
  placeOf(project: string, text: string): string | null {
    return text.length < blobLength ? null : this.#addressOf(project, text);
  }

  /** Throws a `JournalError` of kind `store` unless what was found at an event's blob is what was written there. */
  check({ position, project, blob, data }: BlobRow): void {
    if (blob === null || (data !== null && this.#addressOf(project, data) === blob)) return;
    throw new JournalError(
      'store',
      `the data of the event at \`${String(position)}\` is not what was written there; \`writ audit verify\` says what else is not`,
    );
  }

  #addressOf(project: string, text: string): string {
    const key = createHmac('sha256', this.#secret).update(project).digest();
    return createHmac('sha256', key).update(text).digest('base64url');
  }
}

/** What an event's row says of its blob (null: none), and what is there. */
type BlobRow = {
  readonly position: number;
  readonly project: string;
  readonly blob: string | null;
  readonly data: string | null;
};

/** A blob whose count is not the number of events that refer to it; the first of these, 0 where there is none. */
export type MiscountedBlob = { readonly refs: number; readonly used: number; readonly position: number };

/** As a finding. */
export const problemOfBlob = ({ refs, used, position }: MiscountedBlob): VerifyFinding => ({
  position,
  stream: '',
  version: 0,
  problem: `a blob is counted ${String(refs)} times and ${String(used)} events refer to it`,
});
