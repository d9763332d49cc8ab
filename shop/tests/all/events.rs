//! What operators see of the events and have sent once more, on both engines.

use crate::support::*;
use shop::database::outbox::{find_oldest_waiting, relay};
use shop::database::{Db, Sql};
use shop::event::service::{MOST_REPLAYED, list_events, look_at_outbox, replay_events};
use shop::event::{EventFilter, EventPlace, Replay};
use shop::id::{EventId, OrderId};
use shop::operator::OperatorRole;
use shop::page::{Page, PageLimit};
use shop::ports::Ports;
use shop::{Error, Shop, Timestamp};
use std::sync::atomic::Ordering;

async fn sold(shop: &TestShop) -> OrderId {
    let user = shop.shopper(10_000).await;
    let product = shop.product(1_000, 50).await;
    shop.place(user, one_of(product)).await.unwrap().id
}

async fn seen(shop: &TestShop, filter: EventFilter) -> Vec<EventPlace> {
    let viewer = shop.operator(OperatorRole::Viewer).await;
    list_events(shop, &viewer, &filter, &Page::first(PageLimit::DEFAULT)).await.unwrap().items
}

fn sent(shop: &TestShop) -> Vec<EventId> {
    shop.events.sent.lock().unwrap().iter().map(|event| event.id).collect()
}

