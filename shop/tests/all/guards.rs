//! Below the program: triggers, CHECKs and UNIQUEs refuse what no rule would ever write. Raw SQL on purpose.

use crate::support::*;
use shop::coupon::Discount;
use shop::database::{Engine, Sql};
use shop::id::OrderId;
use shop::operator::OperatorRole;
use shop::order::OrderStatus;
use shop::refund::RefundLines;
use shop::refund::service::refund_order;

/// A shop with one of everything: a charge, a claimed and used coupon, a completed order.
async fn sell_something(shop: &TestShop) {
    let user = shop.shopper(50_000).await;
    let product = shop.product(10_000, 5).await;
    let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
    shop.claim(user, &code).await;
    let order = shop.place(user, with_coupon(one_of(product), &code)).await.unwrap();
    assert_eq!(order.status, OrderStatus::Completed);
}

/// An operator gives back what was sold.
async fn refund_something(shop: &TestShop) {
    let by = shop.operator(OperatorRole::Manager).await;
    let sql = Sql::new("SELECT id FROM orders WHERE status = 'COMPLETED' LIMIT 1");
    let row = shop.db().fetch_optional(sql).await.unwrap().unwrap();
    let order = row.id("id", OrderId::from_bytes).unwrap();
    refund_order(shop, &by, order, &refund_request(RefundLines::Whole)).await.unwrap();
}

/// Every row of these tables, so that a refused write can be shown to have changed nothing.
async fn figures(shop: &TestShop) -> Vec<i64> {
    let mut figures = Vec::new();
    for query in [
        "SELECT COUNT(*) AS n FROM point_transactions",
        "SELECT CAST(SUM(amount) AS SIGNED INTEGER) AS n FROM point_transactions",
        "SELECT COUNT(*) AS n FROM orders",
        "SELECT CAST(SUM(total_amount + discount_amount + final_amount) AS SIGNED INTEGER) AS n FROM orders",
        "SELECT COUNT(*) AS n FROM order_items",
        "SELECT CAST(SUM(amount + quantity + unit_price) AS SIGNED INTEGER) AS n FROM order_items",
        "SELECT CAST(SUM(quantity) AS SIGNED INTEGER) AS n FROM stock_supplies",
        "SELECT CAST(COALESCE(SUM(amount + credited_at), 0) AS SIGNED INTEGER) AS n FROM refunds",
        "SELECT CAST(COALESCE(SUM(quantity + amount), 0) AS SIGNED INTEGER) AS n FROM refund_items",
    ] {
        figures.push(shop.figure(query).await);
    }
    figures
}

