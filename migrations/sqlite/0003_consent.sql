-- Which notice the shopper agreed to before paying, and the very text of every notice that was ever shown.
-- Orders from before, and those of programs that send no consent, have none.
-- Twin: ../mysql/0003_consent.sql

-- Insert-only: an order names its notice by digest for good.
CREATE TABLE notices (
    digest     TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    lang       TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE orders ADD COLUMN consent_notice TEXT;

-- Beside orders_keep rather than in its place: there is no moment in which an order could be rewritten.
CREATE TRIGGER orders_keep_consent BEFORE UPDATE OF consent_notice ON orders
BEGIN SELECT RAISE(ABORT, 'only the status of an order changes'); END;
CREATE TRIGGER notices_keep BEFORE UPDATE ON notices
BEGIN SELECT RAISE(ABORT, 'notices is insert-only'); END;
CREATE TRIGGER notices_stay BEFORE DELETE ON notices
BEGIN SELECT RAISE(ABORT, 'notices is insert-only'); END;
