-- The shop. Money in won, times in epoch milliseconds UTC, ids of orders and postings UUIDv7 bytes.
-- Every invariant of the specification stands here once more as a CHECK, a UNIQUE or a trigger.
-- Twin: ../mysql/0001_shop.sql

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('shopper', 'operator')),
    password_hash TEXT    NOT NULL,
    auth_version  INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id         BLOB    NOT NULL PRIMARY KEY,
    user_id    INTEGER,
    data       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE products (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    sku            TEXT    NOT NULL UNIQUE,
    category       TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    name_en        TEXT    NOT NULL,
    creator        TEXT    NOT NULL,
    summary        TEXT    NOT NULL,
    summary_en     TEXT    NOT NULL,
    description    TEXT    NOT NULL,
    description_en TEXT    NOT NULL,
    cover          TEXT    NOT NULL,
    price          INTEGER NOT NULL,
    total_stock    INTEGER NOT NULL,
    reserved_stock INTEGER NOT NULL DEFAULT 0,
    is_active      INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    created_at     INTEGER NOT NULL,
    CONSTRAINT products_price CHECK (price > 0 AND price % 100 = 0),
    CONSTRAINT products_stock CHECK (reserved_stock >= 0 AND total_stock >= reserved_stock)
) STRICT;
CREATE INDEX products_by_active ON products (is_active, id);
CREATE INDEX products_by_price ON products (is_active, price, id);
CREATE INDEX products_by_stock ON products (total_stock);

