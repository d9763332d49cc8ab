//! Orders that take long and live: nobody touches them before their time, and when it is over while they are under
//! way, one of the two wins and the shopper is told which.

use crate::points::Points;
use crate::support::*;
use shop::failpoints::Point;
use shop::order::service::place_order;
use shop::order::{Order, OrderStatus};
use shop::recovery::service::{expire_reservations, recover_pending, stall_paid_orders};
use shop::{Error, Shop};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const MILLI: Duration = Duration::from_millis(1);

/// What the jobs of an instance find to do: expired, stalled and given back.
async fn run_jobs(shop: &Shop) -> (u64, u64, u64) {
    (
        expire_reservations(shop).await.unwrap(),
        stall_paid_orders(shop).await.unwrap(),
        recover_pending(shop).await.unwrap(),
    )
}

on_both_engines! {
    async fn an_order_that_is_held_up_is_not_touched_before_its_time(shop) {
        let points = Points::take().await;
        let other = shop.another().await;
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        for point in [Point::PayBegin, Point::PayCommit, Point::ConfirmBegin, Point::ConfirmCommit] {
            let held = points.hold(point, 1);
            let own: Shop = (**shop).clone();
            let order = tokio::spawn(async move { place_order(&own, user, one_of(product), key()).await });
            held.reached().await;
            shop.advance(30 * SECOND - MILLI);
            assert_eq!(run_jobs(&other).await, (0, 0, 0), "{point:?}");
            held.go_on();
            assert_eq!(word(&order.await.unwrap()), "COMPLETED", "{point:?}");
            points.clear();
        }
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (96_000, (96, 0)));
    }

    // Others are before it, for its rows or for the one writer; then it has thirty seconds all the same.
    async fn an_order_that_waits_for_its_rows_has_its_whole_time_from_when_it_gets_them(shop) {
        let points = Points::take().await;
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let (reserving, paying) = (points.hold(Point::ReserveBegin, 1), points.hold(Point::PayBegin, 1));
        let confirming = points.hold(Point::ConfirmBegin, 1);
        let own: Shop = (**shop).clone();
        let order = tokio::spawn(async move { place_order(&own, user, one_of(product), key()).await });
        reserving.reached().await;
        shop.advance(20 * SECOND);
        let reserved_at = shop.now();
        reserving.go_on();
        paying.reached().await;
        shop.advance(29 * SECOND);
        assert_eq!(run_jobs(shop).await, (0, 0, 0));
        let paid_at = shop.now();
        paying.go_on();
        confirming.reached().await;
        shop.advance(29 * SECOND);
        assert_eq!(run_jobs(shop).await, (0, 0, 0));
        confirming.go_on();
        let order = order.await.unwrap().unwrap();
        assert_eq!((order.created_at, order.paid_at, order.finished_at), (reserved_at, Some(paid_at), Some(shop.now())));
        assert_eq!(order.status, OrderStatus::Completed);
    }

    async fn an_order_whose_time_is_over_before_it_pays_or_is_confirmed_ends_as_its_shopper_is_told(shop) {
        let points = Points::take().await;
        let other = shop.another().await;
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        for (point, jobs, answer) in
            [(Point::PayBegin, (1, 0, 0), "order_expired"), (Point::ConfirmBegin, (0, 1, 0), "PENDING")]
        {
            let held = points.hold(point, 1);
            let (own, once): (Shop, _) = ((**shop).clone(), key());
            let asked = once.clone();
            let order = tokio::spawn(async move { place_order(&own, user, one_of(product), asked).await });
            held.reached().await;
            shop.advance(30 * SECOND);
            assert_eq!(run_jobs(&other).await, jobs, "{point:?}");
            held.go_on();
            assert_eq!(word(&order.await.unwrap()), answer);
            assert_eq!(word(&shop.place_as(user, one_of(product), once).await), answer, "asked again");
            points.clear();
        }
        shop.advance(MINUTE);
        assert_eq!(run_jobs(&other).await, (0, 0, 1));
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (100_000, (100, 0)));
    }

    async fn an_order_that_has_its_rows_when_its_time_is_over_wins(shop) {
        let points = Points::take().await;
        let other = shop.another().await;
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        for (point, job_begins) in
            [(Point::PayCommit, Point::ExpireBegin), (Point::ConfirmCommit, Point::StallBegin)]
        {
            let (held, begun) = (points.hold(point, 1), points.hold(job_begins, 1));
            let own: Shop = (**shop).clone();
            let order = tokio::spawn(async move { place_order(&own, user, one_of(product), key()).await });
            held.reached().await;
            shop.advance(30 * SECOND);
            // It sees the order overdue, waits for its row, and looks again under the lock.
            let own = other.clone();
            let job = tokio::spawn(async move {
                match job_begins {
                    Point::ExpireBegin => expire_reservations(&own).await.unwrap(),
                    _ => stall_paid_orders(&own).await.unwrap(),
                }
            });
            begun.reached().await;
            begun.go_on();
            held.go_on();
            assert_eq!((word(&order.await.unwrap()), job.await.unwrap()), ("COMPLETED", 0), "{point:?}");
            points.clear();
        }
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (98_000, (98, 0)));
    }

    // The clock jumps again and again while orders are under way, and the jobs of two instances never rest.
    async fn whoever_wins_the_race_against_the_clock_every_answer_agrees_with_the_state(shop) {
        const MOST_ROUNDS: usize = 60;
        let points = Points::take().await;
        points.set(Point::PayBegin, "30%return(delay:3)");
        points.set(Point::ConfirmBegin, "50%return(delay:9)");
        let other = shop.another().await;
        let users = shop.shoppers(16, 10_000_000).await;
        let product = shop.product(1_000, 1_000_000).await;
        let mut seen = BTreeSet::new();
        let mut rounds = 0;
        while seen.len() < 3 || rounds < 10 {
            assert!(rounds < MOST_ROUNDS, "only {seen:?} in {rounds} rounds");
            rounds += 1;
            let under_way = Arc::new(AtomicUsize::new(users.len()));
            let outcomes = at_once(users.len() + 2, |index| {
                let (own, clock, other): (Shop, _, _) = ((**shop).clone(), shop.clock.clone(), other.clone());
                let (user, under_way) = (users.get(index).copied(), under_way.clone());
                async move {
                    if let Some(user) = user {
                        let outcome = place_order(&own, user, one_of(product), key()).await;
                        under_way.fetch_sub(1, Ordering::SeqCst);
                        return Some(outcome);
                    }
                    let own = if index % 2 == 0 { own } else { other };
                    while under_way.load(Ordering::SeqCst) > 0 {
                        clock.advance(8 * SECOND);
                        run_jobs(&own).await;
                        tokio::time::sleep(MILLI).await;
                    }
                    None
                }
            })
            .await;
            for outcome in outcomes.into_iter().flatten() {
                seen.insert(word(&outcome));
                assert_agrees(shop, outcome).await;
            }
        }
        points.clear();
        // What is still under way by the state is nobody's any more.
        for _ in 0..2 {
            shop.advance(MINUTE);
            run_jobs(&other).await;
        }
        let unfinished = "SELECT COUNT(*) AS n FROM orders WHERE status IN ('RESERVED', 'PAID', 'PENDING')";
        assert_eq!(shop.figure(unfinished).await, 0);
    }
}

/// The state may have gone on since, the way it always goes.
async fn assert_agrees(shop: &TestShop, outcome: Result<Order, Error>) {
    use OrderStatus::{Completed, Expired, Failed, Pending};
    let (id, expected) = match &outcome {
        Ok(order) if order.status == Completed => (order.id, vec![Completed]),
        Ok(order) if order.status == Pending => (order.id, vec![Pending, Failed]),
        Err(Error::OrderExpired(id)) => (*id, vec![Expired]),
        Err(Error::OrderFailed(id)) => (*id, vec![Failed]),
        other => panic!("{other:?}"),
    };
    let status = shop.status(id).await;
    assert!(expected.contains(&status), "answered {}, and it is {status}", word(&outcome));
}
