-- On MySQL orders, their lines and the ledger are cut into months here. SQLite has no partitions, and
-- needs none in the one file of one shop: nothing changes.
-- Twin: ../mysql/0005_months.sql

SELECT 1;
