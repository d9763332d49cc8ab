//! `verify` finds every figure that was edited by hand, and names its row.

use crate::support::*;
use shop::Won;
use shop::coupon::CouponCode;
use shop::database::Sql;
use shop::id::{OrderId, ProductId, UserId};
use shop::operator::OperatorRole;
use shop::order::Lines;
use shop::refund::RefundLines;
use shop::refund::service::refund_order;
use shop::verify::job::verify_until;
use shop::verify::{Gap, Unit, verify_shop};
use shop::wallet::service::charge_wallet;
use std::future::{pending, ready};

/// One completed order with a coupon, one claimed coupon, and one paid order that is not confirmed.
struct Sold {
    user: UserId,
    product: ProductId,
    code: CouponCode,
    stuck: OrderId,
}

async fn sell(shop: &TestShop) -> Sold {
    let users = shop.shoppers(2, 50_000).await;
    let product = shop.product(10_000, 50).await;
    let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
    for user in &users {
        shop.claim(*user, &code).await;
    }
    shop.place(users[0], with_coupon(order_request(&[(product, 2)]), &code)).await.unwrap();
    let stuck = shop.reserve_and_pay(users[1], one_of(product)).await;
    verify(shop).await;
    Sold { user: users[1], product, code, stuck }
}

/// Edits by hand, and expects that just these invariants break, each naming the row.
async fn finds(shop: &TestShop, sql: &str, expected: &[(&str, &str)]) {
    shop.edit_by_hand(sql).await;
    let broken = broken_rows(shop).await;
    let said: Vec<(&str, &str)> = broken.iter().map(|(name, row)| (*name, row.as_str())).collect();
    assert_eq!(said, expected, "{sql}");
}

const POSTED: &str = "every refund is a posting, or owed and none";
const LINES: &str = "no line gives back more than it has";
const SUMS: &str = "every refund is the sum of its lines";
const STATUS: &str = "every order's status says what was given back of it, never more than was paid";
const WALLETS: &str = "every wallet holds the sum of its postings";
const TOTALS: &str = "every product's total is its supplies less what was sold";
const RESERVED: &str = "every product's reserved stock is what unfinished orders hold";
const ISSUED: &str = "every coupon's issued count is its pieces, within its total";
const USED: &str = "every coupon's used count is its used pieces";

