/**
 * Every SQL statement of the SQLite journal but its schema (migrations.ts).
 */

/** An acknowledged commit is on stable storage: FULL syncs the WAL at each commit; macOS needs its own flush. Checkpoints run elsewhere. */
export const writerPragmas = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA trusted_schema = OFF;
`;

export const enterWal = 'PRAGMA journal_mode = WAL';
export const readUserVersion = 'PRAGMA user_version';
export const readApplicationId = 'PRAGMA application_id';
export const countTables = 'SELECT count(*) AS tables FROM sqlite_schema';
export const readMeta = 'SELECT value FROM meta WHERE key = ?';
export const insertMeta = 'INSERT INTO meta (key, value) VALUES (?, ?)';

export const begin = 'BEGIN IMMEDIATE';
export const beginRead = 'BEGIN';
export const commit = 'COMMIT';
export const rollback = 'ROLLBACK';

export const insertEvent = `
  INSERT INTO events
    (position, stream, version, type, at, organisation, project, actor, cause, lineage, hash, data_hash, salt, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const readHead = 'SELECT version, position, hash FROM streams WHERE stream = ?';

export const writeHead = `
  INSERT INTO streams (stream, version, position, hash) VALUES (?, ?, ?, ?)
  ON CONFLICT (stream) DO UPDATE SET version = excluded.version, position = excluded.position, hash = excluded.hash`;

export const readNewest = 'SELECT position, at FROM events ORDER BY position DESC LIMIT 1';

const envelope = 'position, stream, version, type, at, organisation, project, actor, cause, lineage, hash, data';

export const readStreamPage = `
  SELECT ${envelope} FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?`;

export const readAllPage = `
  SELECT ${envelope} FROM events WHERE position > ? ORDER BY position LIMIT ?`;

export const readPageToVerify = `
  SELECT ${envelope}, data_hash, salt FROM events WHERE position > ? ORDER BY position LIMIT ?`;

export const readAllHeads = 'SELECT stream, version, position, hash FROM streams ORDER BY position';

/** Copies what it can into the database file without waiting for anyone, and syncs it. */
export const checkpoint = 'PRAGMA wal_checkpoint(PASSIVE)';

/** Copies nothing; answers how many frames the log holds and how many of them are in the database file already. */
export const measureLog = 'PRAGMA wal_checkpoint(NOOP)';

/** The writer's lock lives in a database of its own, so that readers of the journal never meet it. It writes nothing and needs no file for undoing. */
export const takeLock = 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE';
