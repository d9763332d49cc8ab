-- Which notice the shopper agreed to before paying, and the very text of every notice that was ever shown.
-- Orders from before, and those of programs that send no consent, have none.
-- Twin: ../sqlite/0003_consent.sql

-- Insert-only: an order names its notice by digest for good.
CREATE TABLE notices (
    digest     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    name       VARCHAR(40) NOT NULL,
    lang       VARCHAR(8)  NOT NULL,
    body       MEDIUMTEXT  NOT NULL,
    created_at BIGINT      NOT NULL
) CHARACTER SET utf8mb4;

ALTER TABLE orders ADD COLUMN consent_notice VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Beside orders_keep rather than in its place: there is no moment in which an order could be rewritten.
CREATE TRIGGER orders_keep_consent BEFORE UPDATE ON orders FOR EACH ROW
    IF NOT (NEW.consent_notice <=> OLD.consent_notice) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'only the status of an order changes';
    END IF;
CREATE TRIGGER notices_keep BEFORE UPDATE ON notices FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'notices is insert-only';
CREATE TRIGGER notices_stay BEFORE DELETE ON notices FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'notices is insert-only';
