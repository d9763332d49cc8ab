-- What is bought together: in how many completed orders two products met, both ways round. Counted by a
-- job from the orders after its mark; mark and counts change in one transaction.
-- Twin: ../sqlite/0004_pairs.sql

CREATE TABLE product_pairs (
    product_id  BIGINT NOT NULL,
    other_id    BIGINT NOT NULL,
    order_count BIGINT NOT NULL CHECK (order_count > 0),
    PRIMARY KEY (product_id, other_id),
    CONSTRAINT product_pairs_two CHECK (other_id <> product_id)
) CHARACTER SET utf8mb4;
CREATE INDEX product_pairs_by_count ON product_pairs (product_id, order_count);

-- How far a job has come: the last order it has looked at.
CREATE TABLE job_marks (
    name VARCHAR(40) NOT NULL PRIMARY KEY,
    mark BINARY(16)  NOT NULL
) CHARACTER SET utf8mb4;
INSERT INTO job_marks (name, mark) VALUES ('product_pairs', UNHEX(REPEAT('00', 16)));
