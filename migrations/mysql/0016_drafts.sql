-- What an operator typed into a product's form that was refused.
-- Twin: ../sqlite/0016_drafts.sql

-- The long texts, as JSON, until the form shows them again; an hour at most. Product 0 is one that is not made yet.
CREATE TABLE product_drafts (
    operator_id BIGINT     NOT NULL,
    product_id  BIGINT     NOT NULL,
    created_at  BIGINT     NOT NULL,
    texts       MEDIUMTEXT NOT NULL,
    PRIMARY KEY (operator_id, product_id)
) CHARACTER SET utf8mb4;
CREATE INDEX product_drafts_by_time ON product_drafts (created_at);
