-- What an operator typed into a product's form that was refused.
-- Twin: ../mysql/0016_drafts.sql

-- The long texts, as JSON, until the form shows them again; an hour at most. Product 0 is one that is not made yet.
CREATE TABLE product_drafts (
    operator_id INTEGER NOT NULL,
    product_id  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    texts       TEXT    NOT NULL,
    PRIMARY KEY (operator_id, product_id)
) STRICT;
CREATE INDEX product_drafts_by_time ON product_drafts (created_at);
