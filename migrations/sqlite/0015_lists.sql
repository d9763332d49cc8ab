-- Indexes that the operators' lists are read along.
-- Twin: ../mysql/0015_lists.sql

-- MariaDB needs the last column named, and the twins stay twins; here each ended with it anyway, as the key of the table.
DROP INDEX orders_by_status;
DROP INDEX orders_by_time;
DROP INDEX order_items_by_product;
CREATE INDEX orders_by_status ON orders (status, created_at, id);
CREATE INDEX orders_by_time ON orders (created_at, id);
CREATE INDEX order_items_by_product ON order_items (product_id, order_id);

-- A few operators among many shoppers.
CREATE INDEX users_by_role ON users (role, id);
