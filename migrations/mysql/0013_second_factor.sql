-- Second factors of operators, and what is known of each session, so that its owner can tell and end it.
-- Twin: ../sqlite/0013_second_factor.sql

-- `secret` is sealed under a key that is not in the database. Not confirmed: it opens nothing yet.
CREATE TABLE second_factors (
    user_id      BIGINT         NOT NULL PRIMARY KEY REFERENCES users (id),
    secret       VARBINARY(128) NOT NULL,
    created_at   BIGINT         NOT NULL,
    confirmed_at BIGINT,
    last_step    BIGINT         NOT NULL
) CHARACTER SET utf8mb4;

-- A row goes when its code is used. Only digests of random codes.
CREATE TABLE recovery_codes (
    user_id    BIGINT     NOT NULL REFERENCES users (id),
    digest     BINARY(32) NOT NULL,
    created_at BIGINT     NOT NULL,
    PRIMARY KEY (user_id, digest)
) CHARACTER SET utf8mb4;

-- Unknown of sessions that an older program began.
ALTER TABLE sessions
    ADD COLUMN begun_at BIGINT,
    ADD COLUMN seen_at BIGINT,
    ADD COLUMN address VARCHAR(64),
    ADD COLUMN browser VARCHAR(64);
CREATE INDEX sessions_by_user ON sessions (user_id);
