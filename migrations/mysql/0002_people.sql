-- People: language, age, standing; forgotten passwords; letters that wait to be sent.
-- Twin: ../sqlite/0002_people.sql

ALTER TABLE users
    ADD COLUMN lang VARCHAR(2) NOT NULL DEFAULT 'ko' CHECK (lang IN ('ko', 'en')),
    ADD COLUMN age_confirmed_at BIGINT,
    ADD COLUMN frozen_at BIGINT,
    ADD COLUMN closed_at BIGINT;

-- Only the SHA-256 of what the letter holds: who reads this table resets nobody's password.
CREATE TABLE password_resets (
    digest     BINARY(32) NOT NULL PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
) CHARACTER SET utf8mb4;
CREATE INDEX password_resets_by_user ON password_resets (user_id);
CREATE INDEX password_resets_by_expiry ON password_resets (expires_at);

-- A row goes when its letter is sent or given up. To an account, or to an address that may have none.
-- `kind` has no CHECK: an older program leaves kinds that it does not know to the newer one beside it.
CREATE TABLE mail_queue (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind       VARCHAR(32) NOT NULL,
    user_id    BIGINT,
    order_id   BINARY(16),
    address    VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    created_at BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    tries      BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT mail_queue_to CHECK ((user_id IS NULL) <> (address IS NULL))
) CHARACTER SET utf8mb4;
CREATE INDEX mail_queue_by_due ON mail_queue (due_at, id);
CREATE INDEX mail_queue_by_user ON mail_queue (user_id);