on_both_engines! {
    async fn an_untouched_shop_holds_and_says_how_much_was_looked_at(shop) {
        for check in verify_shop(shop.db()).await.unwrap() {
            assert!(check.holds() && check.figure == "0", "an empty shop: {check:?}");
        }
        sell(shop).await;
        let checks = verify_shop(shop.db()).await.unwrap();
        let figure = |name: &str| checks.iter().find(|check| check.name == name).unwrap().figure.as_str();
        assert_eq!((figure(WALLETS), figure(TOTALS), figure(RESERVED)), ("72000", "48", "1"));
        assert_eq!((figure(ISSUED), figure(USED)), ("2", "1"));
    }

    async fn an_edited_balance_is_found(shop) {
        let sold = sell(shop).await;
        finds(
            shop,
            &format!("UPDATE wallets SET balance = balance + 10 WHERE user_id = {}", sold.user),
            &[(WALLETS, &format!("wallet of user {}: balance 40010 won, postings sum to 40000 won", sold.user))],
        )
        .await;
    }

    async fn the_job_tells_one_won_of_difference_and_leaves_the_rest_to_others(shop) {
        let sold = sell(shop).await;
        let check = || verify_until(shop, pending());
        assert_eq!(check().await.unwrap(), 0);
        shop.edit_by_hand(&format!("UPDATE wallets SET balance = balance - 1 WHERE user_id = {}", sold.user)).await;
        assert_eq!(check().await.unwrap(), 1);
        let checks = verify_shop(shop.db()).await.unwrap();
        let broken: Vec<_> = checks.iter().filter(|check| !check.holds()).map(|check| (check.name, check.gap)).collect();
        assert_eq!(broken, [(WALLETS, Some(Gap { amount: 1, unit: Unit::Won }))]);

        // Another instance is at it; or the shop closes.
        let gate = &shop.ports().gate;
        let others = gate.lock("job:verify", SECOND, shop.now()).await.unwrap().unwrap();
        assert_eq!(check().await.unwrap(), 0);
        gate.unlock(&others).await.unwrap();
        assert_eq!(verify_until(shop, ready(())).await.unwrap(), 0);
        assert_eq!(check().await.unwrap(), 1, "who was interrupted left the lock behind");

        shop.edit_by_hand(&format!("UPDATE wallets SET balance = balance + 1 WHERE user_id = {}", sold.user)).await;
        shop.edit_by_hand(&format!("UPDATE products SET total_stock = total_stock + 2 WHERE id = {}", sold.product)).await;
        let checks = verify_shop(shop.db()).await.unwrap();
        let gaps: Vec<String> = checks.iter().filter_map(|check| check.gap).map(|gap| gap.to_string()).collect();
        assert_eq!(gaps, ["2 pieces"]);
    }

    async fn a_check_in_the_middle_of_a_sale_is_exact_and_leaves_its_connection_as_it_was(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(100, 1_000).await;
        let checked = async {
            for _ in 0..20 {
                let broken = broken_rows(shop).await;
                assert!(broken.is_empty(), "{broken:?}");
            }
        };
        let sale = async {
            for _ in 0..40 {
                assert_eq!(word(&shop.place(user, one_of(product)).await), "COMPLETED");
            }
        };
        tokio::join!(checked, sale);
        if shop.engine() == shop::database::Engine::MySql {
            for _ in 0..40 {
                let mut tx = shop.db().begin().await.unwrap();
                let sql = Sql::new("SELECT @@tx_isolation AS isolation, CAST(@@idle_transaction_timeout AS SIGNED INTEGER) AS bound");
                let row = tx.fetch_optional(sql).await.unwrap().unwrap();
                let figures = (row.text("isolation").unwrap(), row.int("bound").unwrap());
                assert_eq!(figures, ("READ-COMMITTED".to_owned(), 10));
            }
        }
    }

    async fn an_edited_total_stock_is_found(shop) {
        let Sold { product, .. } = sell(shop).await;
        finds(
            shop,
            &format!("UPDATE products SET total_stock = total_stock + 1 WHERE id = {product}"),
            &[(TOTALS, &format!("product {product}: total_stock 49, but 50 supplied and 2 sold"))],
        )
        .await;
    }

    async fn an_edited_reserved_stock_is_found(shop) {
        let Sold { product, .. } = sell(shop).await;
        finds(
            shop,
            &format!("UPDATE products SET reserved_stock = 0 WHERE id = {product}"),
            &[(
                RESERVED,
                &format!("product {product}: reserved_stock 0, but unfinished orders hold 1 (total_stock 48)"),
            )],
        )
        .await;
    }

    async fn an_edited_issued_quantity_is_found(shop) {
        let Sold { code, .. } = sell(shop).await;
        let id = shop.figure("SELECT id AS n FROM coupons").await;
        finds(
            shop,
            &format!("UPDATE coupons SET issued_quantity = 3 WHERE code = '{code}'"),
            &[(ISSUED, &format!("coupon {id}: issued_quantity 3, but 2 pieces (total 5)"))],
        )
        .await;
    }

    async fn an_edited_used_quantity_is_found(shop) {
        let Sold { code, .. } = sell(shop).await;
        let id = shop.figure("SELECT id AS n FROM coupons").await;
        finds(
            shop,
            &format!("UPDATE coupons SET used_quantity = 0 WHERE code = '{code}'"),
            &[(USED, &format!("coupon {id}: used_quantity 0, but 1 used pieces"))],
        )
        .await;
    }

    async fn a_posting_out_of_nowhere_is_found(shop) {
        let sold = sell(shop).await;
        let id = match shop.engine() {
            shop::database::Engine::Sqlite => "x'00112233445566778899aabbccddeeff'",
            _ => "0x00112233445566778899aabbccddeeff",
        };
        let sql = format!(
            "INSERT INTO point_transactions (id, user_id, type, amount, balance_after, created_at) VALUES ({id}, {}, 'CHARGE', 1000, 1000, 0)",
            sold.user
        );
        finds(
            shop,
            &sql,
            &[(WALLETS, &format!("wallet of user {}: balance 40000 won, postings sum to 41000 won", sold.user))],
        )
        .await;
    }

    async fn a_status_that_nobody_earned_is_found(shop) {
        let Sold { product, stuck, .. } = sell(shop).await;
        shop.edit_by_hand("UPDATE orders SET status = 'COMPLETED' WHERE status = 'PAID'").await;
        let broken = broken_rows(shop).await;
        let names: Vec<&str> = broken.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, [TOTALS, RESERVED, "the sales figures are what completed orders sold"]);
        assert!(broken.iter().all(|(_, row)| row.contains(&format!("product {product}"))));

        shop.edit_by_hand("UPDATE orders SET status = 'FAILED' WHERE paid_at IS NOT NULL AND coupon_id IS NULL").await;
        let broken = broken_rows(shop).await;
        let unpaid = format!("order {stuck}: final 10000 won, paid 10000 won, given back 0 won");
        assert!(broken.iter().any(|(_, row)| *row == unpaid), "{broken:?}");
    }

    async fn a_piece_that_changed_hands_is_found(shop) {
        sell(shop).await;
        let id = shop.figure("SELECT id AS n FROM coupons").await;
        shop.edit_by_hand(
            "UPDATE user_coupons SET status = 'ISSUED', order_id = NULL, used_at = NULL WHERE status = 'USED'",
        )
        .await;
        let broken = broken_rows(shop).await;
        let names: Vec<&str> = broken.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, [USED, "every completed order with a coupon used its piece"]);
        assert!(broken[0].1.contains(&format!("coupon {id}")));
    }

    async fn what_does_not_agree_about_refunds_is_found(shop) {
        let user = shop.shopper(10_000_000).await;
        let product = shop.product(10_000, 50).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let half = || RefundLines::Of(Lines::new([(product, 1)]).unwrap());
        let (credited, owed, whole) = (
            shop.place(user, order_request(&[(product, 2)])).await.unwrap().id,
            shop.place(user, order_request(&[(product, 2)])).await.unwrap().id,
            shop.place(user, one_of(product)).await.unwrap().id,
        );
        refund_order(shop, &by, credited, &refund_request(half())).await.unwrap();
        refund_order(shop, &by, whole, &refund_request(RefundLines::Whole)).await.unwrap();
        charge_wallet(shop, user, Won::new(30_000), key()).await.unwrap();
        let waits = refund_order(shop, &by, owed, &refund_request(half())).await.unwrap();
        assert_eq!(waits.credited_at, None);
        verify(shop).await;
        let checks = verify_shop(shop.db()).await.unwrap();
        let figure = |name: &str| checks.iter().find(|check| check.name == name).unwrap().figure.as_str();
        assert_eq!((figure(POSTED), figure(LINES), figure(SUMS), figure(STATUS)), ("30000", "3", "30000", "3"));

        let id = |id: String| match shop.engine() {
            shop::database::Engine::Sqlite => format!("x'{}'", id.replace('-', "")),
            _ => format!("0x{}", id.replace('-', "")),
        };
        let table = [
            // Money that nobody posted, of a refund that only says it was credited.
            (
                format!("UPDATE refunds SET credited_at = 1, posting_id = {0} WHERE id = {0}", id(waits.id.to_string())),
                vec![(POSTED, format!("refund {}: 10000 won should be posted, 0 won are", waits.id))],
            ),
            (
                format!("UPDATE orders SET status = 'REFUNDED' WHERE id = {}", id(credited.to_string())),
                vec![(STATUS, format!("order {credited}: paid 20000 won, given back 10000 won, 1 pieces left"))],
            ),
            (
                format!("INSERT INTO refund_items (order_id, product_id, refund_no, quantity, amount) VALUES ({}, {product}, 2, 2, 70)", id(credited.to_string())),
                vec![
                    ("the sales figures are what completed orders sold", format!("product {product}: 2 in the sales figures, 0 in completed orders")),
                    (LINES, format!("order {credited}: 3 pieces of product {product} given back, of 2")),
                    (SUMS, format!("a refund of order {credited}: 0 won, its lines 70 won")),
                    (STATUS, format!("order {credited}: paid 20000 won, given back 10000 won, -1 pieces left")),
                ],
            ),
        ];
        let mut expected: Vec<(&str, String)> = Vec::new();
        for (sql, breaks) in table {
            expected.retain(|(name, row)| !breaks.iter().any(|(other, _)| other == name) || !row.contains(&credited.to_string()));
            expected.extend(breaks);
            shop.edit_by_hand(&sql).await;
            let mut broken = broken_rows(shop).await;
            broken.sort();
            expected.sort();
            assert_eq!(broken, expected, "{sql}");
        }
    }

    async fn a_lost_request_and_a_wrong_sales_figure_are_found(shop) {
        let Sold { product, stuck, .. } = sell(shop).await;
        shop.edit_by_hand("UPDATE sales_buckets SET quantity = quantity + 1").await;
        let id = stuck.to_string().replace('-', "");
        let id = match shop.engine() {
            shop::database::Engine::Sqlite => format!("x'{id}'"),
            _ => format!("0x{id}"),
        };
        shop.edit_by_hand(&format!("DELETE FROM requests WHERE subject_id = {id}")).await;
        let broken = broken_rows(shop).await;
        assert_eq!(
            broken,
            [
                (
                    "every order has its request and every order request its order",
                    format!("order {stuck}: without its request, or a request without its order")
                ),
                (
                    "the sales figures are what completed orders sold",
                    format!("product {product}: 3 in the sales figures, 2 in completed orders")
                ),
            ]
        );
    }
}
