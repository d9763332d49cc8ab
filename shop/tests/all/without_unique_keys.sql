-- What Guard::UniqueKeys stands for, taken out of a MySQL schema by the tests that show what happens without it.
ALTER TABLE user_coupons ADD INDEX user_coupons_any (user_id, coupon_id), DROP INDEX user_coupons_once;
ALTER TABLE requests ADD INDEX requests_any (user_id, scope, request_id), DROP PRIMARY KEY;
ALTER TABLE posting_causes ADD INDEX posting_causes_any (order_id, kind, part), DROP PRIMARY KEY;
