-- Indexes that the operators' lists are read along.
-- Twin: ../mysql/0015_lists.sql

-- MariaDB needs the id named, and the twins stay twins; here each ended with it anyway, as the key of the table.
DROP INDEX orders_by_status;
DROP INDEX orders_by_time;
CREATE INDEX orders_by_status ON orders (status, created_at, id);
CREATE INDEX orders_by_time ON orders (created_at, id);

-- A few operators among many shoppers.
CREATE INDEX users_by_role ON users (role, id);
