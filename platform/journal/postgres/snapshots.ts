/** Stores a snapshot beside the log of a PostgreSQL store, over a connection of its own: the one that writes is in the middle of its own transaction. */
import type { StoredSnapshot } from '../snapshot/snapshot.ts';
import { columnsOf } from '../snapshot/snapshot-row.ts';
import type { ConnectionOptions } from './connection.ts';
import { Connection } from './connection.ts';
import * as sql from './sql.ts';

/** The log is locked meanwhile, so that an erasure comes before it, and is seen, or after it, and takes it away. */
export async function keepSnapshot(options: ConnectionOptions, snapshot: StoredSnapshot): Promise<void> {
  await using connection = new Connection(options);
  await connection.use(async (client) => {
    await client.query(sql.begin);
    await client.query(sql.lockLog);
    await client.query(sql.writeSnapshot, [...columnsOf(snapshot), Buffer.from(snapshot.content)]);
    await client.query(sql.commit);
  });
}
