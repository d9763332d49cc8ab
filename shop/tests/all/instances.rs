//! Two instances of one shop on one database, each with desks and a gate of its own: nothing in memory helps,
//! so the database alone must decide.

use crate::support::*;
use shop::coupon::service::claim_coupon;
use shop::order::OrderStatus;
use shop::order::service::place_order;
use shop::wallet::service::charge_wallet;
use shop::{Error, Shop, Won};

async fn two(shop: &TestShop) -> [Shop; 2] {
    [(**shop).clone(), shop.another().await]
}

fn claim_word<T>(outcome: &Result<T, Error>) -> &'static str {
    outcome.as_ref().map_or_else(Error::code, |_| "ok")
}

on_both_engines! {
    async fn two_instances_sell_the_last_piece_once(shop) {
        let (shops, users) = (two(shop).await, shop.shoppers(64, 10_000).await);
        let product = shop.product(1_000, 1).await;
        let outcomes = at_once(64, |index| {
            let (own, user) = (shops[index % 2].clone(), users[index]);
            async move { place_order(&own, user, one_of(product), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 1), ("insufficient_stock", 63)].into());
        assert_eq!(shop.stock(product).await, (0, 0));
        verify(shop).await;
    }

    async fn two_instances_sell_two_hot_products_in_opposite_order_to_the_last_piece(shop) {
        let (shops, users) = (two(shop).await, shop.shoppers(64, 100_000).await);
        let products = [shop.product(1_000, 40).await, shop.product(2_000, 40).await];
        let outcomes = at_once(64, |index| {
            let (own, user) = (shops[index % 2].clone(), users[index]);
            let lines = [(products[index % 2], 1), (products[1 - index % 2], 1)];
            async move { place_order(&own, user, order_request(&lines), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 40), ("insufficient_stock", 24)].into());
        verify(shop).await;
    }

    async fn two_instances_take_one_request_id_for_one_order(shop) {
        let shops = two(shop).await;
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        for _ in 0..4 {
            let once = key();
            let outcomes = at_once(32, |index| {
                let (own, once) = (shops[index % 2].clone(), once.clone());
                async move { place_order(&own, user, one_of(product), once).await }
            })
            .await;
            let mut ids: Vec<_> = outcomes.iter().flatten().map(|order| order.id).collect();
            assert!(!ids.is_empty());
            ids.dedup();
            assert_eq!(ids.len(), 1, "{outcomes:?}");
            // The other instance may still be at work on it: then its present state is the answer.
            let allowed = ["COMPLETED", "RESERVED", "PAID", "request_in_progress"];
            let words = tally(outcomes.iter().map(word));
            assert!(words.keys().all(|word| allowed.contains(word)), "{words:?}");
            assert_eq!(shop.status(ids[0]).await, OrderStatus::Completed);
        }
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (96_000, (96, 0)));
        assert_eq!((shop.count("orders").await, shop.count("posting_causes").await), (4, 4));
        verify(shop).await;
    }

    async fn two_instances_take_one_charge_for_one_charge(shop) {
        let shops = two(shop).await;
        let user = shop.shopper(0).await;
        for round in 1..=4 {
            let once = key();
            let outcomes = at_once(32, |index| {
                let (own, once) = (shops[index % 2].clone(), once.clone());
                async move { charge_wallet(&own, user, Won::new(10_000), once).await }
            })
            .await;
            let mut answers: Vec<_> = outcomes.iter().flatten().collect();
            assert!(!answers.is_empty());
            answers.dedup();
            assert_eq!(answers.len(), 1);
            assert!(outcomes.iter().all(|outcome| ["ok", "request_in_progress"].contains(&claim_word(outcome))));
            assert_eq!((shop.balance(user).await, shop.count("point_transactions").await), (10_000 * round, round));
        }
        verify(shop).await;
    }

    async fn two_instances_issue_the_last_coupon_once(shop) {
        let (shops, users) = (two(shop).await, shop.shoppers(64, 0).await);
        let code = shop.coupon("LAST", TEN_PERCENT, 1).await;
        let outcomes = at_once(64, |index| {
            let (own, user, code) = (shops[index % 2].clone(), users[index], code.clone());
            async move { claim_coupon(&own, user, &code).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(claim_word)), [("coupon_sold_out", 63), ("ok", 1)].into());
        assert_eq!((shop.issued(&code).await, shop.count("user_coupons").await), ((1, 0), 1));
        verify(shop).await;
    }

    async fn two_instances_issue_one_user_one_piece(shop) {
        let shops = two(shop).await;
        let user = shop.shopper(0).await;
        let code = shop.coupon("MINE", TEN_PERCENT, 100).await;
        let outcomes = at_once(64, |index| {
            let (own, code) = (shops[index % 2].clone(), code.clone());
            async move { claim_coupon(&own, user, &code).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(claim_word)), [("coupon_already_claimed", 63), ("ok", 1)].into());
        assert_eq!(shop.issued(&code).await, (1, 0));
        verify(shop).await;
    }

    async fn two_instances_never_overdraw_one_wallet(shop) {
        let shops = two(shop).await;
        let user = shop.shopper(10_500).await;
        let product = shop.product(1_000, 100).await;
        let outcomes = at_once(32, |index| {
            let own = shops[index % 2].clone();
            async move { place_order(&own, user, one_of(product), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 10), ("insufficient_balance", 22)].into());
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (500, (90, 0)));
        verify(shop).await;
    }

    async fn two_instances_never_overfill_one_wallet(shop) {
        let shops = two(shop).await;
        let user = shop.shopper(9_900_000).await;
        let outcomes = at_once(64, |index| {
            let own = shops[index % 2].clone();
            async move { charge_wallet(&own, user, Won::new(10_000), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(claim_word)), [("balance_limit_exceeded", 54), ("ok", 10)].into());
        assert_eq!(shop.balance(user).await, 10_000_000);
        verify(shop).await;
    }

    async fn two_instances_spend_one_coupon_once(shop) {
        let shops = two(shop).await;
        let user = shop.shopper(1_000_000).await;
        let product = shop.product(10_000, 100).await;
        let code = shop.coupon("ONCE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let outcomes = at_once(16, |index| {
            let (own, code) = (shops[index % 2].clone(), code.clone());
            async move { place_order(&own, user, with_coupon(one_of(product), &code), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 1), ("coupon_not_applicable", 15)].into());
        assert_eq!((shop.balance(user).await, shop.issued(&code).await), (991_000, (1, 1)));
        verify(shop).await;
    }
}
