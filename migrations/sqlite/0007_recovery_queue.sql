-- What operators see and say of orders that did not come through: how often moving one on has failed, and notes.
-- Twin: ../mysql/0007_recovery_queue.sql

-- A row for each order whose expiry, stall or recovery ever failed. `last_error` is a word without a CHECK: an older
-- program reads one that it does not know as "other".
CREATE TABLE recovery_tries (
    order_id   BLOB    NOT NULL PRIMARY KEY,
    tries      INTEGER NOT NULL CHECK (tries > 0),
    last_error TEXT    NOT NULL,
    last_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Insert-only: what was said of an order stays with it.
CREATE TABLE order_notes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id    BLOB    NOT NULL,
    operator_id INTEGER NOT NULL,
    body        TEXT    NOT NULL CHECK (LENGTH(body) BETWEEN 1 AND 1000),
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX order_notes_by_order ON order_notes (order_id, id);

-- An order's events, for its history.
CREATE INDEX outbox_by_order ON outbox (order_id);

CREATE TRIGGER order_notes_keep BEFORE UPDATE ON order_notes
BEGIN SELECT RAISE(ABORT, 'order_notes is insert-only'); END;
CREATE TRIGGER order_notes_stay BEFORE DELETE ON order_notes
BEGIN SELECT RAISE(ABORT, 'order_notes is insert-only'); END;
