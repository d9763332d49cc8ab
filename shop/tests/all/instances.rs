//! Two instances of one shop on one database, each with desks and a gate of its own: nothing in memory helps,
//! so the database alone must decide.

use crate::support::*;
use shop::coupon::service::claim_coupon;
use shop::database::{Engine, Sql, retried};
use shop::order::OrderStatus;
use shop::order::service::place_order;
use shop::order::stages::{self, Paid, Reserved};
use shop::wallet::service::charge_wallet;
use shop::{Error, Shop, Won};

async fn two(shop: &TestShop) -> [Shop; 2] {
    [(**shop).clone(), shop.another().await]
}

fn claim_word<T>(outcome: &Result<T, Error>) -> &'static str {
    outcome.as_ref().map_or_else(Error::code, |_| "ok")
}

on_both_engines! {
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
            let words = tally(outcomes.iter().map(word));
            assert!(words.keys().all(|word| ["COMPLETED", "request_in_progress"].contains(word)), "{words:?}");
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

    // Below, every order is a batch of its own: no desk puts right what a missing lock got wrong.

    async fn lone_reservations_of_two_instances_share_out_the_stock_without_a_fault(shop) {
        let (shops, users) = (two(shop).await, shop.shoppers(32, 10_000).await);
        let product = shop.product(1_000, 10).await;
        let jobs: Vec<_> = users.iter().map(|user| job(shop, *user, one_of(product))).collect();
        let outcomes = at_once(32, |index| {
            let (own, job) = (shops[index % 2].clone(), jobs[index].clone());
            async move {
                let done = retried(|| stages::reserve(&own, std::slice::from_ref(&job))).await;
                match done.unwrap().pop().unwrap().unwrap() {
                    Reserved::New(order) => order.status.as_str(),
                    Reserved::Seen(row) => panic!("{row:?}"),
                }
            }
        })
        .await;
        assert_eq!(tally(outcomes), [("REJECTED", 22), ("RESERVED", 10)].into());
        verify(shop).await;
    }

    async fn lone_payments_of_two_instances_spend_one_coupon_and_one_wallet_without_a_fault(shop) {
        let shops = two(shop).await;
        let user = shop.shopper(4_500).await;
        let product = shop.product(1_000, 100).await;
        let code = shop.coupon("ONCE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let mut ids = Vec::new();
        for index in 0..24 {
            let request = one_of(product);
            let request = if index % 2 == 0 { with_coupon(request, &code) } else { request };
            ids.push(shop.reserve(user, request).await);
        }
        let outcomes = at_once(24, |index| {
            // Both kinds of orders go through both instances.
            let (own, id) = (shops[(index / 2) % 2].clone(), ids[index]);
            async move {
                let done = retried(|| async { stages::pay(&own, &untraced(&[id])).await }).await;
                match done.unwrap().pop().unwrap().unwrap() {
                    Paid::Paid(_) => "paid",
                    Paid::Rejected(refusal, _) => refusal.code(),
                    other => panic!("{other:?}"),
                }
            }
        })
        .await;
        // Four at full price, or three and the one with the coupon: never more than the wallet held.
        let words = tally(outcomes);
        assert_eq!(words.get("paid"), Some(&4), "{words:?}");
        let held =
            shop.figure("SELECT COUNT(*) AS n FROM orders WHERE status = 'PAID' AND coupon_id IS NOT NULL").await;
        assert!(held <= 1, "{held} orders hold one coupon");
        assert_eq!(shop.balance(user).await, 4_500 - 4_000 + 100 * held);
        verify(shop).await;
    }
}

/// REPEATABLE READ would decide by an old snapshot after the lock: a real oversell (DESIGN §2).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_on_mariadb_sees_what_others_have_committed_meanwhile() {
    let shop = shop_on(Engine::MySql).await;
    let user = shop.shopper(1_000).await;
    let read = || Sql::new("SELECT balance AS n FROM wallets WHERE user_id = ?").bind(user);
    let mut tx = shop.db().begin().await.unwrap();
    assert_eq!(tx.fetch_optional(read()).await.unwrap().unwrap().int("n").unwrap(), 1_000);
    charge_wallet(&shop, user, Won::new(2_000), key()).await.unwrap();
    assert_eq!(tx.fetch_optional(read()).await.unwrap().unwrap().int("n").unwrap(), 3_000);
    drop(tx);
    shop.finish().await;
}
