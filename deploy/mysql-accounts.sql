-- Two accounts for a shop on MySQL or MariaDB: one owns the tables, the other serves and cannot take anything
-- back. Even whoever steals the serving account deletes no order, rewrites no line of the ledger and drops no
-- table; the triggers say the same to the owner.
--
-- Run it as an administrator of the server, once `damda migrate` has made the tables and again after every
-- version that brings new ones (rights are given per table):
--
--     mariadb < deploy/mysql-accounts.sql
--
-- Change the passwords, `damda` where the database has another name, and `'%'` to the network your instances
-- are in. Then:
--
--     DATABASE_URL=mysql://damda_serve:…@HOST:3306/damda
--     MIGRATE_DATABASE_URL=mysql://damda_owner:…@HOST:3306/damda
--
-- Before the first `damda migrate` only the CREATE lines and the owner's grant are needed. Where MySQL keeps a
-- binary log, it lets the owner make triggers only with `log_bin_trust_function_creators = 1`.

CREATE DATABASE IF NOT EXISTS damda CHARACTER SET utf8mb4;

CREATE USER IF NOT EXISTS 'damda_owner'@'%' IDENTIFIED BY 'change-this-owner-password';
CREATE USER IF NOT EXISTS 'damda_serve'@'%' IDENTIFIED BY 'change-this-serve-password';

-- Migrations, triggers, and partitions for the months to come.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER ON damda.* TO 'damda_owner'@'%';

-- Read everything, add rows everywhere. No DROP, no ALTER, no TRIGGER.
GRANT SELECT, INSERT ON damda.* TO 'damda_serve'@'%';

-- Kept for good, as they were written: order_items, order_notes, point_transactions, posting_causes, stock_supplies,
-- notices, refund_items and audit_log get nothing more. Of an order the status changes, of a refund its credit, of an
-- adjustment its decision, and they stay:
GRANT UPDATE ON damda.orders TO 'damda_serve'@'%';
GRANT UPDATE ON damda.refunds TO 'damda_serve'@'%';
GRANT UPDATE ON damda.wallet_adjustments TO 'damda_serve'@'%';

-- What a shop changes.
GRANT UPDATE ON damda.users TO 'damda_serve'@'%';
GRANT UPDATE ON damda.products TO 'damda_serve'@'%';
GRANT UPDATE ON damda.wallets TO 'damda_serve'@'%';
GRANT UPDATE ON damda.coupons TO 'damda_serve'@'%';
GRANT UPDATE ON damda.user_coupons TO 'damda_serve'@'%';
GRANT UPDATE ON damda.sales_buckets TO 'damda_serve'@'%';
GRANT UPDATE ON damda.product_pairs TO 'damda_serve'@'%';
GRANT UPDATE ON damda.job_marks TO 'damda_serve'@'%';
GRANT UPDATE ON damda.recovery_tries TO 'damda_serve'@'%';
GRANT UPDATE ON damda.outbox TO 'damda_serve'@'%';
GRANT UPDATE ON damda.alerts TO 'damda_serve'@'%';
GRANT UPDATE ON damda.alert_facts TO 'damda_serve'@'%';
GRANT UPDATE ON damda.alert_silences TO 'damda_serve'@'%';

-- What a shop also forgets: ids of malformed requests, sessions, links for passwords, letters that were sent, what
-- alerts went by, pictures that were removed, files of products once they are imported.
GRANT UPDATE, DELETE ON damda.requests TO 'damda_serve'@'%';
GRANT UPDATE, DELETE ON damda.sessions TO 'damda_serve'@'%';
GRANT UPDATE, DELETE ON damda.password_resets TO 'damda_serve'@'%';
GRANT UPDATE, DELETE ON damda.mail_queue TO 'damda_serve'@'%';
GRANT UPDATE, DELETE ON damda.operators TO 'damda_serve'@'%';
GRANT DELETE ON damda.shopper_blocks TO 'damda_serve'@'%';
GRANT UPDATE, DELETE ON damda.second_factors TO 'damda_serve'@'%';
GRANT DELETE ON damda.recovery_codes TO 'damda_serve'@'%';
GRANT DELETE ON damda.alert_samples TO 'damda_serve'@'%';
GRANT DELETE ON damda.alert_people TO 'damda_serve'@'%';
GRANT UPDATE, DELETE ON damda.alert_notices TO 'damda_serve'@'%';
GRANT UPDATE, DELETE ON damda.minute_figures TO 'damda_serve'@'%';
GRANT UPDATE, DELETE ON damda.product_images TO 'damda_serve'@'%';
GRANT DELETE ON damda.product_drafts TO 'damda_serve'@'%';
GRANT DELETE ON damda.product_imports TO 'damda_serve'@'%';
