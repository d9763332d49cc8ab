//! The large tables are cut into months on MariaDB: every row lies in the month of its id, lookups open one
//! piece, lists and jobs do not notice the cuts, and making months disturbs no sale. SQLite, which has no
//! pieces, must give the same answers.

use crate::support::*;
use shop::database::months::{keep_months, make_months};
use shop::database::{Engine, Sql};
use shop::id::{OrderId, UserId};
use shop::order::OrderStatus;
use shop::page::{Page, PageLimit};
use shop::{Shop, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// 2026-11-30T23:59:59.900Z
const NOVEMBER_ENDS: Timestamp = Timestamp::from_millis(1_796_083_199_900);
/// 2026-12-31T23:59:59.900Z
const THE_YEAR_ENDS: Timestamp = Timestamp::from_millis(1_798_761_599_900);
const MOMENT: Duration = Duration::from_millis(200);

/// How many rows each piece of a table holds, empty ones left out.
async fn rows_by_piece(shop: &TestShop, table: &str) -> BTreeMap<String, i64> {
    let mut rows = BTreeMap::new();
    for piece in pieces(shop, table).await {
        let count = shop.figure(&format!("SELECT COUNT(*) AS n FROM {table} PARTITION ({piece})")).await;
        if count > 0 {
            rows.insert(piece, count);
        }
    }
    rows
}

async fn pieces(shop: &TestShop, table: &str) -> Vec<String> {
    let sql = "SELECT partition_name AS name FROM information_schema.partitions WHERE table_schema = DATABASE() \
               AND table_name = ? ORDER BY partition_ordinal_position";
    let rows = shop.db().fetch_all(Sql::new(sql).bind(table)).await.unwrap();
    rows.iter().map(|row| row.text("name").unwrap()).collect()
}

fn by_piece(expected: &[(&str, i64)]) -> BTreeMap<String, i64> {
    expected.iter().map(|(piece, rows)| ((*piece).to_owned(), *rows)).collect()
}

/// Every order of the list, read in pages of this size.
async fn list_all(shop: &Shop, user: UserId, rows: i64) -> Vec<OrderId> {
    let (mut ids, mut page) = (Vec::new(), Page::first(PageLimit::new(rows).unwrap()));
    loop {
        let slice = shop::order::service::list_orders(shop, user, None, &page).await.unwrap();
        ids.extend(slice.items.iter().map(|order| order.id));
        assert!(slice.items.iter().all(|order| order.items.len() == 1), "an order without its lines");
        match slice.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return ids,
        }
    }
}

async fn list_all_postings(shop: &Shop, user: UserId) -> usize {
    let (mut count, mut page) = (0, Page::first(PageLimit::new(2).unwrap()));
    loop {
        let slice = shop::wallet::service::list_postings(shop, user, &page).await.unwrap();
        count += slice.items.len();
        match slice.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return count,
        }
    }
}

