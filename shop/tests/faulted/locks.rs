//! Recoverers that are slow, stopped or dead, and their locks. Two instances share a gate, as with one Redis; what a
//! real Redis does is in `server/tests/redis/recovery.rs`.

use crate::points::Points;
use crate::support::*;
use shop::Shop;
use shop::failpoints::Point;
use shop::id::{OrderId, UserId};
use shop::order::OrderStatus;
use shop::ports::Ports;
use shop::recovery::service::recover_pending;
use std::time::Duration;

const MILLI: Duration = Duration::from_millis(1);

/// A shop with one order to give back, of 1,000 of its shopper's 10,000 won, and another instance of it.
struct Stage {
    other: Shop,
    user: UserId,
    id: OrderId,
}

async fn set_up(shop: &TestShop) -> Stage {
    let ports = Ports { gate: shop.ports().gate.clone(), ..Ports::local(shop.clock.clone()) };
    let db = shop::database::Db::open(shop.url()).await.unwrap();
    let other = shop.another_on(db, ports, unlimited());
    let user = shop.shopper(10_000).await;
    let product = shop.product(1_000, 5).await;
    let id = shop.reserve_and_pay(user, one_of(product)).await;
    shop.advance(30 * SECOND);
    assert_eq!(shop.stall().await, 1);
    shop.advance(MINUTE);
    Stage { other, user, id }
}

async fn is_locked(shop: &Shop, id: OrderId) -> bool {
    let (gate, name) = (&shop.ports().gate, format!("recovery:{id}"));
    match gate.lock(&name, MINUTE, shop.now()).await.unwrap() {
        Some(lock) => {
            gate.unlock(&lock).await.unwrap();
            false
        }
        None => true,
    }
}

async fn assert_given_back_once(shop: &TestShop, stage: &Stage) {
    assert_eq!((shop.status(stage.id).await, shop.balance(stage.user).await), (OrderStatus::Failed, 10_000));
    assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM posting_causes WHERE kind = 'RECOVERY'").await, 1);
    verify(shop).await;
}

fn recover(shop: &Shop) -> tokio::task::JoinHandle<u64> {
    let own = shop.clone();
    tokio::spawn(async move { recover_pending(&own).await.unwrap() })
}

on_both_engines! {
    async fn who_comes_back_after_the_lock_ran_out_gives_nothing_and_frees_nobody_elses_lock(shop) {
        let points = Points::take().await;
        let stage = set_up(shop).await;
        let first = points.hold(Point::RecoverBegin, 1);
        let slow = recover(shop);
        first.reached().await;
        shop.advance(MINUTE - MILLI);
        assert_eq!(recover_pending(&stage.other).await.unwrap(), 0, "the first has the lock");
        shop.advance(MILLI);

        let second = points.hold(Point::RecoverUnlock, 1);
        let next = recover(&stage.other);
        second.reached().await;
        assert_given_back_once(shop, &stage).await;
        first.go_on();
        assert_eq!(slow.await.unwrap(), 0);
        assert!(is_locked(shop, stage.id).await, "the second has it until it is done");
        second.go_on();
        assert_eq!(next.await.unwrap(), 1);
        assert!(!is_locked(shop, stage.id).await);
        assert_given_back_once(shop, &stage).await;
    }

    async fn who_takes_over_while_the_first_is_about_to_commit_finds_it_done(shop) {
        let points = Points::take().await;
        let stage = set_up(shop).await;
        let first = points.hold(Point::RecoverCommit, 1);
        let second = points.hold(Point::RecoverBegin, 2);
        let slow = recover(shop);
        first.reached().await;
        shop.advance(MINUTE);
        let next = recover(&stage.other);
        second.reached().await;
        assert_eq!(shop.status(stage.id).await, OrderStatus::Pending);
        second.go_on();
        first.go_on();
        assert_eq!((slow.await.unwrap(), next.await.unwrap()), (1, 0));
        assert!(!is_locked(shop, stage.id).await);
        assert_given_back_once(shop, &stage).await;
    }

    async fn a_recoverer_that_dies_leaves_its_lock_for_a_minute_and_nothing_half_done(shop) {
        let points = Points::take().await;
        for (point, is_done) in [
            (Point::RecoverBegin, false),
            (Point::RecoverCommit, false),
            (Point::RecoverCommitted, true),
            (Point::RecoverUnlock, true),
        ] {
            let stage = set_up(shop).await;
            let held = points.hold(point, 1);
            let dying = recover(shop);
            held.reached().await;
            dying.abort();
            assert!(dying.await.unwrap_err().is_cancelled(), "{point:?}");
            held.go_on();
            let half = if is_done { (OrderStatus::Failed, 10_000) } else { (OrderStatus::Pending, 9_000) };
            assert_eq!((shop.status(stage.id).await, shop.balance(stage.user).await), half, "{point:?}");
            verify(shop).await;

            // The shop sells on meanwhile; this one waits for its lock.
            let bystander = shop.place(stage.user, one_of(shop.product(500, 1).await)).await.unwrap();
            assert_eq!(bystander.status, OrderStatus::Completed);
            shop.advance(MINUTE - MILLI);
            assert_eq!(recover_pending(&stage.other).await.unwrap(), 0, "{point:?}");
            assert!(is_locked(shop, stage.id).await, "{point:?}");
            shop.advance(MILLI);
            assert_eq!(recover_pending(&stage.other).await.unwrap(), u64::from(!is_done), "{point:?}");
            assert!(!is_locked(shop, stage.id).await, "{point:?}");
            assert_eq!((shop.status(stage.id).await, shop.balance(stage.user).await), (OrderStatus::Failed, 9_500));
            verify(shop).await;
        }
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM posting_causes WHERE kind = 'RECOVERY'").await, 4);
    }
}
