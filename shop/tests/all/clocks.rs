//! Instances whose machines' clocks differ go by one: the database's. Nothing live expires, and limits and
//! blocks hold across them. And where the clock itself was wrong, nothing stays stuck for it.

use crate::support::*;
use shop::database::{Engine, clock};
use shop::id::UserId;
use shop::order::OrderStatus;
use shop::order::service::place_order;
use shop::page::Page;
use shop::ports::{Clock, LocalGate, Ports, SystemClock};
use shop::wallet::service::list_postings;
use shop::{Error, Settings, Shop, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// A machine whose clock is wrong by so many milliseconds.
struct Machine {
    wrong_by_ms: i64,
}

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().millis() + self.wrong_by_ms)
    }
}

const WRONG_BY_MS: i64 = 40_000;

/// Two instances behind one gate, on machines 40 s ahead and 40 s behind.
async fn ahead_and_behind(shop: &TestShop, settings: &Settings) -> [Shop; 2] {
    let gate = Arc::new(LocalGate::default());
    let mut shops = Vec::new();
    for wrong_by_ms in [WRONG_BY_MS, -WRONG_BY_MS] {
        let db = shop::database::Db::open(shop.url()).await.unwrap();
        let clock = clock::agree(&db, Arc::new(Machine { wrong_by_ms })).await.unwrap();
        let ports = Ports { gate: gate.clone(), ..Ports::local(clock) };
        shops.push(shop.another_on(db, ports, settings.clone()));
    }
    shops.try_into().unwrap_or_else(|_| panic!("two shops"))
}

