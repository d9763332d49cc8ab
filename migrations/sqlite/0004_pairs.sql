-- What is bought together: in how many completed orders two products met, both ways round. Counted by a
-- job from the orders after its mark; mark and counts change in one transaction.
-- Twin: ../mysql/0004_pairs.sql

CREATE TABLE product_pairs (
    product_id  INTEGER NOT NULL,
    other_id    INTEGER NOT NULL CHECK (other_id <> product_id),
    order_count INTEGER NOT NULL CHECK (order_count > 0),
    PRIMARY KEY (product_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_pairs_by_count ON product_pairs (product_id, order_count);

-- How far a job has come: the last order it has looked at.
CREATE TABLE job_marks (
    name TEXT NOT NULL PRIMARY KEY,
    mark BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO job_marks (name, mark) VALUES ('product_pairs', zeroblob(16));
