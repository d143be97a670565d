/**
 * A journal as it stood at one moment, read row by row while its writers go on: what an export and a backup are made from. It holds no lock that an append waits for;
 * in SQLite the log cannot be shortened past it meanwhile, so it is not kept longer than needed.
 */
import type { Envelope } from '../journal.ts';
import type { StoredEvent, StoredHead } from '../log-check.ts';

export interface StoreSnapshot extends AsyncDisposable {
  readonly organisation: string;
  /** Events after a position, in order, at most `limit`. */
  page(after: number, limit: number): Promise<readonly StoredEvent[]>;
  /** Every event of one stream, in order. */
  stream(name: string): Promise<readonly Envelope[]>;
  heads(): Promise<readonly StoredHead[]>;
  /** Writes all of it into the empty file at `path`, as a journal that stands by itself. */
  saveTo(path: string): Promise<void>;
}

const pageSize = 1000;

/** Every event of a snapshot, in order. */
export async function* eventsOf(snapshot: Pick<StoreSnapshot, 'page'>): AsyncGenerator<StoredEvent> {
  for (let after = 0; ;) {
    const events = await snapshot.page(after, pageSize);
    if (events.length === 0) return;
    yield* events;
    after = events.at(-1)?.position ?? after;
  }
}
