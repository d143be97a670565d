/**
 * Writes a batch of appends in one transaction and two round trips: lock the end of the log and read the heads; write and commit. Nothing of a batch that
 * throws is kept, unless what it throws is `CommitUnknown`.
 */
import type pg from 'pg';
import type { BlobKeys } from '../blob.ts';
import { checkErasable } from '../erase.ts';
import { JournalError } from '../errors.ts';
import type { AppendResult, Envelope } from '../journal.ts';
import type { PreparedAppend } from '../prepare.ts';
import type { Head, LogEnd, Owner } from '../seal.ts';
import { sealBatch } from '../seal.ts';
import { ConnectionLost, isLoss } from './connection.ts';
import type { EventRow } from '../rows.ts';
import type { HeadRow } from './rows.ts';
import { toEnvelope } from '../rows.ts';
import { eventToJson, headsToJson, toParameters } from './rows.ts';
import * as sql from './sql.ts';

/** The connection was lost after the commit was sent. `position` and `hash` are of the newest event it wrote: if the log has that, it has the whole batch. */
export class CommitUnknown extends ConnectionLost {
  override readonly name = 'CommitUnknown';
  readonly position: number;
  readonly hash: string;
  readonly committed: Committed;

  constructor(committed: Committed, last: Envelope, cause: unknown) {
    super('the connection was lost during the commit', { cause });
    this.position = last.position;
    this.hash = last.hash;
    this.committed = committed;
  }
}

/**
 * What a batch came to. `others`: events of other nodes after the position this node had seen, up to where the batch began. `behind`: there are more of them than fit;
 * nothing was written, the node has to catch up first.
 */
export type Committed = {
  readonly state: 'done';
  readonly others: readonly Envelope[];
  readonly outcomes: readonly AppendResult[];
  readonly events: readonly Envelope[];
};
export type CommitOutcome =
  Committed | { readonly state: 'behind' } | { readonly state: 'rewound'; readonly end: number };

/** Whose journal it is, with the keys of its blobs. */
export type StoreOwner = Owner & { readonly blobs: BlobKeys };

/** The most events of others that are read while the log is locked. */
export const maxOthers = 200;

/** Commits `batch` for a node that has seen the log up to `seen`. */
export async function commitBatch(
  client: pg.Client,
  batch: readonly PreparedAppend[],
  seen: number,
  owner: StoreOwner,
): Promise<CommitOutcome> {
  let sent: { readonly committed: Committed; readonly last: Envelope } | undefined;
  try {
    const { end, heads, others } = await lock(client, batch, seen, owner);
    if (end.position < seen || others.length > maxOthers) {
      await client.query(sql.rollback);
      return end.position < seen ? { state: 'rewound', end: end.position } : { state: 'behind' };
    }
    const sealed = sealBatch(batch, (stream) => headIn(heads, stream), end, owner);
    const events = sealed.events.map(({ envelope }) => envelope);
    const committed = { state: 'done', others, outcomes: sealed.outcomes, events } as const;
    const last = events.at(-1);
    if (!last) {
      await client.query(sql.rollback);
      return committed;
    }
    const written = toParameters(sealed.events.map(eventToJson), owner.blobs);
    const { position, at } = sealed.end;
    const values = [written.events, headsToJson(sealed.written), position, at, written.blobs];
    const erased = batch.flatMap(({ erase }) => erase);
    if (erased.length > 0) await erase(client, erased);
    const writing = client.query({ name: 'write', text: sql.write, values });
    sent = { committed, last };
    const [, done] = await all(writing, client.query(sql.commit));
    // After a failed statement the server answers COMMIT by rolling back; `all` has thrown the failure by then.
    if (done.command !== 'COMMIT') throw new Error(`the server answered the commit with ${done.command}`);
    return committed;
  } catch (error) {
    if (sent && isLoss(error)) throw new CommitUnknown(sent.committed, sent.last, error);
    // A lost connection has no transaction any more.
    if (!isLoss(error)) await client.query(sql.rollback).catch(() => undefined);
    throw error;
  }
}

async function erase(client: pg.Client, positions: readonly number[]): Promise<void> {
  const { rows } = await client.query<{ position: number; type: string }>(sql.readTypes, [positions]);
  checkErasable(positions, rows);
  await client.query(sql.leaveBlobs, [positions]);
  await client.query(sql.deleteBlobs, [positions]);
  await client.query(sql.eraseData, [positions]);
  // Made when the data was there, so they may tell of it.
  await client.query(sql.deleteSnapshots);
}

type Locked = { readonly end: LogEnd; readonly heads: Map<string, Head>; readonly others: readonly Envelope[] };

/** One round trip: statements are sent together, and each sees what was committed before the lock was had. */
async function lock(
  client: pg.Client,
  batch: readonly PreparedAppend[],
  seen: number,
  { organisation, blobs }: StoreOwner,
): Promise<Locked> {
  const streams = new Set(batch.flatMap(({ writes, expect }) => [...writes, ...expect].map(({ stream }) => stream)));
  const [, log, heads, others] = await all(
    client.query(sql.begin),
    client.query<LogEnd & { moved_to: string | null }>({ name: 'lock', text: sql.lockLog }),
    client.query<HeadRow>({ name: 'heads', text: sql.readHeads, values: [[...streams]] }),
    client.query<EventRow>({ name: 'others', text: sql.readAllPage, values: [seen, maxOthers + 1] }),
  );
  const [end] = log.rows;
  if (!end) throw new Error('the log has lost the row that says where it ends');
  refuseMoved(end.moved_to);
  return {
    end,
    heads: new Map(heads.rows.map((row) => [row.stream, { ...row, isNew: false }])),
    others: others.rows.map((row) => toEnvelope(row, organisation, blobs)),
  };
}

/** Throws a `JournalError` of kind `format` when the journal lives elsewhere by now. */
export function refuseMoved(to: string | null): void {
  if (to === null) return;
  throw new JournalError(
    'format',
    `the journal was moved to ${to} and takes no more events; it can be read and verified`,
  );
}

function headIn(heads: Map<string, Head>, stream: string): Head {
  const known = heads.get(stream);
  if (known) return known;
  const head = { id: 0, version: 0, position: 0, hash: null, isNew: true };
  heads.set(stream, head);
  return head;
}

/** Waits for all, so that none fails unheard, and throws what failed first. */
async function all<const T extends readonly Promise<unknown>[]>(
  ...promises: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
