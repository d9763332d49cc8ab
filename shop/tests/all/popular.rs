//! The operators' ranking on both engines, against a scan of orders and refunds.

use crate::support::*;
use shop::database::Sql;
use shop::id::ProductId;
use shop::operator::OperatorRole;
use shop::product::{Category, ProductDraft};
use shop::refund::RefundLines;
use shop::refund::service::refund_order;
use shop::stats::kept::Kept;
use shop::stats::popular::{RankBy, RankedProduct, Sold, rank_products};
use shop::{Shop, Timestamp};
use std::collections::BTreeMap;
use tokio::sync::Notify;

async fn rank(shop: &TestShop, by: RankBy, category: Option<Category>) -> Vec<RankedProduct> {
    let viewer = shop.operator(OperatorRole::Viewer).await;
    rank_products(shop, &viewer, by, category).await.unwrap().ranking
}

/// What the rows say was sold between two moments and never given back: pieces, and won before discounts.
async fn scan(shop: &Shop, from: Timestamp, until: Timestamp) -> BTreeMap<ProductId, Sold> {
    let sql = Sql::new(
        "SELECT i.product_id AS product_id, i.quantity AS quantity, i.unit_price AS price, \
         (SELECT COALESCE(CAST(SUM(r.quantity) AS SIGNED INTEGER), 0) FROM refund_items r \
         WHERE r.order_id = i.order_id AND r.product_id = i.product_id) AS back \
         FROM order_items i JOIN orders o ON o.id = i.order_id \
         WHERE o.status IN ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED') AND o.finished_at >= ? AND o.finished_at < ?",
    );
    let mut sold: BTreeMap<ProductId, Sold> = BTreeMap::new();
    for row in shop.db().fetch_all(sql.bind(from).bind(until)).await.unwrap() {
        let pieces = row.int("quantity").unwrap() - row.int("back").unwrap();
        let one = sold.entry(ProductId::new(row.int("product_id").unwrap())).or_default();
        one.quantity += pieces;
        one.amount += pieces * row.int("price").unwrap();
    }
    sold.retain(|_, sold| sold.quantity > 0);
    sold
}

on_both_engines! {
    async fn the_ranking_is_what_a_scan_of_the_rows_says_now_and_before(shop) {
        let by = shop.operator(OperatorRole::Manager).await;
        let user = shop.shopper(1_000_000).await;
        let font = |price| ProductDraft { category: Category::Font, ..draft(price, 500) };
        let (cheap, dear, old) = (shop.save(font(1_000)).await, shop.product(20_000, 500).await, shop.product(500, 500).await);
        for (product, pieces) in [(cheap, 4), (old, 9), (dear, 1)] {
            shop.place(user, order_request(&[(product, pieces)])).await.unwrap();
        }
        shop.advance(3 * DAY + HOUR);
        let given_back = shop.place(user, order_request(&[(cheap, 5), (dear, 3)])).await.unwrap().id;
        shop.place(user, order_request(&[(cheap, 6)])).await.unwrap();
        let lines = RefundLines::Of(shop::order::Lines::new([(cheap, 3), (dear, 1)]).unwrap());
        refund_order(shop, &by, given_back, &refund_request(lines)).await.unwrap();

        let since = shop.now().before(3 * DAY).hour_start();
        let (now, before) = (scan(shop, since, shop.now().after(SECOND)).await, scan(shop, since.before(3 * DAY), since).await);
        for (ranked_by, order) in [(RankBy::Quantity, [cheap, dear]), (RankBy::Sales, [dear, cheap])] {
            let ranked = rank(shop, ranked_by, None).await;
            assert_eq!(ranked.iter().map(|one| one.id).collect::<Vec<_>>(), order, "{ranked_by:?}");
            assert_eq!(ranked.iter().map(|one| (one.id, one.sold)).collect::<BTreeMap<_, _>>(), now);
            for one in &ranked {
                assert_eq!(one.before, before[&one.id]);
            }
        }
        let fonts = rank(shop, RankBy::Sales, Some(Category::Font)).await;
        assert_eq!(fonts.iter().map(|one| (one.id, one.sold.quantity, one.before.quantity)).collect::<Vec<_>>(), [(cheap, 8, 4)]);
        assert_eq!((fonts[0].trend(RankBy::Quantity), fonts[0].trend(RankBy::Sales)), (Some(100_000), Some(100_000)));
        assert!(rank(shop, RankBy::Quantity, Some(Category::Music)).await.is_empty());
    }

    async fn the_longer_counting_takes_the_longer_it_is_kept(shop) {
        let since = shop.now().before(3 * DAY);
        let count = async |says: i64, takes| {
            let counted = Kept::find_or_count(shop, "test", since, async || {
                shop.advance(takes);
                Ok(says)
            });
            counted.await.unwrap().ranking
        };
        assert_eq!(count(1, 2 * SECOND).await, 1);
        shop.advance(39 * SECOND);
        assert_eq!(count(2, SECOND / 1_000).await, 1);
        shop.advance(SECOND);
        assert_eq!(count(3, HOUR).await, 3);
        shop.advance(60 * SECOND);
        assert_eq!(count(4, SECOND / 1_000).await, 4, "nothing is older than a minute");
        shop.advance(SECOND);
        assert_eq!(count(5, SECOND / 1_000).await, 5);
    }

    async fn while_one_counts_others_make_do_with_what_there_was(shop) {
        let since = shop.now().before(3 * DAY);
        let (counting, go) = (Notify::new(), Notify::new());
        let first = async |says: i64| {
            let counted = Kept::find_or_count(shop, "test", since, async || {
                counting.notify_one();
                go.notified().await;
                Ok(says)
            });
            counted.await.unwrap().ranking
        };
        let other = async || {
            let counted = Kept::<i64>::find_or_count(shop, "test", since, async || panic!("two count at once"));
            counted.await.unwrap().ranking
        };
        // With nothing there yet, the other waits.
        let late = async {
            counting.notified().await;
            let (_, found) = tokio::join!(async { go.notify_one() }, other());
            found
        };
        assert_eq!(tokio::join!(first(1), late), (1, 1));
        shop.advance(SECOND);
        let late = async {
            counting.notified().await;
            let found = other().await;
            go.notify_one();
            found
        };
        assert_eq!(tokio::join!(first(2), late), (2, 1));
        assert_eq!(other().await, 2);
    }
}
