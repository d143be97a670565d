/** What copying needs of a store: events as they are stored, hashes, salts and erasures included, and nobody writing meanwhile. */
import type { VerifyReport } from '../journal.ts';
import type { StoredEvent } from '../log-check.ts';

/** A store that nobody else writes to until it is disposed. */
export interface RawSource extends AsyncDisposable {
  readonly organisation: string;
  /** Events after a position, in order, at most `limit`. */
  page(after: number, limit: number): Promise<readonly StoredEvent[]>;
  verify(): Promise<VerifyReport>;
  /** Ends its life as a journal: from now on it is read, and opened for writing by nobody. `to` is said to who tries. */
  retire(to: string): Promise<void>;
}

/** A new, empty store that nobody can open as a journal before `release`. */
export interface RawTarget extends AsyncDisposable {
  /** Writes events as they are, in order, and the heads that follow from them. */
  write(events: readonly StoredEvent[]): Promise<void>;
  page(after: number, limit: number): Promise<readonly StoredEvent[]>;
  verify(): Promise<VerifyReport>;
  release(): Promise<void>;
}

/** What a store says that is not a journal yet, because its copy was not ended. */
export const unfinished = 'an unfinished copy';

/** `none`: no journal. `moved`: one that lives elsewhere by now. `live`: one that ends at `head`. */
export type StoreState =
  | { readonly state: 'none' }
  | { readonly state: 'moved'; readonly to: string }
  | { readonly state: 'live'; readonly head: number };
