-- Indexes that the operators' lists are read along.
-- Twin: ../sqlite/0015_lists.sql

-- In a partitioned table MariaDB sorts all there is unless the order's last column is named, although every index ends
-- with it anyway.
ALTER TABLE orders
    DROP KEY orders_by_status,
    DROP KEY orders_by_time,
    ADD KEY orders_by_status (status, created_at, id),
    ADD KEY orders_by_time (created_at, id);
ALTER TABLE order_items
    DROP KEY order_items_by_product,
    ADD KEY order_items_by_product (product_id, order_id);

-- A few operators among many shoppers.
CREATE INDEX users_by_role ON users (role, id);