on_both_engines! {
    async fn the_ledger_the_orders_and_their_lines_can_only_be_added_to(shop) {
        sell_something(shop).await;
        refund_something(shop).await;
        let before = figures(shop).await;
        let table = [
            ("UPDATE refunds SET amount = amount + 1", "only its credit"),
            ("UPDATE refunds SET reason = 'another'", "only its credit"),
            ("UPDATE refunds SET credited_at = NULL, posting_id = NULL", "credited once"),
            ("UPDATE refunds SET credited_at = credited_at + 1", "credited once"),
            ("DELETE FROM refunds", "never deleted"),
            ("UPDATE refund_items SET quantity = 2", "never change"),
            ("DELETE FROM refund_items", "never deleted"),
            ("UPDATE point_transactions SET amount = amount + 1", "insert-only"),
            ("UPDATE point_transactions SET user_id = user_id + 1", "insert-only"),
            ("DELETE FROM point_transactions", "insert-only"),
            ("UPDATE stock_supplies SET quantity = 7", "insert-only"),
            ("DELETE FROM stock_supplies", "insert-only"),
            ("DELETE FROM orders", "never deleted"),
            ("UPDATE orders SET total_amount = 1, final_amount = 1, discount_amount = 0", "only the status"),
            (
                "UPDATE orders SET discount_amount = discount_amount + 1, final_amount = final_amount - 1",
                "only the status",
            ),
            ("UPDATE orders SET user_id = user_id + 1", "only the status"),
            ("UPDATE orders SET coupon_id = NULL", "only the status"),
            ("UPDATE orders SET created_at = 0", "only the status"),
            ("UPDATE order_items SET quantity = 2, amount = unit_price * 2", "never change"),
            ("UPDATE order_items SET name = 'another'", "never change"),
            ("DELETE FROM order_items", "never deleted"),
        ];
        for (sql, said) in table {
            let refusal = shop.refusal_of(sql).await;
            assert!(refusal.contains(said), "{sql}: {refusal}");
        }
        assert_eq!(figures(shop).await, before);
    }

    async fn replacing_a_row_is_no_way_around(shop) {
        sell_something(shop).await;
        let before = figures(shop).await;
        // MariaDB and MySQL know the same statement as REPLACE.
        let replace = match shop.engine() {
            Engine::Sqlite => "INSERT OR REPLACE",
            Engine::MySql => "REPLACE",
        };
        let table = [
            ("point_transactions", "id, user_id, type, 1000000, balance_after, order_id, created_at"),
            (
                "orders",
                "id, user_id, status, version, 1, 0, 1, coupon_id, coupon_code, refusal, pending_cause, \
                        created_at, paid_at, pending_at, finished_at, consent_notice",
            ),
            ("order_items", "order_id, line_no, product_id, 'another', name_en, unit_price, quantity, amount"),
            ("stock_supplies", "id, product_id, 1000, reason, created_at, operator_id"),
        ];
        for (name, columns) in table {
            let refusal = shop.refusal_of(&format!("{replace} INTO {name} SELECT {columns} FROM {name}")).await;
            assert!(refusal.contains("insert-only") || refusal.contains("never deleted"), "{name}: {refusal}");
        }
        assert_eq!(figures(shop).await, before);
    }

    async fn only_the_status_of_an_order_changes(shop) {
        sell_something(shop).await;
        // What an operator's refund will do one day must stay possible; `verify` watches the money.
        shop.edit_by_hand("UPDATE orders SET status = 'PARTIALLY_REFUNDED', version = version + 1").await;
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM orders WHERE status = 'PARTIALLY_REFUNDED'").await, 1);
    }

    async fn no_row_can_hold_what_the_rules_forbid(shop) {
        sell_something(shop).await;
        shop.shopper(1_000).await;
        shop.coupon("FIXED", Discount::Fixed(shop::Won::new(1_000)), 5).await;
        let table = [
            "UPDATE wallets SET balance = -1",
            "UPDATE wallets SET balance = 10000001",
            "UPDATE products SET reserved_stock = total_stock + 1",
            "UPDATE products SET reserved_stock = -1",
            "UPDATE products SET total_stock = -1",
            "UPDATE products SET price = 50",
            "UPDATE products SET price = 0",
            "UPDATE products SET price = -100",
            "UPDATE products SET is_active = 2",
            "UPDATE coupons SET issued_quantity = total_quantity + 1",
            "UPDATE coupons SET used_quantity = issued_quantity + 1",
            "UPDATE coupons SET used_quantity = -1",
            "UPDATE coupons SET total_quantity = 0 WHERE issued_quantity > 0",
            "UPDATE coupons SET discount_value = 100 WHERE type = 'rate'",
            "UPDATE coupons SET discount_value = 0",
            "UPDATE coupons SET minimum_amount = -1",
            "UPDATE coupons SET type = 'free'",
            "UPDATE coupons SET ends_at = starts_at",
            "UPDATE user_coupons SET status = 'LOST'",
            "UPDATE user_coupons SET status = 'ISSUED'", // but still with its order
            "UPDATE user_coupons SET order_id = NULL",   // but still used
            "INSERT INTO user_coupons (user_id, coupon_id, status, claimed_at) SELECT user_id, coupon_id, 'ISSUED', 0 FROM user_coupons",
            "UPDATE orders SET status = 'LOST'",
            "UPDATE users SET role = 'king'",
            "INSERT INTO stock_supplies (product_id, quantity, reason, created_at) SELECT id, 0, 'none', 0 FROM products",
            "INSERT INTO users (email, email_key, name, role, password_hash, created_at) \
             SELECT email, email_key, name, role, password_hash, created_at FROM users LIMIT 1",
            "INSERT INTO posting_causes (order_id, kind, part, posting_id) SELECT order_id, kind, part, posting_id FROM posting_causes",
            "INSERT INTO requests (user_id, scope, request_id, body_hash, subject_id, created_at) \
             SELECT user_id, scope, request_id, body_hash, subject_id, created_at FROM requests",
        ];
        for sql in table {
            let refusal = shop.refusal_of(sql).await;
            let named = ["CHECK", "CONSTRAINT", "UNIQUE", "Duplicate"];
            assert!(named.iter().any(|word| refusal.to_uppercase().contains(&word.to_uppercase())), "{sql}: {refusal}");
        }
    }

    async fn no_posting_and_no_order_can_be_added_that_makes_no_sense(shop) {
        sell_something(shop).await;
        let copied = "SELECT order_id, user_id, type, {amount}, {after}, order_id, created_at FROM point_transactions WHERE order_id IS NOT NULL";
        let posting = |amount: &str, after: &str| {
            let copied = copied.replace("{amount}", amount).replace("{after}", after);
            format!(
                "INSERT INTO point_transactions (id, user_id, type, amount, balance_after, order_id, created_at) {copied}"
            )
        };
        let order = |id: &str, total: i64, discount: i64, last: i64| {
            format!(
                "INSERT INTO orders (id, user_id, status, total_amount, discount_amount, final_amount, created_at) \
             SELECT {id}, user_id, status, {total}, {discount}, {last}, created_at FROM orders"
            )
        };
        // An id that no order has: a posting's.
        let fresh = "(SELECT MIN(id) FROM point_transactions)";
        let table = [
            posting("0", "0"),
            posting("1", "-1"),
            posting("1", "10000001"),
            order("id", 100, 0, 100),
            order(fresh, 100, 100, 0),
            order(fresh, 100, 10, 100),
            order(fresh, 100, -10, 110),
            order(fresh, -100, 0, -100),
        ];
        for sql in table {
            let refusal = shop.refusal_of(&sql).await.to_uppercase();
            assert!(
                ["CHECK", "CONSTRAINT", "UNIQUE", "DUPLICATE"].iter().any(|word| refusal.contains(word)),
                "{sql}: {refusal}"
            );
        }
    }
}
