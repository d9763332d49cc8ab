-- Second factors of operators, and what is known of each session, so that its owner can tell and end it.
-- Twin: ../mysql/0013_second_factor.sql

-- `secret` is sealed under a key that is not in the database. Not confirmed: it opens nothing yet.
CREATE TABLE second_factors (
    user_id      INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
    secret       BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_step    INTEGER NOT NULL
) STRICT;

-- A row goes when its code is used. Only digests of random codes.
CREATE TABLE recovery_codes (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    digest     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;

-- Unknown of sessions that an older program began.
ALTER TABLE sessions ADD COLUMN begun_at INTEGER;
ALTER TABLE sessions ADD COLUMN seen_at INTEGER;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN browser TEXT;
CREATE INDEX sessions_by_user ON sessions (user_id);
