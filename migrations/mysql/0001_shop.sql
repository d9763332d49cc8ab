-- The shop. Money in won, times in epoch milliseconds UTC, ids of orders and postings UUIDv7 bytes.
-- Every invariant of the specification stands here once more as a CHECK, a UNIQUE or a trigger.
-- Twin: ../sqlite/0001_shop.sql

CREATE TABLE users (
    id            BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email         VARCHAR(254)    NOT NULL,
    email_key     VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin    NOT NULL UNIQUE,
    name          VARCHAR(100)    NOT NULL,
    role          VARCHAR(16)     NOT NULL CHECK (role IN ('shopper', 'operator')),
    password_hash VARCHAR(255)    NOT NULL,
    auth_version  BIGINT NOT NULL DEFAULT 1,
    created_at    BIGINT NOT NULL
) CHARACTER SET utf8mb4;

CREATE TABLE sessions (
    id         BINARY(32) NOT NULL PRIMARY KEY,
    user_id    BIGINT,
    data       MEDIUMBLOB    NOT NULL,
    expires_at BIGINT NOT NULL
) CHARACTER SET utf8mb4;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE products (
    id             BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    sku            VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin    NOT NULL UNIQUE,
    category       VARCHAR(32)    NOT NULL,
    name           VARCHAR(200)    NOT NULL,
    name_en        VARCHAR(200)    NOT NULL,
    creator        VARCHAR(100)    NOT NULL,
    summary        VARCHAR(300)    NOT NULL,
    summary_en     VARCHAR(300)    NOT NULL,
    description    TEXT    NOT NULL,
    description_en TEXT    NOT NULL,
    cover          VARCHAR(100)    NOT NULL,
    price          BIGINT NOT NULL,
    total_stock    BIGINT NOT NULL,
    reserved_stock BIGINT NOT NULL DEFAULT 0,
    is_active      BIGINT NOT NULL CHECK (is_active IN (0, 1)),
    created_at     BIGINT NOT NULL,
    CONSTRAINT products_price CHECK (price > 0 AND price % 100 = 0),
    CONSTRAINT products_stock CHECK (reserved_stock >= 0 AND total_stock >= reserved_stock)
) CHARACTER SET utf8mb4;
CREATE INDEX products_by_active ON products (is_active, id);
CREATE INDEX products_by_price ON products (is_active, price, id);
CREATE INDEX products_by_stock ON products (total_stock);

-- Every piece that ever came in, so that total_stock can be summed up: supplies less what was sold.
CREATE TABLE stock_supplies (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id BIGINT NOT NULL REFERENCES products (id),
    quantity   BIGINT NOT NULL CHECK (quantity <> 0),
    reason     VARCHAR(200)    NOT NULL,
    created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4;
CREATE INDEX stock_supplies_by_product ON stock_supplies (product_id);

CREATE TABLE wallets (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id),
    balance BIGINT NOT NULL,
    CONSTRAINT wallets_balance CHECK (balance BETWEEN 0 AND 10000000)
) CHARACTER SET utf8mb4;

CREATE TABLE point_transactions (
    id            BINARY(16)    NOT NULL PRIMARY KEY,
    user_id       BIGINT NOT NULL,
    type          VARCHAR(16)    NOT NULL CHECK (type IN ('CHARGE', 'PAYMENT', 'RECOVERY', 'REFUND', 'ADJUSTMENT')),
    amount        BIGINT NOT NULL CHECK (amount <> 0),
    balance_after BIGINT NOT NULL CHECK (balance_after BETWEEN 0 AND 10000000),
    order_id      BINARY(16),
    created_at    BIGINT NOT NULL
) CHARACTER SET utf8mb4;
CREATE INDEX point_transactions_by_user ON point_transactions (user_id, id);
CREATE INDEX point_transactions_by_order ON point_transactions (order_id);

-- At most one posting per order and cause; beside the ledger, because a table cut into months cannot keep it.
CREATE TABLE posting_causes (
    order_id   BINARY(16)    NOT NULL,
    kind       VARCHAR(16) NOT NULL,
    part       BIGINT NOT NULL,
    posting_id BINARY(16)    NOT NULL,
    PRIMARY KEY (order_id, kind, part)
) CHARACTER SET utf8mb4;

CREATE TABLE coupons (
    id              BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code            VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin    NOT NULL UNIQUE,
    name            VARCHAR(200)    NOT NULL,
    name_en         VARCHAR(200)    NOT NULL,
    type            VARCHAR(16)    NOT NULL CHECK (type IN ('rate', 'fixed')),
    discount_value  BIGINT NOT NULL,
    minimum_amount  BIGINT NOT NULL CHECK (minimum_amount >= 0),
    total_quantity  BIGINT NOT NULL,
    issued_quantity BIGINT NOT NULL DEFAULT 0,
    used_quantity   BIGINT NOT NULL DEFAULT 0,
    starts_at       BIGINT NOT NULL,
    ends_at         BIGINT NOT NULL,
    is_active       BIGINT NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    CONSTRAINT coupons_value CHECK (discount_value > 0 AND (type <> 'rate' OR discount_value <= 99)),
    CONSTRAINT coupons_quantity CHECK (used_quantity >= 0 AND issued_quantity >= used_quantity AND total_quantity >= issued_quantity),
    CONSTRAINT coupons_times CHECK (ends_at > starts_at)
) CHARACTER SET utf8mb4;

