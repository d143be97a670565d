/**
 * The schema of the PostgreSQL journal, as numbered steps. A step that has been released is never edited; a change is a new step at the end.
 *
 * `log` has one row: where the log ends. Whoever appends holds its row lock from before the first position is given out until the commit, so positions become visible
 * in their order and without a hole, and no stream moves under an append that relied on it (docs/decisions/0006-one-lock-for-positions.md).
 * `moved_to` is set once the journal lives elsewhere: no node appends any more. `data` and `salt` go together: both present, or both erased. Texts are kept as they were hashed, so they are text and not jsonb.
 * `snapshots` is a cache beside the log: any row of it may be deleted at any time.
 */

/** What this version can read. A store names the reader it needs, so an older program stops instead of misreading. */
export const readerVersion = 2;

/** Step n brings a store from schema n to n + 1. They run with the schema of the journal as the only one on the search path. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (
    key   text PRIMARY KEY,
    value text NOT NULL
  );

  CREATE TABLE log (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    position bigint  NOT NULL,
    at       bigint  NOT NULL,
    moved_to text
  ) WITH (fillfactor = 10);
  INSERT INTO log (position, at) VALUES (0, 0);

  CREATE TABLE events (
    position  bigint PRIMARY KEY,
    stream    bigint NOT NULL,
    version   bigint NOT NULL,
    type      text   NOT NULL,
    at        text   NOT NULL,
    project   text   NOT NULL,
    actor     text   NOT NULL,
    cause     text,
    lineage   text   NOT NULL,
    hash      text   NOT NULL,
    data_hash text   NOT NULL,
    salt      bytea,
    data      text,
    CHECK ((data IS NULL) = (salt IS NULL)),
    UNIQUE (stream, version)
  );

  CREATE TABLE streams (
    id       bigint PRIMARY KEY,
    stream   text   NOT NULL UNIQUE,
    version  bigint NOT NULL,
    position bigint NOT NULL,
    hash     text   NOT NULL
  ) WITH (fillfactor = 70);

  -- Guards against our own mistakes; whoever owns the schema can drop them, and the hash chain is what tells.
  CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION 'events are never deleted'; END IF;
    IF NEW.data IS NOT NULL OR NEW.salt IS NOT NULL THEN RAISE EXCEPTION 'data is only ever erased'; END IF;
    NEW.data := OLD.data;
    NEW.salt := OLD.salt;
    IF NEW IS DISTINCT FROM OLD THEN RAISE EXCEPTION 'envelopes are never changed'; END IF;
    NEW.data := NULL;
    NEW.salt := NULL;
    RETURN NEW;
  END $$;
  CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER events_are_never_truncated BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  `,
  `
  CREATE TABLE snapshots (
    fold         text   PRIMARY KEY,
    fold_version text   NOT NULL,
    position     bigint NOT NULL,
    head_hash    text   NOT NULL,
    key          text   NOT NULL,
    signature    text   NOT NULL,
    endorsed_by  text   NOT NULL,
    endorsement  text   NOT NULL,
    content      bytea  NOT NULL
  );
  `,
  `
  -- Large data, kept once for each project: its event has an empty text in its place.
  CREATE TABLE blobs (
    address text   PRIMARY KEY,
    refs    bigint NOT NULL,
    content text   NOT NULL
  );

  ALTER TABLE events ADD COLUMN blob text;
  CREATE INDEX events_with_blobs ON events (blob) WHERE blob IS NOT NULL;

  CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION 'events are never deleted'; END IF;
    IF NEW.data IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.blob IS NOT NULL THEN RAISE EXCEPTION 'data is only ever erased'; END IF;
    NEW.data := OLD.data;
    NEW.salt := OLD.salt;
    NEW.blob := OLD.blob;
    IF NEW IS DISTINCT FROM OLD THEN RAISE EXCEPTION 'envelopes are never changed'; END IF;
    NEW.data := NULL;
    NEW.salt := NULL;
    NEW.blob := NULL;
    RETURN NEW;
  END $$;

  UPDATE meta SET value = '2' WHERE key = 'reader_version';
  `,
];
