-- What operators see and say of orders that did not come through: how often moving one on has failed, and notes.
-- Twin: ../sqlite/0007_recovery_queue.sql

-- A row for each order whose expiry, stall or recovery ever failed. `last_error` is a word without a CHECK: an older
-- program reads one that it does not know as "other".
CREATE TABLE recovery_tries (
    order_id   BINARY(16)  NOT NULL PRIMARY KEY,
    tries      BIGINT      NOT NULL CHECK (tries > 0),
    last_error VARCHAR(32) NOT NULL,
    last_at    BIGINT      NOT NULL
) CHARACTER SET utf8mb4;

-- Insert-only: what was said of an order stays with it.
CREATE TABLE order_notes (
    id          BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id    BINARY(16)    NOT NULL,
    operator_id BIGINT        NOT NULL,
    body        VARCHAR(1000) NOT NULL CHECK (CHAR_LENGTH(body) BETWEEN 1 AND 1000),
    created_at  BIGINT        NOT NULL
) CHARACTER SET utf8mb4;
CREATE INDEX order_notes_by_order ON order_notes (order_id, id);

-- An order's events, for its history.
CREATE INDEX outbox_by_order ON outbox (order_id);

CREATE TRIGGER order_notes_keep BEFORE UPDATE ON order_notes FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'order_notes is insert-only';
CREATE TRIGGER order_notes_stay BEFORE DELETE ON order_notes FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'order_notes is insert-only';
