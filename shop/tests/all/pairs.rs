//! What is bought together: counted once for every completed order, whatever happens to the job.

use crate::support::*;
use shop::id::{ProductId, UserId};
use shop::product::ProductDraft;
use shop::stats::pairs::count_pairs;
use shop::stats::service::list_bought_together;

/// Long enough for every order to have settled.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(121);

async fn buy(shop: &TestShop, user: UserId, products: &[ProductId]) {
    let lines: Vec<(ProductId, i64)> = products.iter().map(|product| (*product, 1)).collect();
    shop.place(user, order_request(&lines)).await.unwrap();
}

/// In how many orders these two met, as the table says.
async fn met(shop: &TestShop, one: ProductId, other: ProductId) -> i64 {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(order_count), 0) AS SIGNED INTEGER) AS n FROM product_pairs \
         WHERE product_id = {one} AND other_id = {other}"
    );
    shop.figure(&sql).await
}

on_both_engines! {
    async fn an_order_counts_once_however_often_the_job_runs(shop) {
        let user = shop.shopper(100_000).await;
        let (one, other) = (shop.product(1_000, 50).await, shop.product(1_000, 50).await);
        buy(shop, user, &[one, other]).await;
        shop.advance(SETTLED);
        assert_eq!(count_pairs(shop).await.unwrap(), 1);
        assert_eq!((met(shop, one, other).await, met(shop, other, one).await), (1, 1));
        assert_eq!(count_pairs(shop).await.unwrap(), 0);
        buy(shop, user, &[one, other]).await;
        shop.advance(SETTLED);
        assert_eq!(count_pairs(shop).await.unwrap(), 1);
        assert_eq!((met(shop, one, other).await, met(shop, one, one).await), (2, 0));
    }

    async fn an_order_that_may_still_be_on_its_way_waits(shop) {
        let user = shop.shopper(100_000).await;
        let (one, other) = (shop.product(1_000, 50).await, shop.product(1_000, 50).await);
        buy(shop, user, &[one, other]).await;
        shop.advance(MINUTE);
        assert_eq!(count_pairs(shop).await.unwrap(), 0);
        assert_eq!(met(shop, one, other).await, 0);
        shop.advance(SETTLED);
        assert_eq!(count_pairs(shop).await.unwrap(), 1);
        assert_eq!(met(shop, one, other).await, 1);
    }

    async fn what_was_refused_expired_or_given_back_does_not_count(shop) {
        let (rich, poor) = (shop.shopper(100_000).await, shop.shopper(0).await);
        let (one, other) = (shop.product(1_000, 50).await, shop.product(1_000, 50).await);
        let both = || order_request(&[(one, 1), (other, 1)]);
        refusal(shop.place(poor, both()).await);
        shop.reserve(rich, both()).await;
        shop.reserve_and_pay(rich, both()).await;
        shop.advance(MINUTE);
        assert_eq!((shop.expire().await, shop.stall().await), (1, 1));
        shop.advance(SETTLED);
        assert_eq!(shop.recover().await, 1);
        assert_eq!(count_pairs(shop).await.unwrap(), 3, "looked at, and not looked at again");
        assert_eq!(shop.count("product_pairs").await, 0);
        buy(shop, rich, &[one, other]).await;
        shop.advance(SETTLED);
        count_pairs(shop).await.unwrap();
        assert_eq!(met(shop, one, other).await, 1);
    }

    async fn a_job_that_dies_between_counting_and_marking_counts_nothing_twice(shop) {
        let user = shop.shopper(100_000).await;
        let (one, other) = (shop.product(1_000, 50).await, shop.product(1_000, 50).await);
        buy(shop, user, &[one, other]).await;
        shop.advance(SETTLED);
        shop.break_writes("UPDATE ON job_marks", "1 = 1").await;
        assert!(count_pairs(shop).await.is_err());
        assert_eq!(met(shop, one, other).await, 0, "counts and mark are one transaction");
        shop.mend().await;
        assert_eq!(count_pairs(shop).await.unwrap(), 1);
        assert_eq!(met(shop, one, other).await, 1);
    }

    async fn several_instances_count_each_order_once(shop) {
        let user = shop.shopper(1_000_000).await;
        let (one, other) = (shop.product(1_000, 500).await, shop.product(1_000, 500).await);
        for _ in 0..12 {
            buy(shop, user, &[one, other]).await;
        }
        shop.advance(SETTLED);
        let instance = shop.another().await;
        let counted = at_once(6, |index| {
            let shop = if index % 2 == 0 { shop::Shop::clone(shop) } else { instance.clone() };
            async move { count_pairs(&shop).await.unwrap() }
        })
        .await;
        assert_eq!(counted.iter().sum::<u64>(), 12, "{counted:?}");
        assert_eq!(met(shop, one, other).await, 12);
    }

    async fn a_product_page_shows_what_several_orders_agree_on_in_stock_first(shop) {
        let user = shop.shopper(1_000_000).await;
        let one = shop.product(1_000, 500).await;
        let (often, now_and_then, once) =
            (shop.product(1_000, 5).await, shop.product(1_000, 500).await, shop.product(1_000, 500).await);
        let gone = ProductDraft { is_active: true, ..draft(1_000, 500) };
        let withdrawn = shop.save(gone.clone()).await;
        for _ in 0..5 {
            buy(shop, user, &[one, often]).await;
        }
        for _ in 0..3 {
            buy(shop, user, &[one, now_and_then, withdrawn]).await;
        }
        buy(shop, user, &[one, once]).await;
        shop.save(ProductDraft { is_active: false, total_stock: 497, ..gone }).await;
        shop.advance(SETTLED);
        count_pairs(shop).await.unwrap();
        let shown: Vec<ProductId> =
            list_bought_together(shop, one, 4).await.unwrap().into_iter().map(|product| product.id).collect();
        assert_eq!(shown, [now_and_then, often], "sold out last, withdrawn and once never, itself never");
        assert_eq!(list_bought_together(shop, once, 4).await.unwrap(), []);
        assert_eq!(list_bought_together(shop, one, 1).await.unwrap().len(), 1);
    }

    async fn a_long_past_is_caught_up_over_batches(shop) {
        let user = shop.shopper(1_000_000).await;
        let (one, other) = (shop.product(1_000, 900).await, shop.product(1_000, 900).await);
        let jobs: Vec<_> = (0..300).map(|_| job(shop, user, order_request(&[(one, 1), (other, 1)]))).collect();
        for part in jobs.chunks(150) {
            let orders = untraced(&part.iter().map(|job| job.id).collect::<Vec<_>>());
            for answer in shop::order::stages::reserve(shop, part).await.unwrap() {
                answer.unwrap();
            }
            shop::order::stages::pay(shop, &orders).await.unwrap();
            shop::order::stages::confirm(shop, &orders).await.unwrap();
        }
        shop.advance(SETTLED);
        assert_eq!(count_pairs(shop).await.unwrap(), 300);
        assert_eq!(met(shop, one, other).await, 300);
    }

    async fn a_search_says_how_much_it_found(shop) {
        use shop::product::ProductQuery;
        use shop::product::service::{Matches, count_products};
        for name in ["밤 버스", "밤 100%", "아침"] {
            shop.save(ProductDraft { name: name.to_owned(), name_en: format!("Night of {name}"), ..draft(1_000, 1) }).await;
        }
        for (text, count) in [("밤", 2), ("100%", 1), ("%", 1), ("night", 3), ("_", 0)] {
            let query = ProductQuery { text: Some(text.to_owned()), ..ProductQuery::default() };
            assert_eq!(count_products(shop, &query).await.unwrap(), Matches::Exactly(count), "{text}");
        }
    }

    async fn a_map_of_the_shop_names_every_product_on_sale_once(shop) {
        use shop::product::service::{count_parts, list_part};
        assert_eq!(count_parts(shop).await.unwrap(), 0);
        let first = shop.product(1_000, 1).await;
        let hidden = ProductDraft { is_active: false, ..draft(1_000, 1) };
        shop.save(hidden).await;
        let sold_out = shop.product(1_000, 0).await;
        assert_eq!(count_parts(shop).await.unwrap(), 1);
        let named: Vec<ProductId> = list_part(shop, 1).await.unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(named, [first, sold_out]);
        for part in [0, 2, i64::MAX, -1] {
            assert_eq!(list_part(shop, part).await.unwrap(), [], "{part}");
        }
    }
}