-- Every piece that ever came in, so that total_stock can be summed up: supplies less what was sold.
CREATE TABLE stock_supplies (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity   INTEGER NOT NULL CHECK (quantity <> 0),
    reason     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_supplies_by_product ON stock_supplies (product_id);

CREATE TABLE wallets (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
    balance INTEGER NOT NULL,
    CONSTRAINT wallets_balance CHECK (balance BETWEEN 0 AND 10000000)
) STRICT;

CREATE TABLE point_transactions (
    id            BLOB    NOT NULL PRIMARY KEY,
    user_id       INTEGER NOT NULL,
    type          TEXT    NOT NULL CHECK (type IN ('CHARGE', 'PAYMENT', 'RECOVERY', 'REFUND', 'ADJUSTMENT')),
    amount        INTEGER NOT NULL CHECK (amount <> 0),
    balance_after INTEGER NOT NULL CHECK (balance_after BETWEEN 0 AND 10000000),
    order_id      BLOB,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX point_transactions_by_user ON point_transactions (user_id, id);
CREATE INDEX point_transactions_by_order ON point_transactions (order_id);

-- At most one posting per order and cause; beside the ledger, because a table cut into months cannot keep it.
CREATE TABLE posting_causes (
    order_id   BLOB    NOT NULL,
    kind       TEXT    NOT NULL,
    part       INTEGER NOT NULL,
    posting_id BLOB    NOT NULL,
    PRIMARY KEY (order_id, kind, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE coupons (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    code            TEXT    NOT NULL UNIQUE,
    name            TEXT    NOT NULL,
    name_en         TEXT    NOT NULL,
    type            TEXT    NOT NULL CHECK (type IN ('rate', 'fixed')),
    discount_value  INTEGER NOT NULL,
    minimum_amount  INTEGER NOT NULL CHECK (minimum_amount >= 0),
    total_quantity  INTEGER NOT NULL,
    issued_quantity INTEGER NOT NULL DEFAULT 0,
    used_quantity   INTEGER NOT NULL DEFAULT 0,
    starts_at       INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    is_active       INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    CONSTRAINT coupons_value CHECK (discount_value > 0 AND (type <> 'rate' OR discount_value <= 99)),
    CONSTRAINT coupons_quantity CHECK (used_quantity >= 0 AND issued_quantity >= used_quantity AND total_quantity >= issued_quantity),
    CONSTRAINT coupons_times CHECK (ends_at > starts_at)
) STRICT;

CREATE TABLE user_coupons (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    coupon_id  INTEGER NOT NULL REFERENCES coupons (id),
    status     TEXT    NOT NULL CHECK (status IN ('ISSUED', 'HELD', 'USED')),
    order_id   BLOB,
    claimed_at INTEGER NOT NULL,
    used_at    INTEGER,
    CONSTRAINT user_coupons_once UNIQUE (user_id, coupon_id),
    CONSTRAINT user_coupons_order CHECK ((status = 'ISSUED') = (order_id IS NULL))
) STRICT;
CREATE INDEX user_coupons_by_coupon ON user_coupons (coupon_id, status);

CREATE TABLE orders (
    id              BLOB    NOT NULL PRIMARY KEY,
    user_id         INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('RESERVED', 'PAID', 'COMPLETED', 'REJECTED', 'EXPIRED',
                                                       'PENDING', 'FAILED', 'PARTIALLY_REFUNDED', 'REFUNDED')),
    version         INTEGER NOT NULL DEFAULT 1,
    total_amount    INTEGER NOT NULL,
    discount_amount INTEGER NOT NULL CHECK (discount_amount >= 0),
    final_amount    INTEGER NOT NULL,
    coupon_id       INTEGER,
    coupon_code     TEXT,
    refusal         TEXT,
    pending_cause   TEXT,
    created_at      INTEGER NOT NULL,
    paid_at         INTEGER,
    pending_at      INTEGER,
    finished_at     INTEGER,
    CONSTRAINT orders_amounts CHECK (final_amount > 0 AND final_amount = total_amount - discount_amount)
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE INDEX orders_by_status ON orders (status, created_at);
CREATE INDEX orders_by_time ON orders (created_at);

CREATE TABLE order_items (
    order_id   BLOB    NOT NULL,
    line_no    INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    name_en    TEXT    NOT NULL,
    unit_price INTEGER NOT NULL CHECK (unit_price > 0),
    quantity   INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 10),
    amount     INTEGER NOT NULL CHECK (amount = unit_price * quantity),
    PRIMARY KEY (order_id, line_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_items_by_product ON order_items (product_id);

-- Request ids, kept for good. Beside the orders, because a table cut into months cannot keep them unique.
CREATE TABLE requests (
    user_id    INTEGER NOT NULL,
    scope      TEXT    NOT NULL,
    request_id BLOB    NOT NULL,
    body_hash  BLOB    NOT NULL,
    subject_id BLOB    NOT NULL,
    refusal    TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, scope, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sales_buckets (
    hour_start INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    quantity   INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    PRIMARY KEY (hour_start, product_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    place      INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB    NOT NULL,
    order_id   BLOB    NOT NULL,
    kind       TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at    INTEGER
) STRICT;
CREATE INDEX outbox_by_sent ON outbox (sent_at, place);

CREATE TRIGGER point_transactions_keep BEFORE UPDATE ON point_transactions
BEGIN SELECT RAISE(ABORT, 'point_transactions is insert-only'); END;
CREATE TRIGGER point_transactions_stay BEFORE DELETE ON point_transactions
BEGIN SELECT RAISE(ABORT, 'point_transactions is insert-only'); END;
CREATE TRIGGER stock_supplies_keep BEFORE UPDATE ON stock_supplies
BEGIN SELECT RAISE(ABORT, 'stock_supplies is insert-only'); END;
CREATE TRIGGER stock_supplies_stay BEFORE DELETE ON stock_supplies
BEGIN SELECT RAISE(ABORT, 'stock_supplies is insert-only'); END;
CREATE TRIGGER orders_stay BEFORE DELETE ON orders
BEGIN SELECT RAISE(ABORT, 'orders are never deleted'); END;
CREATE TRIGGER orders_keep BEFORE UPDATE OF id, user_id, total_amount, discount_amount, final_amount, coupon_id, created_at
ON orders
BEGIN SELECT RAISE(ABORT, 'only the status of an order changes'); END;
CREATE TRIGGER order_items_keep BEFORE UPDATE ON order_items
BEGIN SELECT RAISE(ABORT, 'order_items never change'); END;
CREATE TRIGGER order_items_stay BEFORE DELETE ON order_items
BEGIN SELECT RAISE(ABORT, 'order_items are never deleted'); END;