on_both_engines! {
    async fn orders_around_a_months_and_a_years_end_lie_in_their_months_and_are_found(shop) {
        let product = shop.product(1_000, 100).await;
        shop.clock.set(NOVEMBER_ENDS);
        make_months(shop.db(), shop.now()).await.unwrap();
        let user = shop.shopper(100_000).await;
        let mut ids = Vec::new();
        for end in [NOVEMBER_ENDS, THE_YEAR_ENDS] {
            shop.clock.set(end);
            ids.push(shop.place(user, one_of(product)).await.unwrap().id);
            shop.advance(MOMENT);
            keep_months(shop).await.unwrap();
            ids.push(shop.place(user, one_of(product)).await.unwrap().id);
        }
        for id in &ids {
            assert_eq!((shop.status(*id).await, shop.order(*id).await.items.len()), (OrderStatus::Completed, 1));
        }
        ids.reverse();
        for rows in [1, 3, 100] {
            assert_eq!(list_all(shop, user, rows).await, ids, "in pages of {rows}");
        }
        assert_eq!(list_all_postings(shop, user).await, 5);
        if shop.engine() == Engine::MySql {
            let orders = by_piece(&[("p202611", 1), ("p202612", 2), ("p202701", 1)]);
            assert_eq!(rows_by_piece(shop, "orders").await, orders);
            assert_eq!(rows_by_piece(shop, "order_items").await, orders);
            let postings = by_piece(&[("p202611", 2), ("p202612", 2), ("p202701", 1)]);
            assert_eq!(rows_by_piece(shop, "point_transactions").await, postings);
            assert_eq!(pieces(shop, "orders").await.last().map(String::as_str), Some("later"));
        }
    }

    async fn what_breaks_before_midnight_is_given_back_after_it(shop) {
        let (user, product) = (shop.shopper(10_000).await, shop.product(1_000, 10).await);
        for end in [NOVEMBER_ENDS, THE_YEAR_ENDS] {
            shop.clock.set(end);
            make_months(shop.db(), shop.now()).await.unwrap();
            let (paid, reserved) =
                (shop.reserve_and_pay(user, one_of(product)).await, shop.reserve(user, one_of(product)).await);
            shop.advance(31 * SECOND);
            assert_eq!((shop.expire().await, shop.stall().await), (1, 1));
            shop.advance(MINUTE);
            assert_eq!(shop.recover().await, 1);
            assert_eq!(shop.status(paid).await, OrderStatus::Failed);
            assert_eq!(shop.status(reserved).await, OrderStatus::Expired);
            assert_eq!((shop.balance(user).await, shop.stock(product).await), (10_000, (10, 0)));
        }
    }

    async fn a_list_that_reaches_back_over_years_is_whole(shop) {
        let product = shop.product(1_000, 100).await;
        shop.clock.set(START.before(800 * DAY));
        let user = shop.shopper(100_000).await;
        let mut ids = Vec::new();
        for days in [0, 5, 400, 10, 330, 50, 5] {
            shop.advance(days * DAY);
            ids.insert(0, shop.place(user, one_of(product)).await.unwrap().id);
        }
        make_months(shop.db(), shop.now()).await.unwrap();
        for rows in [1, 2, 3, 100] {
            assert_eq!(list_all(shop, user, rows).await, ids, "in pages of {rows}");
        }
        shop.advance(900 * DAY);
        assert_eq!(list_all(shop, user, 100).await, ids, "long after the last order");
    }

    async fn making_months_in_mid_sale_fails_no_order(shop) {
        let (users, product) = (shop.shoppers(128, 10_000).await, shop.product(1_000, 1_000).await);
        let others = [shop.another().await, shop.another().await];
        let outcomes = at_once(131, |index| {
            let (own, other) = ((**shop).clone(), others[index % 2].clone());
            let user = users.get(index).copied();
            async move {
                let Some(user) = user else {
                    make_months(other.db(), START).await.unwrap();
                    return "made";
                };
                let order = shop::order::service::place_order(&own, user, one_of(product), key()).await;
                let again = shop::order::service::place_order(&other, user, one_of(product), key()).await;
                assert_eq!(word(&again), "COMPLETED");
                word(&order)
            }
        })
        .await;
        assert_eq!(tally(outcomes), [("COMPLETED", 128), ("made", 3)].into());
        assert_eq!(shop.count("orders").await, 256);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn months_are_made_once_however_many_instances_ask() {
    let shop = shop_on(Engine::MySql).await;
    let made = at_once(4, |_| {
        let db = shop.db().clone();
        async move { make_months(&db, START).await.unwrap() }
    })
    .await;
    // November to May, in three tables.
    assert_eq!(made.iter().sum::<u64>(), 3 * 7, "{made:?}");
    assert_eq!(made.iter().filter(|made| **made > 0).count(), 1, "{made:?}");
    assert_eq!(make_months(shop.db(), START).await.unwrap(), 0);
    let expected = ["p202611", "p202612", "p202701", "p202702", "p202703", "p202704", "p202705", "later"];
    for table in ["orders", "order_items", "point_transactions"] {
        assert_eq!(pieces(&shop, table).await, expected, "{table}");
    }
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shop_that_is_older_than_its_months_gets_them_and_loses_nothing() {
    let shop = shop_on(Engine::MySql).await;
    let product = shop.product(1_000, 100).await;
    shop.clock.set(START.before(62 * DAY));
    let user = shop.shopper(100_000).await;
    for days in [0, 31, 31] {
        shop.advance(days * DAY);
        shop.place(user, one_of(product)).await.unwrap();
    }
    assert_eq!(rows_by_piece(&shop, "orders").await, by_piece(&[("later", 3)]), "as the migration leaves it");
    make_months(shop.db(), shop.now()).await.unwrap();
    let expected = by_piece(&[("p202609", 1), ("p202610", 1), ("p202611", 1)]);
    assert_eq!(rows_by_piece(&shop, "orders").await, expected);
    assert_eq!(rows_by_piece(&shop, "order_items").await, expected);

    // The job stood still for a year; then orders of an older shop are brought in.
    shop.advance(365 * DAY);
    shop.place(user, one_of(product)).await.unwrap();
    assert_eq!(rows_by_piece(&shop, "orders").await.get("later"), Some(&1));
    assert!(keep_months(&shop).await.unwrap() > 0);
    assert_eq!(rows_by_piece(&shop, "orders").await.get("p202711"), Some(&1));
    shop.clock.set(START.before(200 * DAY));
    // Ids of one process never go back.
    let older = shop.another().await;
    shop::order::service::place_order(&older, user, one_of(product), key()).await.unwrap();
    assert_eq!(rows_by_piece(&shop, "orders").await.get("p202609"), Some(&2), "with the oldest month at first");
    shop.clock.set(START.after(365 * DAY));
    keep_months(&shop).await.unwrap();
    assert_eq!(rows_by_piece(&shop, "orders").await.get("p202605"), Some(&1));
    assert_eq!(list_all(&shop, user, 2).await.len(), 5);
    shop.finish().await;
}

/// The pieces a statement opens and the key it takes.
async fn plan_of(shop: &TestShop, sql: Sql) -> (Vec<String>, Option<String>) {
    let rows = shop.db().fetch_all(sql).await.unwrap();
    assert_eq!(rows.len(), 1, "one table, one step");
    let pieces = rows[0].text("partitions").unwrap();
    (pieces.split(',').map(ToOwned::to_owned).collect(), rows[0].maybe_text("key").unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lookup_opens_one_month_and_no_job_reads_a_whole_one() {
    let shop = shop_on(Engine::MySql).await;
    let year = 365 * DAY;
    // A year of 24,000 orders of 100 shoppers, all done but a few.
    shop.edit_by_hand(&format!(
        "INSERT INTO orders (id, user_id, status, total_amount, discount_amount, final_amount, created_at, paid_at, pending_at) \
         SELECT UNHEX(CONCAT(LPAD(HEX({start} + seq * {step}), 12, '0'), LPAD(HEX(seq), 20, '0'))), 1 + seq % 100, \
         CASE WHEN seq % 4000 = 1 THEN 'RESERVED' WHEN seq % 4000 = 2 THEN 'PAID' WHEN seq % 4000 = 3 THEN 'PENDING' \
         ELSE 'COMPLETED' END, 1000, 0, 1000, {start} + seq * {step}, {start} + seq * {step}, {start} + seq * {step} \
         FROM seq_1_to_24000",
        start = START.before(year).millis(),
        step = year.as_millis() / 24_000,
    ))
    .await;
    shop.edit_by_hand(
        "INSERT INTO point_transactions (id, user_id, type, amount, balance_after, created_at) \
         SELECT id, user_id, 'CHARGE', 1000, 1000, created_at FROM orders",
    )
    .await;
    shop.edit_by_hand(
        "INSERT INTO order_items (order_id, line_no, product_id, name, name_en, unit_price, quantity, amount) \
         SELECT id, 1, 1, '책', 'Book', 1000, 1, 1000 FROM orders",
    )
    .await;
    make_months(shop.db(), START).await.unwrap();
    let analyzed = shop.db().fetch_all(Sql::new("ANALYZE TABLE orders PERSISTENT FOR ALL")).await.unwrap();
    assert!(!analyzed.is_empty());

    // One row a month back, 2,000 orders apart.
    let mut known = Vec::new();
    for row in [24_000, 22_000, 20_000] {
        let sql = Sql::new("SELECT id FROM orders ORDER BY id LIMIT 1 OFFSET ?").bind(row - 1i64);
        let row = shop.db().fetch_optional(sql).await.unwrap().unwrap();
        known.push(row.id("id", OrderId::from_bytes).unwrap());
    }
    let by_id = |table: &str, id: &str, ids: Vec<OrderId>| {
        Sql::new(format!("EXPLAIN PARTITIONS SELECT * FROM {table} WHERE {id} IN ")).list(ids)
    };
    for (table, id) in [("orders", "id"), ("order_items", "order_id"), ("point_transactions", "id")] {
        assert_eq!(plan_of(&shop, by_id(table, id, vec![known[0]])).await.0, ["p202611"], "{table}");
        assert_eq!(
            plan_of(&shop, by_id(table, id, vec![known[0], known[2], known[0]])).await.0,
            ["p202609", "p202611"]
        );
    }
    let update =
        "EXPLAIN PARTITIONS UPDATE orders SET status = 'PAID', paid_at = 1 WHERE status = 'RESERVED' AND id IN ";
    assert_eq!(plan_of(&shop, Sql::new(update).list([known[0], known[1]])).await.0, ["p202610", "p202611"]);

    let list = "EXPLAIN PARTITIONS SELECT * FROM orders WHERE user_id = ? AND id >= ? ORDER BY id DESC LIMIT 21";
    let since = OrderId::new(START.before(60 * DAY), [0; 10]);
    let (opened, key) = plan_of(&shop, Sql::new(list).bind(42i64).bind(since)).await;
    assert_eq!((opened[0].as_str(), key.as_deref()), ("p202609", Some("orders_by_user")), "{opened:?}");

    for (status, since) in [("RESERVED", "created_at"), ("PAID", "paid_at"), ("PENDING", "pending_at")] {
        let sql = format!(
            "EXPLAIN PARTITIONS SELECT id FROM orders WHERE status = ? AND {since} <= ? ORDER BY created_at LIMIT 256"
        );
        let (_, key) = plan_of(&shop, Sql::new(sql).bind(status).bind(START)).await;
        assert_eq!(key.as_deref(), Some("orders_by_status"), "{status}");
    }
    shop.finish().await;
}
