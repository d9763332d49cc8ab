-- Orders, their lines and the ledger are cut by the UTC month that is in the first 48 bits of their ids.
-- Here each begins as one piece without an end; the program then makes the months from the oldest row to
-- half a year ahead, and keeps doing so (shop/src/database/months.rs). Each table is written anew once, and
-- writes to it wait for that long.
-- Every unique key of such a table must hold the id, which is why `requests` and `posting_causes` stand
-- beside them, and no foreign key may point to one.
-- Twin: ../sqlite/0005_months.sql

ALTER TABLE orders PARTITION BY RANGE COLUMNS (id) (PARTITION later VALUES LESS THAN (MAXVALUE));
ALTER TABLE order_items PARTITION BY RANGE COLUMNS (order_id) (PARTITION later VALUES LESS THAN (MAXVALUE));
ALTER TABLE point_transactions PARTITION BY RANGE COLUMNS (id) (PARTITION later VALUES LESS THAN (MAXVALUE));
