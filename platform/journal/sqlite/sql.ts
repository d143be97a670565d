/**
 * Every SQL statement of the SQLite journal but its schema (migrations.ts).
 */

/** An acknowledged commit is on stable storage: FULL syncs the WAL at each commit; macOS needs its own flush. Checkpoints run elsewhere. */
export const writerPragmas = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA secure_delete = ON;
  PRAGMA trusted_schema = OFF;
`;

/** For a writer that syncs the log by itself before it acknowledges: see `log-sync.ts`. A log that is begun anew and a checkpoint are synced as before. */
export const syncLater = 'PRAGMA synchronous = NORMAL';

export const leaveWal = 'PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE';
export const enterWal = 'PRAGMA journal_mode = WAL';
export const readUserVersion = 'PRAGMA user_version';
export const readApplicationId = 'PRAGMA application_id';
export const countTables = 'SELECT count(*) AS tables FROM sqlite_schema';
export const readMeta = 'SELECT value FROM meta WHERE key = ?';
export const insertMeta = 'INSERT INTO meta (key, value) VALUES (?, ?)';

export const writeMeta =
  'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
export const deleteMeta = 'DELETE FROM meta WHERE key = ?';

export const begin = 'BEGIN IMMEDIATE';
export const beginRead = 'BEGIN';
export const commit = 'COMMIT';
export const rollback = 'ROLLBACK';

export const insertEvent = `
  INSERT INTO events (position, stream, version, type, at, project, actor, cause, lineage, hash, data_hash, salt, data, blob)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The same for so many events at once, which takes two thirds of the time of one after the other. */
export const eventsTogether = 16;
export const insertEvents = insertEvent + ', (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'.repeat(eventsTogether - 1);

export const keepBlob =
  'INSERT INTO blobs (address, refs, content) VALUES (?, 1, ?) ON CONFLICT (address) DO UPDATE SET refs = refs + 1';

export const readHead = 'SELECT id, version, position, hash, tail FROM streams WHERE stream = ?';

export const insertHead = 'INSERT INTO streams (id, stream, version, position, hash, tail) VALUES (?, ?, ?, ?, ?, ?)';

export const updateHead = 'UPDATE streams SET version = ?, position = ?, hash = ?, tail = ? WHERE id = ?';

export const insertStreamPage = 'INSERT INTO stream_pages (stream, upto, positions) VALUES (?, ?, ?)';

/** Pages with versions after one, among those that are full up to another. */
export const readStreamPages =
  'SELECT positions FROM stream_pages WHERE stream = ? AND upto > ? AND upto <= ? ORDER BY upto LIMIT ?';

export const readTypes = 'SELECT position, type FROM events WHERE position IN (SELECT value FROM json_each(?))';

/** Overwritten with zeros in the file as well: see `eraseSecurely`. */
export const eraseData =
  'UPDATE events SET data = NULL, salt = NULL, blob = NULL WHERE position IN (SELECT value FROM json_each(?))';

const blobsOf = 'SELECT blob FROM events WHERE blob IS NOT NULL AND position IN (SELECT value FROM json_each(?1))';

/** Before the data of the events is erased. */
export const leaveBlobs = `
  UPDATE blobs SET refs = refs - (
    SELECT count(*) FROM events WHERE blob = address AND position IN (SELECT value FROM json_each(?1)))
  WHERE address IN (${blobsOf})`;

/** Right after. */
export const deleteBlobs = `DELETE FROM blobs WHERE refs <= 0 AND address IN (${blobsOf})`;

export const readMiscounted = `
  SELECT refs, count(events.position) AS used, coalesce(min(events.position), 0) AS position
  FROM blobs LEFT JOIN events ON events.blob = blobs.address
  GROUP BY address HAVING refs <> count(events.position) ORDER BY position`;

/** Copies the log whole and empties its file: it held what was erased. Waits for nobody. */
export const emptyLog = 'PRAGMA wal_checkpoint(TRUNCATE)';

export const readNewest = 'SELECT position, at FROM events ORDER BY position DESC LIMIT 1';

// A stream without a head has no name any more; `verify` says so.
const envelope = `
  events.position, coalesce(streams.stream, '') AS stream, events.version, events.type, at, project, actor, cause, lineage,
  events.hash, events.blob, CASE WHEN events.blob IS NULL THEN events.data ELSE blobs.content END AS data`;

const named = 'LEFT JOIN streams ON streams.id = events.stream LEFT JOIN blobs ON blobs.address = events.blob';

/** The events at a JSON list of positions, in its order. */
export const readAtPositions = `
  SELECT ${envelope} FROM json_each(?) AS wanted CROSS JOIN events ON events.position = wanted.value ${named}`;

export const readAllPage = `
  SELECT ${envelope} FROM events ${named} WHERE events.position > ? ORDER BY events.position LIMIT ?`;

export const readPageToVerify = `
  SELECT ${envelope}, data_hash, salt, events.stream AS stream_id, streams.id IS NULL AS is_orphan
  FROM events ${named} WHERE events.position > ? ORDER BY events.position LIMIT ?`;

export const readAllHeads = 'SELECT id, stream, version, position, hash, tail FROM streams ORDER BY position';

export const readAllStreamPages = 'SELECT stream, upto, positions FROM stream_pages ORDER BY stream, upto';

/** Copies what it can into the database file without waiting for anyone, and syncs it. */
export const checkpoint = 'PRAGMA wal_checkpoint(PASSIVE)';

/** Copies nothing; answers how many frames the log holds and how many of them are in the database file already. */
export const measureLog = 'PRAGMA wal_checkpoint(NOOP)';

/** The writer's lock lives in a database of its own, so that readers of the journal never meet it. It writes nothing and needs no file for undoing. */
export const takeLock = 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE';

const snapshot = 'fold, fold_version, snapshots.position, head_hash, key, signature, endorsed_by, endorsement, content';

// Where the newest erasure is.
const erasedAt = `coalesce((SELECT position FROM streams WHERE stream = 'journal/erasures'), 0)`;

export const readSnapshot = `SELECT ${snapshot} FROM snapshots WHERE fold = ? AND position >= ${erasedAt}`;

export const readAllSnapshots = `
  SELECT ${snapshot}, events.hash AS hash_there, ${erasedAt} AS erased_at
  FROM snapshots LEFT JOIN events ON events.position = snapshots.position ORDER BY fold`;

export const writeSnapshot = `
  INSERT OR REPLACE INTO snapshots (fold, fold_version, position, head_hash, key, signature, endorsed_by, endorsement, content)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
  WHERE ?3 >= ${erasedAt} AND ?3 <= (SELECT coalesce(max(position), 0) FROM events)`;

export const deleteSnapshots = 'DELETE FROM snapshots';

/** What a store that no writer of this version has opened yet lacks, for whoever only reads it: in the connection alone, found before the store's own. */
export const standIns = `
  CREATE TEMP VIEW events AS SELECT *, NULL AS blob FROM main.events;
  CREATE TEMP TABLE blobs (address TEXT PRIMARY KEY, refs INTEGER NOT NULL, content TEXT NOT NULL);`;
