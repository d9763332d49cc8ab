-- People: language, age, standing; forgotten passwords; letters that wait to be sent.
-- Twin: ../mysql/0002_people.sql

ALTER TABLE users ADD COLUMN lang TEXT NOT NULL DEFAULT 'ko' CHECK (lang IN ('ko', 'en'));
ALTER TABLE users ADD COLUMN age_confirmed_at INTEGER;
ALTER TABLE users ADD COLUMN frozen_at INTEGER;
ALTER TABLE users ADD COLUMN closed_at INTEGER;

-- Only the SHA-256 of what the letter holds: who reads this table resets nobody's password.
CREATE TABLE password_resets (
    digest     BLOB    NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX password_resets_by_user ON password_resets (user_id);
CREATE INDEX password_resets_by_expiry ON password_resets (expires_at);

-- A row goes when its letter is sent or given up. To an account, or to an address that may have none.
-- `kind` has no CHECK: an older program leaves kinds that it does not know to the newer one beside it.
CREATE TABLE mail_queue (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL,
    user_id    INTEGER,
    order_id   BLOB,
    address    TEXT,
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT mail_queue_to CHECK ((user_id IS NULL) <> (address IS NULL))
) STRICT;
CREATE INDEX mail_queue_by_due ON mail_queue (due_at, id);
CREATE INDEX mail_queue_by_user ON mail_queue (user_id);
