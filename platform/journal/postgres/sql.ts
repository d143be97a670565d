/** Every SQL statement of the PostgreSQL journal but its schema (migrations.ts). All names are found through the search path of the connection. */

/** Values that the safety of a commit rests on. */
export const readSettings = `
  SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
    current_setting('synchronous_commit') AS synchronous_commit, pg_is_in_recovery() AS is_replica`;

export const waitForSync = 'SET synchronous_commit = on';

/** A process that stops in the middle of an append must not keep the others out: the server ends its transaction. */
export const boundTransactions = `
  SET idle_in_transaction_session_timeout = '5s'; SET lock_timeout = '15s'; SET tcp_user_timeout = '10s'`;

export const lockSchema = `SELECT pg_advisory_xact_lock(hashtextextended('writ.journal ' || $1, 0))`;
export const findMeta = `SELECT to_regclass(quote_ident(current_schema()) || '.meta') IS NOT NULL AS is_there`;
export const readMeta = 'SELECT value FROM meta WHERE key = $1';
export const writeMeta =
  'INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value';

export const begin = 'BEGIN';
export const beginSnapshot = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
export const commit = 'COMMIT';
export const rollback = 'ROLLBACK';

/** Where the log ends; whoever asks holds it there until the end of the transaction. */
export const lockLog = 'SELECT position, at, moved_to FROM log FOR UPDATE';
export const readEnd = 'SELECT position, at, moved_to FROM log';

/** Copying holds the log for as long as it takes. */
export const unboundTransactions = `SET idle_in_transaction_session_timeout = 0`;
export const setMoved = 'UPDATE log SET moved_to = $1';

export const readHeads = 'SELECT id, stream, version, position, hash FROM streams WHERE stream = ANY($1)';

/** Rows come as JSON: one parameter whatever their number. $1 events, $2 heads, $3 and $4 the new end of the log, $5 blobs with how many of the events refer to each. */
export const write = `
  WITH new_events AS (
    INSERT INTO events (position, stream, version, type, at, project, actor, cause, lineage, hash, data_hash, salt, data, blob)
    SELECT position, stream, version, type, at, project, actor, cause, lineage, hash, data_hash, decode(salt, 'base64'), data, blob
    FROM json_to_recordset($1) AS row (position bigint, stream bigint, version bigint, type text, at text, project text,
      actor text, cause text, lineage text, hash text, data_hash text, salt text, data text, blob text)
  ), new_blobs AS (
    INSERT INTO blobs (address, refs, content)
    SELECT address, refs, content FROM json_to_recordset($5) AS row (address text, refs bigint, content text)
    ON CONFLICT (address) DO UPDATE SET refs = blobs.refs + excluded.refs
  ), new_heads AS (
    INSERT INTO streams (id, stream, version, position, hash)
    SELECT id, stream, version, position, hash
    FROM json_to_recordset($2) AS row (id bigint, stream text, version bigint, position bigint, hash text)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, position = excluded.position, hash = excluded.hash
  )
  UPDATE log SET position = $3, at = $4`;

export const readTypes = 'SELECT position, type FROM events WHERE position = ANY($1)';
export const eraseData = 'UPDATE events SET data = NULL, salt = NULL, blob = NULL WHERE position = ANY($1)';

/** Before the data of the events is erased. */
export const leaveBlobs = `
  UPDATE blobs SET refs = refs - (SELECT count(*) FROM events WHERE blob = address AND position = ANY($1))
  WHERE address IN (SELECT blob FROM events WHERE blob IS NOT NULL AND position = ANY($1))`;

/** Right after. */
export const deleteBlobs = `
  DELETE FROM blobs WHERE refs <= 0 AND address IN (SELECT blob FROM events WHERE blob IS NOT NULL AND position = ANY($1))`;

export const readMiscounted = `
  SELECT refs, count(events.position) AS used, coalesce(min(events.position), 0) AS position
  FROM blobs LEFT JOIN events ON events.blob = blobs.address
  GROUP BY address HAVING refs <> count(events.position) ORDER BY 3`;

/** Wakes the followers on other nodes; they look by themselves as well. */
export const notify = `SELECT pg_notify($1, '')`;

const envelope = `
  events.position, coalesce(streams.stream, '') AS stream, events.version, events.type, events.at, events.project, events.actor,
  events.cause, events.lineage, events.hash, events.blob,
  CASE WHEN events.blob IS NULL THEN events.data ELSE blobs.content END AS data`;

const kept = 'LEFT JOIN blobs ON blobs.address = events.blob';
const named = `LEFT JOIN streams ON streams.id = events.stream ${kept}`;

export const readStreamPage = `
  SELECT ${envelope} FROM streams JOIN events ON events.stream = streams.id ${kept}
  WHERE streams.stream = $1 AND events.version > $2 ORDER BY events.version LIMIT $3`;

export const readAllPage = `
  SELECT ${envelope} FROM events ${named} WHERE events.position > $1 ORDER BY events.position LIMIT $2`;

export const readHash = 'SELECT hash FROM events WHERE position = $1';

export const readPageToVerify = `
  SELECT ${envelope}, events.data_hash, events.salt, events.stream AS stream_id, streams.id IS NULL AS is_orphan
  FROM events ${named} WHERE events.position > $1 ORDER BY events.position LIMIT $2`;

export const readAllHeads = 'SELECT id, stream, version, position, hash FROM streams ORDER BY position';

const snapshot = 'fold, fold_version, snapshots.position, head_hash, key, signature, endorsed_by, endorsement, content';

// Where the newest erasure is.
const erasedAt = `coalesce((SELECT streams.position FROM streams WHERE stream = 'journal/erasures'), 0)`;

export const readSnapshot = `SELECT ${snapshot} FROM snapshots WHERE fold = $1 AND position >= ${erasedAt}`;

export const readAllSnapshots = `
  SELECT ${snapshot}, events.hash AS hash_there, ${erasedAt} AS erased_at
  FROM snapshots LEFT JOIN events ON events.position = snapshots.position ORDER BY fold`;

/** With the log locked, so that no erasure is under way. */
export const writeSnapshot = `
  INSERT INTO snapshots (fold, fold_version, position, head_hash, key, signature, endorsed_by, endorsement, content)
  SELECT $1, $2, $3::bigint, $4, $5, $6, $7, $8, $9::bytea FROM log
  WHERE $3::bigint >= ${erasedAt} AND $3::bigint <= log.position AND log.moved_to IS NULL
  ON CONFLICT (fold) DO UPDATE SET fold_version = excluded.fold_version, position = excluded.position, head_hash = excluded.head_hash,
    key = excluded.key, signature = excluded.signature, endorsed_by = excluded.endorsed_by, endorsement = excluded.endorsement,
    content = excluded.content`;

export const deleteSnapshots = 'DELETE FROM snapshots';
