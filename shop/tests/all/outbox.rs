//! Events: one for each change of state, in the order of each order's changes, sent at least once.

use crate::support::*;
use shop::database::Sql;
use shop::database::outbox::{relay, relay_until};
use shop::id::OrderId;
use shop::trace::TraceId;
use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;

/// What the log was told about one order, in the order it was told.
fn sent_of(shop: &TestShop, id: OrderId) -> Vec<String> {
    let sent = shop.events.sent.lock().unwrap();
    sent.iter().filter(|event| event.order_id == id).map(|event| event.kind.clone()).collect()
}

async fn waiting(shop: &TestShop) -> i64 {
    shop.figure("SELECT COUNT(*) AS n FROM outbox WHERE sent_at IS NULL").await
}

on_both_engines! {
    async fn every_change_of_state_is_one_event_in_its_orders_order(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let sold = shop.place(user, one_of(product)).await.unwrap().id;
        let Err(shop::Error::Refused { order_id: Some(refused), .. }) =
            shop.place(user, expecting(one_of(product), 1)).await
        else {
            panic!("not refused")
        };
        let unpaid = shop.reserve(user, one_of(product)).await;
        let stalled = shop.reserve_and_pay(user, one_of(product)).await;
        shop.advance(30 * SECOND);
        assert_eq!((shop.expire().await, shop.stall().await), (1, 1));
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 1);

        assert_eq!(relay(shop).await.unwrap(), 10);
        assert_eq!(sent_of(shop, sold), ["order.reserved", "order.paid", "order.completed"]);
        assert_eq!(sent_of(shop, refused), ["order.rejected"]);
        assert_eq!(sent_of(shop, unpaid), ["order.reserved", "order.expired"]);
        assert_eq!(sent_of(shop, stalled), ["order.reserved", "order.paid", "order.pending", "order.failed"]);
        assert_eq!((relay(shop).await.unwrap(), waiting(shop).await), (0, 0), "nothing is sent twice without need");
        let sent = shop.events.sent.lock().unwrap().clone();
        assert_eq!(sent.iter().map(|event| event.id).collect::<BTreeSet<_>>().len(), 10, "ids tell repeats apart");
        assert!(sent.iter().all(|event| event.payload.contains(&event.order_id.to_string())));
        assert!(
            sent.iter().all(|event| !event.payload.contains("user") && !event.payload.contains('@')),
            "nothing personal"
        );
    }

    async fn what_the_broker_did_not_take_is_sent_when_it_is_back(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let id = shop.place(user, one_of(product)).await.unwrap().id;
        shop.events.is_down.store(true, Ordering::SeqCst);
        for _ in 0..2 {
            // The second try finds the lock free again.
            assert!(relay(shop).await.is_err());
            assert_eq!(waiting(shop).await, 3);
        }
        shop.events.is_down.store(false, Ordering::SeqCst);
        assert_eq!(relay(shop).await.unwrap(), 3);
        assert_eq!(sent_of(shop, id), ["order.reserved", "order.paid", "order.completed"]);
    }

    async fn a_relay_that_died_before_it_marked_sends_again_with_the_same_id(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        shop.place(user, one_of(product)).await.unwrap();
        relay(shop).await.unwrap();
        shop.db().execute(Sql::new("UPDATE outbox SET sent_at = NULL")).await.unwrap();
        relay(shop).await.unwrap();
        let sent = shop.events.sent.lock().unwrap().clone();
        assert_eq!(sent[..3], sent[3..], "a consumer can drop the repeats");
    }

    async fn a_long_queue_goes_out_in_order_in_one_go(shop) {
        let users = shop.shoppers(256, 10_000).await;
        let product = shop.product(1_000, 1_000).await;
        let jobs: Vec<_> = users.iter().map(|user| job(shop, *user, one_of(product))).collect();
        let ids: Vec<OrderId> = jobs.iter().map(|job| job.id).collect();
        shop::order::stages::reserve(shop, &jobs).await.unwrap();
        shop::order::stages::pay(shop, &untraced(&ids)).await.unwrap();
        shop::order::stages::confirm(shop, &untraced(&ids)).await.unwrap();
        assert_eq!(relay(shop).await.unwrap(), 768, "more than one batch");
        for id in &ids {
            assert_eq!(sent_of(shop, *id), ["order.reserved", "order.paid", "order.completed"]);
        }
        assert_eq!(waiting(shop).await, 0);
    }

    async fn one_instance_relays_at_a_time(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        shop.place(user, one_of(product)).await.unwrap();
        let held = shop.ports().gate.lock("relay:outbox", MINUTE, shop.now()).await.unwrap().unwrap();
        assert_eq!(relay(shop).await.unwrap(), 0);
        shop.ports().gate.unlock(&held).await.unwrap();
        assert_eq!(relay(shop).await.unwrap(), 3);
    }

    async fn nothing_later_of_an_order_is_sent_before_the_log_has_confirmed_what_came_first(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let stuck = shop.place(user, one_of(product)).await.unwrap().id;
        let other = shop.place(user, one_of(product)).await.unwrap().id;
        *shop.events.refused.lock().unwrap() = Some(stuck);
        for left in [5, 4, 3, 3] {
            assert!(relay(shop).await.is_err());
            assert_eq!((waiting(shop).await, sent_of(shop, stuck)), (left, vec![]));
        }
        let whole = ["order.reserved", "order.paid", "order.completed"];
        assert_eq!(sent_of(shop, other), whole, "the others go their way, and none of them twice");
        *shop.events.refused.lock().unwrap() = None;
        assert_eq!(relay(shop).await.unwrap(), 3);
        assert_eq!((sent_of(shop, stuck).as_slice(), sent_of(shop, other).as_slice()), (&whole.map(String::from)[..], &whole.map(String::from)[..]));
    }

    async fn two_that_relay_at_once_repeat_events_but_never_turn_their_order_round(shop) {
        let users = shop.shoppers(64, 10_000).await;
        let product = shop.product(1_000, 1_000).await;
        let jobs: Vec<_> = users.iter().map(|user| job(shop, *user, one_of(product))).collect();
        let ids: Vec<OrderId> = jobs.iter().map(|job| job.id).collect();
        shop::order::stages::reserve(shop, &jobs).await.unwrap();
        shop::order::stages::pay(shop, &untraced(&ids)).await.unwrap();
        shop::order::stages::confirm(shop, &untraced(&ids)).await.unwrap();
        // Its gate is its own: no lock keeps the two apart.
        let shops = [(**shop).clone(), shop.another().await];
        let relayed = at_once(2, |index| {
            let own = shops[index].clone();
            async move { relay(&own).await }
        })
        .await;
        assert!(relayed.iter().all(Result::is_ok), "{relayed:?}");
        assert_eq!(waiting(shop).await, 0);
        for id in &ids {
            let mut seen = HashSet::new();
            let first: Vec<String> = sent_of(shop, *id).into_iter().filter(|kind| seen.insert(kind.clone())).collect();
            assert_eq!(first, ["order.reserved", "order.paid", "order.completed"]);
        }
    }

    async fn a_relay_that_is_told_to_stop_gives_its_lock_back(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        shop.place(user, one_of(product)).await.unwrap();
        let told_at_once = relay_until(shop, async {}).await.unwrap();
        assert_eq!(told_at_once + relay(shop).await.unwrap(), 3, "the next one finds the lock free and sends the rest");
        assert_eq!(waiting(shop).await, 0);
    }

    async fn what_was_sent_a_week_ago_is_deleted_and_what_waits_never(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 1_000).await;
        let left = async || shop.figure("SELECT COUNT(*) AS n FROM outbox").await;
        shop.place(user, one_of(product)).await.unwrap();
        relay(shop).await.unwrap();
        shop.advance(6 * DAY);
        shop.events.is_down.store(true, Ordering::SeqCst);
        shop.place(user, one_of(product)).await.unwrap();
        shop.advance(DAY);
        assert!(relay(shop).await.is_err());
        shop.advance(30 * DAY);
        assert_eq!((left().await, waiting(shop).await), (6, 3), "while the broker is gone nothing is thrown away");
        shop.events.is_down.store(false, Ordering::SeqCst);
        assert_eq!(relay(shop).await.unwrap(), 3);
        assert_eq!(left().await, 3, "the old ones are gone, those sent just now stay");
        shop.advance(8 * DAY);
        relay(shop).await.unwrap();
        assert_eq!(left().await, 0, "also when there is nothing to send");
    }

    async fn events_are_kept_for_good_when_the_owner_says_so(shop, shop::Settings { events_kept: None, ..unlimited() }) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        shop.place(user, one_of(product)).await.unwrap();
        relay(shop).await.unwrap();
        shop.advance(3_650 * DAY);
        relay(shop).await.unwrap();
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM outbox").await, 3);
    }

    async fn a_transaction_that_fails_leaves_no_event(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        shop.break_writes("INSERT ON sales_buckets", "1 = 1").await;
        let id = shop.place(user, one_of(product)).await.unwrap().id;
        shop.mend().await;
        relay(shop).await.unwrap();
        assert_eq!(sent_of(shop, id), ["order.reserved", "order.paid", "order.pending"], "it was never completed");
    }

    async fn every_event_names_the_request_or_the_turn_of_a_job_that_caused_it(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let (request, other, turn) = (TraceId::fresh(), TraceId::fresh(), TraceId::fresh());
        shop.break_writes("INSERT ON sales_buckets", "1 = 1").await;
        let id = request.clone().scope(shop.place(user, one_of(product))).await.unwrap().id;
        shop.mend().await;
        let sold = other.clone().scope(shop.place(user, one_of(product))).await.unwrap().id;
        shop.advance(MINUTE);
        assert_eq!(turn.clone().scope(shop.recover()).await, 1);
        let unasked = shop.reserve(user, one_of(product)).await;
        relay(shop).await.unwrap();
        let sent = shop.events.sent.lock().unwrap().clone();
        let traces_of = |id: OrderId| -> Vec<Option<String>> {
            let of_order = sent.iter().filter(|event| event.order_id == id);
            let payload = of_order.map(|event| serde_json::from_str::<serde_json::Value>(&event.payload).unwrap());
            payload.map(|payload| payload["trace_id"].as_str().map(str::to_owned)).collect()
        };
        let text = |trace: &TraceId| Some(trace.to_string());
        assert_eq!(traces_of(id), [text(&request), text(&request), text(&request), text(&turn)]);
        assert_eq!(traces_of(sold), [text(&other), text(&other), text(&other)]);
        assert_eq!(traces_of(unasked), [None]);
    }
}