async fn write_events(shop: &Shop, count: usize, at: Timestamp) {
    let mut tx = shop.db().begin().await.unwrap();
    let event = |_| shop::ports::Event {
        id: EventId::new(at, shop.random_bytes()),
        order_id: OrderId::new(at, shop.random_bytes()),
        kind: "order.paid".to_owned(),
        payload: "{}".to_owned(),
        created_at: at,
    };
    let events: Vec<_> = (0..count).map(event).collect();
    shop::database::outbox::write_events(shop, &mut tx, &events).await.unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn an_operator_sees_what_waits_what_went_out_and_what_stood_in_the_way(shop) {
        let viewer = shop.operator(OperatorRole::Viewer).await;
        let first = sold(shop).await;
        relay(shop).await.unwrap();
        let sent_at = shop.now();
        shop.advance(MINUTE);
        shop.events.is_down.store(true, Ordering::SeqCst);
        let second = sold(shop).await;
        let since = shop.now();
        assert!(relay(shop).await.is_err());
        let state = look_at_outbox(shop, &viewer).await.unwrap();
        assert_eq!((state.is_listened, state.waiting, state.oldest, state.last_sent), (true, 3, Some(since), Some(sent_at)));
        assert!(state.last_error.is_some_and(|(at, text)| at == since && text.contains("the broker is down")));

        let kinds = |events: Vec<EventPlace>| events.into_iter().map(|event| event.kind).collect::<Vec<_>>();
        let all = seen(shop, EventFilter::default()).await;
        assert_eq!(all.iter().map(|event| event.order_id).collect::<Vec<_>>(), [second, second, second, first, first, first]);
        let of_first = EventFilter { order: Some(first), ..EventFilter::default() };
        assert_eq!(kinds(seen(shop, of_first).await), ["order.completed", "order.paid", "order.reserved"]);
        let paid = EventFilter { kind: Some("order.paid".to_owned()), is_sent: Some(false), ..EventFilter::default() };
        assert_eq!(seen(shop, paid).await.iter().map(|event| event.order_id).collect::<Vec<_>>(), [second]);
        assert_eq!(seen(shop, EventFilter { is_sent: Some(true), ..EventFilter::default() }).await.len(), 3);
    }

    async fn pages_of_events_hold_each_of_them_once_also_where_few_are_as_asked(shop) {
        write_events(shop, 4_500, shop.now()).await;
        let order = sold(shop).await;
        let viewer = shop.operator(OperatorRole::Viewer).await;
        for (kind, expected) in [("order.paid", 4_501), ("order.completed", 1), ("order.failed", 0)] {
            let filter = EventFilter { kind: Some(kind.to_owned()), ..EventFilter::default() };
            let (mut cursor, mut found, mut pages) = (None, Vec::new(), 0);
            loop {
                let page = Page { limit: PageLimit::new(100).unwrap(), cursor };
                let slice = list_events(shop, &viewer, &filter, &page).await.unwrap();
                found.extend(slice.items.into_iter().map(|event| event.place));
                (cursor, pages) = (slice.next_cursor, pages + 1);
                assert!(pages < 60, "the pages end");
                if cursor.is_none() {
                    break;
                }
            }
            assert!(found.is_sorted_by(|one, next| one > next), "newest first, none twice");
            assert_eq!(found.len(), expected, "{kind} of {order}");
        }
    }

    async fn chosen_events_go_out_once_more_under_their_own_ids_and_the_log_says_who_did_that(shop) {
        let order = sold(shop).await;
        relay(shop).await.unwrap();
        let before = sent(shop);
        shop.advance(DAY);
        let manager = shop.operator(OperatorRole::Manager).await;
        let events = seen(shop, EventFilter { order: Some(order), ..EventFilter::default() }).await;
        let chosen = Replay::Chosen(events.iter().take(2).map(|event| event.place).collect());
        assert_eq!(replay_events(shop, &manager, &chosen, "the index was lost").await.unwrap(), 2);
        assert_eq!(replay_events(shop, &manager, &chosen, "twice").await.unwrap(), 0, "they wait already");
        assert_eq!(find_oldest_waiting(shop.db()).await.unwrap(), Some(shop.now()), "no alert for what is a day old");
        assert_eq!(relay(shop).await.unwrap(), 2);
        assert_eq!(sent(shop)[3..], before[1..], "the same ids, in the order they happened");
        let log = "SELECT COUNT(*) AS n FROM audit_log WHERE act = 'events.replayed' AND reason = 'the index was lost'";
        assert_eq!(shop.figure(log).await, 1);
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM audit_log WHERE act = 'events.replayed'").await, 1);
        let seen_again = seen(shop, EventFilter { order: Some(order), ..EventFilter::default() }).await;
        assert_eq!(seen_again.iter().filter(|event| event.replayed_at.is_some()).count(), 2);
    }

    async fn a_span_of_time_goes_out_once_more_and_nothing_else(shop) {
        let began = shop.now();
        let mut orders = Vec::new();
        for _ in 0..4 {
            orders.push(sold(shop).await);
            shop.advance(HOUR);
        }
        relay(shop).await.unwrap();
        let manager = shop.operator(OperatorRole::Manager).await;
        let span = Replay::Between(began.after(HOUR), began.after(3 * HOUR));
        assert_eq!(replay_events(shop, &manager, &span, "a lost day").await.unwrap(), 6);
        relay(shop).await.unwrap();
        let mut again: Vec<OrderId> = shop.events.sent.lock().unwrap().iter().skip(12).map(|event| event.order_id).collect();
        // Of different orders none comes before another.
        again.sort();
        assert_eq!(again, [orders[1], orders[1], orders[1], orders[2], orders[2], orders[2]]);
        let ages_ago = Replay::Between(Timestamp::from_millis(0), Timestamp::from_millis(1));
        assert_eq!(replay_events(shop, &manager, &ages_ago, "nothing").await.unwrap(), 0);
    }

    async fn nobody_sends_too_much_nothing_without_a_reason_or_what_is_not_theirs_to_send(shop) {
        sold(shop).await;
        relay(shop).await.unwrap();
        let manager = shop.operator(OperatorRole::Manager).await;
        let all = Replay::Between(Timestamp::from_millis(0), shop.now().after(DAY));
        for role in [OperatorRole::Viewer, OperatorRole::Support] {
            let other = shop.operator(role).await;
            assert!(matches!(replay_events(shop, &other, &all, "why").await, Err(Error::Forbidden)));
        }
        assert_eq!(wrong_fields(replay_events(shop, &manager, &all, "  ").await), ["reason"]);
        assert_eq!(wrong_fields(replay_events(shop, &manager, &Replay::Chosen(vec![]), "why").await), ["events"]);
        let backwards = Replay::Between(shop.now(), shop.now());
        assert_eq!(wrong_fields(replay_events(shop, &manager, &backwards, "why").await), ["until"]);
        write_events(shop, MOST_REPLAYED, shop.now()).await;
        shop.db().execute(Sql::new("UPDATE outbox SET sent_at = created_at")).await.unwrap();
        assert_eq!(wrong_fields(replay_events(shop, &manager, &all, "why").await), ["until"]);
        let local = Ports { events: None, ..Ports::local(shop.clock.clone()) };
        let deaf = shop.another_on(Db::open(shop.url()).await.unwrap(), local, unlimited());
        assert!(!look_at_outbox(&deaf, &manager).await.unwrap().is_listened);
        assert_eq!(wrong_fields(replay_events(&deaf, &manager, &Replay::Chosen(vec![1]), "why").await), ["events"]);
        let waiting = "SELECT COUNT(*) AS n FROM outbox WHERE sent_at IS NULL";
        assert_eq!(shop.figure(waiting).await, 0, "none of it was done");
    }
}
