-- What operators see of goods: who moved stock, and how fast a campaign's pieces are claimed.
-- Twin: ../sqlite/0011_goods.sql

-- Nobody: an import, or a program from before.
ALTER TABLE stock_supplies ADD COLUMN operator_id BIGINT;

CREATE INDEX user_coupons_by_claim ON user_coupons (coupon_id, claimed_at);
