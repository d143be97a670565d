/**
 * The schema of the SQLite journal, as numbered steps. A step that has been released is never edited; a change is a new step at the end.
 *
 * `streams` holds each stream's head. It repeats what `events` says, so that an append reads one row per stream and `verify` has a second witness.
 * Where a stream's events are is kept as lists of positions: the newest in its head (`tail`), older ones in `stream_pages` (those up to version `upto`).
 * An index over (stream, version) would say the same and dirty a page per stream in every commit. `data` and `salt` go together: both present, or both erased.
 * `snapshots` is a cache beside the log: any row of it may be deleted at any time.
 */

/** What this version can read. A store names the reader it needs, so an older program stops instead of misreading. Below `oldestReadable` lies what was never released. */
export const readerVersion = 3;
export const oldestReadable = 2;

/** 'WRIT' in ASCII: how `file` and we recognise the database (https://www.sqlite.org/pragma.html#pragma_application_id). */
export const applicationId = 0x57524954;

/** Step n brings a store from `user_version` n to n + 1. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE events (
    position  INTEGER PRIMARY KEY,
    stream    INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    type      TEXT    NOT NULL,
    at        TEXT    NOT NULL,
    project   TEXT    NOT NULL,
    actor     TEXT    NOT NULL,
    cause     TEXT,
    lineage   TEXT    NOT NULL,
    hash      TEXT    NOT NULL,
    data_hash TEXT    NOT NULL,
    salt      BLOB,
    data      TEXT,
    CHECK ((data IS NULL) = (salt IS NULL))
  ) STRICT;

  CREATE TABLE streams (
    id       INTEGER PRIMARY KEY,
    stream   TEXT    NOT NULL UNIQUE,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash     TEXT    NOT NULL,
    tail     TEXT    NOT NULL
  ) STRICT;

  CREATE TABLE stream_pages (
    stream    INTEGER NOT NULL,
    upto      INTEGER NOT NULL,
    positions TEXT    NOT NULL,
    PRIMARY KEY (stream, upto)
  ) STRICT, WITHOUT ROWID;

  -- Guards against our own mistakes; whoever owns the file can drop them, and the hash chain is what tells.
  CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
  BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;

  CREATE TRIGGER envelopes_are_never_changed
  BEFORE UPDATE OF position, stream, version, type, at, project, actor, cause, lineage, hash, data_hash ON events
  BEGIN SELECT RAISE(ABORT, 'envelopes are never changed'); END;

  CREATE TRIGGER data_is_only_ever_erased BEFORE UPDATE OF data, salt ON events
  WHEN NEW.data IS NOT NULL OR NEW.salt IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'data is only ever erased'); END;
  `,
  `
  CREATE TABLE snapshots (
    fold         TEXT    PRIMARY KEY,
    fold_version TEXT    NOT NULL,
    position     INTEGER NOT NULL,
    head_hash    TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    signature    TEXT    NOT NULL,
    endorsed_by  TEXT    NOT NULL,
    endorsement  TEXT    NOT NULL,
    content      BLOB    NOT NULL
  ) STRICT;
  `,
  `
  -- Large data, kept once for each project: its event has an empty text in its place.
  CREATE TABLE blobs (
    address TEXT    PRIMARY KEY,
    refs    INTEGER NOT NULL,
    content TEXT    NOT NULL
  ) STRICT;

  ALTER TABLE events ADD COLUMN blob TEXT;
  CREATE INDEX events_with_blobs ON events (blob) WHERE blob IS NOT NULL;

  CREATE TRIGGER blobs_are_only_ever_erased BEFORE UPDATE OF blob ON events WHEN NEW.blob IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'data is only ever erased'); END;

  UPDATE meta SET value = '3' WHERE key = 'reader_version';
  `,
];
