-- Refunds by operators: what was given back of which order, line by line, and what still waits for room in its
-- wallet. Insert-only but for one thing: a refund that waits is credited later, once.
-- Twin: ../mysql/0008_refunds.sql

CREATE TABLE refunds (
    id              BLOB    NOT NULL PRIMARY KEY,
    order_id        BLOB    NOT NULL,
    refund_no       INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    operator_id     INTEGER NOT NULL,
    reason          TEXT    NOT NULL,
    amount          INTEGER NOT NULL,
    coupon_returned INTEGER NOT NULL CHECK (coupon_returned IN (0, 1)),
    created_at      INTEGER NOT NULL,
    credited_at     INTEGER,
    posting_id      BLOB,
    CONSTRAINT refunds_number CHECK (refund_no >= 1),
    CONSTRAINT refunds_amount CHECK (amount BETWEEN 0 AND 10000000),
    CONSTRAINT refunds_credit CHECK ((credited_at IS NULL AND posting_id IS NULL AND amount > 0)
                                     OR (credited_at IS NOT NULL AND (posting_id IS NULL) = (amount = 0))),
    CONSTRAINT refunds_once UNIQUE (order_id, refund_no)
) STRICT, WITHOUT ROWID;
-- What waits is found by its first column, which is null.
CREATE INDEX refunds_by_credit ON refunds (credited_at, user_id, id);

CREATE TABLE refund_items (
    order_id   BLOB    NOT NULL,
    product_id INTEGER NOT NULL,
    refund_no  INTEGER NOT NULL,
    quantity   INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 10),
    amount     INTEGER NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (order_id, product_id, refund_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_items_by_product ON refund_items (product_id);

CREATE TRIGGER refunds_keep
BEFORE UPDATE OF id, order_id, refund_no, user_id, operator_id, reason, amount, coupon_returned, created_at ON refunds
BEGIN SELECT RAISE(ABORT, 'of a refund only its credit is written later'); END;
CREATE TRIGGER refunds_keep_credit BEFORE UPDATE OF credited_at, posting_id ON refunds WHEN OLD.credited_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a refund is credited once'); END;
CREATE TRIGGER refunds_stay BEFORE DELETE ON refunds
BEGIN SELECT RAISE(ABORT, 'refunds are never deleted'); END;
CREATE TRIGGER refund_items_keep BEFORE UPDATE ON refund_items
BEGIN SELECT RAISE(ABORT, 'refund_items never change'); END;
CREATE TRIGGER refund_items_stay BEFORE DELETE ON refund_items
BEGIN SELECT RAISE(ABORT, 'refund_items are never deleted'); END;
