-- Refunds by operators: what was given back of which order, line by line, and what still waits for room in its
-- wallet. Insert-only but for one thing: a refund that waits is credited later, once.
-- Twin: ../sqlite/0008_refunds.sql

CREATE TABLE refunds (
    id              BINARY(16)    NOT NULL PRIMARY KEY,
    order_id        BINARY(16)    NOT NULL,
    refund_no       BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    operator_id     BIGINT NOT NULL,
    reason          VARCHAR(200)    NOT NULL,
    amount          BIGINT NOT NULL,
    coupon_returned BIGINT NOT NULL CHECK (coupon_returned IN (0, 1)),
    created_at      BIGINT NOT NULL,
    credited_at     BIGINT,
    posting_id      BINARY(16),
    CONSTRAINT refunds_number CHECK (refund_no >= 1),
    CONSTRAINT refunds_amount CHECK (amount BETWEEN 0 AND 10000000),
    CONSTRAINT refunds_credit CHECK ((credited_at IS NULL AND posting_id IS NULL AND amount > 0)
                                     OR (credited_at IS NOT NULL AND (posting_id IS NULL) = (amount = 0))),
    CONSTRAINT refunds_once UNIQUE (order_id, refund_no)
) CHARACTER SET utf8mb4;
-- What waits is found by its first column, which is null.
CREATE INDEX refunds_by_credit ON refunds (credited_at, user_id, id);

CREATE TABLE refund_items (
    order_id   BINARY(16)    NOT NULL,
    product_id BIGINT NOT NULL,
    refund_no  BIGINT NOT NULL,
    quantity   BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 10),
    amount     BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (order_id, product_id, refund_no)
) CHARACTER SET utf8mb4;
CREATE INDEX refund_items_by_product ON refund_items (product_id);

CREATE TRIGGER refunds_keep BEFORE UPDATE ON refunds FOR EACH ROW
    IF NOT (NEW.id <=> OLD.id AND NEW.order_id <=> OLD.order_id AND NEW.refund_no <=> OLD.refund_no
            AND NEW.user_id <=> OLD.user_id AND NEW.operator_id <=> OLD.operator_id AND NEW.reason <=> OLD.reason
            AND NEW.amount <=> OLD.amount AND NEW.coupon_returned <=> OLD.coupon_returned
            AND NEW.created_at <=> OLD.created_at) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'of a refund only its credit is written later';
    END IF;
CREATE TRIGGER refunds_keep_credit BEFORE UPDATE ON refunds FOR EACH ROW
    IF OLD.credited_at IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a refund is credited once';
    END IF;
CREATE TRIGGER refunds_stay BEFORE DELETE ON refunds FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refunds are never deleted';
CREATE TRIGGER refund_items_keep BEFORE UPDATE ON refund_items FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refund_items never change';
CREATE TRIGGER refund_items_stay BEFORE DELETE ON refund_items FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refund_items are never deleted';