CREATE TABLE user_coupons (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    coupon_id  BIGINT NOT NULL REFERENCES coupons (id),
    status     VARCHAR(16)    NOT NULL CHECK (status IN ('ISSUED', 'HELD', 'USED')),
    order_id   BINARY(16),
    claimed_at BIGINT NOT NULL,
    used_at    BIGINT,
    CONSTRAINT user_coupons_once UNIQUE (user_id, coupon_id),
    CONSTRAINT user_coupons_order CHECK ((status = 'ISSUED') = (order_id IS NULL))
) CHARACTER SET utf8mb4;
CREATE INDEX user_coupons_by_coupon ON user_coupons (coupon_id, status);

CREATE TABLE orders (
    id              BINARY(16)    NOT NULL PRIMARY KEY,
    user_id         BIGINT NOT NULL,
    status          VARCHAR(20)    NOT NULL CHECK (status IN ('RESERVED', 'PAID', 'COMPLETED', 'REJECTED', 'EXPIRED',
                                                       'PENDING', 'FAILED', 'PARTIALLY_REFUNDED', 'REFUNDED')),
    version         BIGINT NOT NULL DEFAULT 1,
    total_amount    BIGINT NOT NULL,
    discount_amount BIGINT NOT NULL CHECK (discount_amount >= 0),
    final_amount    BIGINT NOT NULL,
    coupon_id       BIGINT,
    coupon_code     VARCHAR(40),
    refusal         TEXT,
    pending_cause   VARCHAR(200),
    created_at      BIGINT NOT NULL,
    paid_at         BIGINT,
    pending_at      BIGINT,
    finished_at     BIGINT,
    CONSTRAINT orders_amounts CHECK (final_amount > 0 AND final_amount = total_amount - discount_amount)
) CHARACTER SET utf8mb4;
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE INDEX orders_by_status ON orders (status, created_at);
CREATE INDEX orders_by_time ON orders (created_at);

CREATE TABLE order_items (
    order_id   BINARY(16)    NOT NULL,
    line_no    BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    name       VARCHAR(200)    NOT NULL,
    name_en    VARCHAR(200)    NOT NULL,
    unit_price BIGINT NOT NULL CHECK (unit_price > 0),
    quantity   BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 10),
    amount     BIGINT NOT NULL CHECK (amount = unit_price * quantity),
    PRIMARY KEY (order_id, line_no)
) CHARACTER SET utf8mb4;
CREATE INDEX order_items_by_product ON order_items (product_id);

-- Request ids, kept for good. Beside the orders, because a table cut into months cannot keep them unique.
CREATE TABLE requests (
    user_id    BIGINT NOT NULL,
    scope      VARCHAR(16)    NOT NULL,
    request_id VARBINARY(128)    NOT NULL,
    body_hash  BINARY(32)    NOT NULL,
    subject_id BINARY(16)    NOT NULL,
    refusal    TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, scope, request_id)
) CHARACTER SET utf8mb4;

CREATE TABLE sales_buckets (
    hour_start BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    quantity   BIGINT NOT NULL,
    amount     BIGINT NOT NULL,
    PRIMARY KEY (hour_start, product_id)
) CHARACTER SET utf8mb4;

CREATE TABLE outbox (
    place      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id         BINARY(16)    NOT NULL,
    order_id   BINARY(16)    NOT NULL,
    kind       VARCHAR(32)    NOT NULL,
    payload    TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT
) CHARACTER SET utf8mb4;
CREATE INDEX outbox_by_sent ON outbox (sent_at, place);

CREATE TRIGGER point_transactions_keep BEFORE UPDATE ON point_transactions FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'point_transactions is insert-only';
CREATE TRIGGER point_transactions_stay BEFORE DELETE ON point_transactions FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'point_transactions is insert-only';
CREATE TRIGGER stock_supplies_keep BEFORE UPDATE ON stock_supplies FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stock_supplies is insert-only';
CREATE TRIGGER stock_supplies_stay BEFORE DELETE ON stock_supplies FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stock_supplies is insert-only';
CREATE TRIGGER orders_stay BEFORE DELETE ON orders FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'orders are never deleted';
CREATE TRIGGER orders_keep BEFORE UPDATE ON orders FOR EACH ROW
    IF NOT (NEW.id <=> OLD.id AND NEW.user_id <=> OLD.user_id AND NEW.total_amount <=> OLD.total_amount
            AND NEW.discount_amount <=> OLD.discount_amount AND NEW.final_amount <=> OLD.final_amount
            AND NEW.coupon_id <=> OLD.coupon_id AND NEW.created_at <=> OLD.created_at) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'only the status of an order changes';
    END IF;
CREATE TRIGGER order_items_keep BEFORE UPDATE ON order_items FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'order_items never change';
CREATE TRIGGER order_items_stay BEFORE DELETE ON order_items FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'order_items are never deleted';