fn apart(one: Timestamp, other: Timestamp) -> Duration {
    one.since(other).max(other.since(one))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_forty_seconds_apart_agree_on_the_databases_time() {
    let shop = shop_on(Engine::MySql).await;
    let [ahead, behind] = ahead_and_behind(&shop, &unlimited()).await;
    // On one machine the database's clock is the machine's. A busy machine reads them a little apart.
    for own in [&ahead, &behind] {
        let wrong_by = apart(own.now(), SystemClock.now());
        assert!(wrong_by < Duration::from_secs(5), "{wrong_by:?}");
    }
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_live_order_is_never_expired_by_an_instance_whose_machine_is_ahead() {
    let shop = shop_on(Engine::MySql).await;
    shop.clock.set(SystemClock.now());
    let [ahead, behind] = ahead_and_behind(&shop, &unlimited()).await;
    let (user, product) = (shop.shopper(10_000).await, shop.product(1_000, 10).await);
    let job = job(&behind, user, one_of(product));
    let id = job.id;
    shop::order::stages::reserve(&behind, &[job]).await.unwrap().pop().unwrap().unwrap();
    assert_eq!(shop::recovery::service::expire_reservations(&ahead).await.unwrap(), 0, "it has lived for a moment");
    let paid = shop::order::stages::pay(&ahead, &untraced(&[id])).await.unwrap().pop().unwrap().unwrap();
    assert!(matches!(paid, shop::order::stages::Paid::Paid(_)), "{paid:?}");
    assert_eq!(shop::recovery::service::stall_paid_orders(&ahead).await.unwrap(), 0);
    assert_eq!(shop::recovery::service::stall_paid_orders(&behind).await.unwrap(), 0);

    // Without the agreement the same machine takes the same order for dead: this test can fail.
    let db = shop::database::Db::open(shop.url()).await.unwrap();
    let alone = Ports::local(Arc::new(Machine { wrong_by_ms: WRONG_BY_MS }));
    let alone = shop.another_on(db, alone, unlimited());
    assert_eq!(shop::recovery::service::stall_paid_orders(&alone).await.unwrap(), 1);
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn limits_and_blocks_hold_across_instances_forty_seconds_apart() {
    let shop = shop_on(Engine::MySql).await;
    shop.clock.set(SystemClock.now());
    let limit = shop::ports::Limit { count: 1, window: Duration::from_secs(60) };
    let settings = Settings { order_limit: Some(limit), ..unlimited() };
    let [ahead, behind] = ahead_and_behind(&shop, &settings).await;
    let product = shop.product(1_000, 10).await;
    let place = async |own: &Shop, user: UserId| place_order(own, user, one_of(product), key()).await;

    for (first, second) in [(&behind, &ahead), (&ahead, &behind)] {
        let user = shop.shopper(10_000).await;
        assert_eq!(word(&place(first, user).await), "COMPLETED");
        match place(second, user).await {
            Err(Error::RateLimited { retry_after }) => {
                assert!(retry_after <= Duration::from_secs(60), "{retry_after:?}");
            }
            other => panic!("{other:?}"),
        }
    }

    let settings = Settings { failure_limit: Some(2), ..unlimited() };
    let [ahead, behind] = ahead_and_behind(&shop, &settings).await;
    let poor = shop.shopper(0).await;
    for _ in 0..2 {
        assert_eq!(word(&place(&behind, poor).await), "insufficient_balance");
    }
    match place(&ahead, poor).await {
        Err(Error::Blocked { retry_after }) => {
            let minutes = retry_after.as_secs_f64() / 60.0;
            assert!((9.5..=10.1).contains(&minutes), "{minutes} minutes");
        }
        other => panic!("{other:?}"),
    }
    shop.finish().await;
}

on_both_engines! {
    async fn a_clock_that_was_set_back_keeps_nothing_from_anybody_and_turns_no_statement_round(shop) {
        let (buyer, unlucky) = (shop.shopper(10_000).await, shop.shopper(10_000).await);
        let product = shop.product(1_000, 10).await;
        shop.place(buyer, one_of(product)).await.unwrap();
        let reserved = shop.reserve(unlucky, one_of(product)).await;
        let paid = shop.reserve_and_pay(unlucky, one_of(product)).await;
        shop.break_writes("INSERT ON sales_buckets", "1 = 1").await;
        let pending = shop.place(unlucky, one_of(product)).await.unwrap();
        shop.mend().await;
        assert_eq!((pending.status, shop.balance(unlucky).await), (OrderStatus::Pending, 8_000));

        // The machine starts anew, with the date of the day before.
        shop.clock.set(START.before(DAY));
        let restarted = shop.another().await;
        restarted.take_up().await.unwrap();
        let order = place_order(&restarted, buyer, one_of(product), key()).await.unwrap();
        assert_eq!((order.status, order.created_at), (OrderStatus::Completed, START.before(DAY)));
        if shop.engine() == Engine::Sqlite {
            let ledger = list_postings(&restarted, buyer, &Page::default()).await.unwrap().items;
            let balances: Vec<i64> = ledger.iter().map(|posting| posting.balance_after.get()).collect();
            assert_eq!(balances, [8_000, 9_000, 10_000], "newest first");
            assert!(shop.order(order.id).await.id > pending.id);
        }

        // What lies a day ahead is given back now, not tomorrow.
        assert_eq!((shop.expire().await, shop.stall().await, shop.recover().await), (1, 1, 1));
        let statuses = [shop.status(reserved).await, shop.status(paid).await, shop.status(pending.id).await];
        assert_eq!(statuses, [OrderStatus::Expired, OrderStatus::Pending, OrderStatus::Failed]);
        shop.advance(MINUTE);
        assert_eq!((shop.recover().await, shop.status(paid).await), (1, OrderStatus::Failed));
        assert_eq!((shop.balance(unlucky).await, shop.stock(product).await), (10_000, (8, 0)));
    }

    async fn a_clock_that_was_set_back_a_little_takes_no_live_order(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 10).await;
        shop.reserve(user, one_of(product)).await;
        shop.reserve_and_pay(user, one_of(product)).await;
        for back in [SECOND, 29 * SECOND] {
            shop.clock.set(START.before(back));
            assert_eq!((shop.expire().await, shop.stall().await, shop.recover().await), (0, 0, 0), "{back:?}");
        }
    }
}
