//! The recovery queue: what waits, why, since when and what happens next; what an operator does about it by hand, beside
//! the jobs and beside other operators; and that nobody does it who may not.

use crate::support::*;
use shop::database::Sql;
use shop::id::{OrderId, ProductId, UserId};
use shop::operator::people::People;
use shop::operator::service::find_operator;
use shop::operator::{Operator, OperatorRole};
use shop::order::stages::{self, Confirmed};
use shop::order::{OrderStatus, store};
use shop::page::{Page, PageLimit};
use shop::ports::{HeldBy, LockHolder};
use shop::recovery::by_hand::{ByHand, MOST_AT_ONCE, recover_now};
use shop::recovery::queue::{QueueFilter, QueuedOrder, list_queue};
use shop::recovery::service::recover_pending;
use shop::recovery::{NextTry, QueueCause, StageDone, TryError};
use shop::user::service::create_operator;
use shop::{Error, Shop};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const MILLI: Duration = Duration::from_millis(1);

/// Somebody with this role.
pub async fn operator(shop: &Shop, role: OperatorRole) -> Operator {
    let email = format!("{}.{}@example.com", role.as_str(), shop.mint_order_id());
    let user = create_operator(shop, &email, "운영자", "correct horse 1", role).await.unwrap();
    find_operator(shop, &user, "203.0.113.7").await.unwrap().expect("an operator")
}

pub async fn email_of(shop: &Shop, user: UserId) -> String {
    let sql = Sql::new("SELECT email FROM users WHERE id = ?").bind(user);
    shop.db().fetch_optional(sql).await.unwrap().expect("an account").text("email").unwrap()
}

async fn queue(shop: &Shop, operator: &Operator, filter: QueueFilter) -> Vec<QueuedOrder> {
    list_queue(shop, operator, filter, People::Hidden, &Page::default()).await.unwrap().items
}

async fn queued(shop: &Shop, operator: &Operator, id: OrderId) -> QueuedOrder {
    let all = queue(shop, operator, QueueFilter::default()).await;
    all.into_iter().find(|order| order.id == id).expect("it waits")
}

/// An order that a stage made PENDING.
async fn pending(shop: &TestShop, user: UserId, product: ProductId, is_paid: bool) -> OrderId {
    let id = match is_paid {
        true => shop.reserve_and_pay(user, one_of(product)).await,
        false => shop.reserve(user, one_of(product)).await,
    };
    let (from, cause) = if is_paid { (OrderStatus::Paid, "confirm") } else { (OrderStatus::Reserved, "pay") };
    let mut tx = shop.db().begin().await.unwrap();
    store::lock_orders(&mut tx, &[id]).await.unwrap();
    store::write_status(&mut tx, &[id], from, OrderStatus::Pending, shop.now()).await.unwrap();
    store::write_pending_cause(&mut tx, &[id], cause).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// So many paid orders of one piece each, a shopper each, that are PENDING and whose minute is over.
async fn overdue_orders(shop: &TestShop, product: ProductId, count: usize) -> (Vec<UserId>, Vec<OrderId>) {
    let users = shop.shoppers(count, 1_000).await;
    let mut ids = Vec::with_capacity(count);
    for users in users.chunks(250) {
        let jobs: Vec<_> = users.iter().map(|user| job(shop, *user, one_of(product))).collect();
        ids.extend(jobs.iter().map(|job| job.id));
        stages::reserve(shop, &jobs).await.unwrap();
        let jobs = untraced(&jobs.iter().map(|job| job.id).collect::<Vec<_>>());
        stages::pay(shop, &jobs).await.unwrap();
    }
    shop.advance(30 * SECOND);
    assert_eq!(shop.stall().await, count as u64);
    shop.advance(MINUTE);
    (users, ids)
}

async fn outcomes(shop: &Shop, operator: &Operator, ids: &[OrderId]) -> BTreeMap<OrderId, ByHand> {
    recover_now(shop, operator, ids).await.unwrap().into_iter().collect()
}

async fn acts(shop: &TestShop, act: &str) -> i64 {
    shop.figure(&format!("SELECT COUNT(*) AS n FROM audit_log WHERE act = '{act}'")).await
}

on_both_engines! {
    async fn the_queue_tells_of_everything_that_waits_why_and_what_happens_next(shop) {
        let operator = operator(shop, OperatorRole::Viewer).await;
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        shop.place(user, one_of(product)).await.unwrap();
        assert_eq!(queue(shop, &operator, QueueFilter::default()).await, []);
        let unpaid = pending(shop, user, product, false).await;
        let paid = pending(shop, user, product, true).await;
        let began = shop.now();
        let lost = shop.reserve(user, one_of(product)).await;
        let stalled = shop.reserve_and_pay(user, one_of(product)).await;
        shop.advance(29 * SECOND);
        let live = [shop.reserve(user, one_of(product)).await, shop.reserve_and_pay(user, one_of(product)).await];
        shop.advance(SECOND);

        let all = queue(shop, &operator, QueueFilter::default()).await;
        let told: Vec<_> = all.iter().map(|order| (order.id, order.status, order.cause, order.stage)).collect();
        let expected = [
            (unpaid, OrderStatus::Pending, QueueCause::Pay, StageDone::Reserved),
            (paid, OrderStatus::Pending, QueueCause::Confirm, StageDone::Paid),
            (lost, OrderStatus::Reserved, QueueCause::Overdue, StageDone::Reserved),
            (stalled, OrderStatus::Paid, QueueCause::Overdue, StageDone::Paid),
        ];
        assert_eq!(told, expected);
        for order in &all {
            assert_eq!((order.user_id, order.email.as_deref(), order.since), (user, None, began));
            assert_eq!((order.total_amount.get(), order.final_amount.get()), (1_000, 1_000));
            assert_eq!((order.tries, &order.holder), (None, &None));
            let next = match order.status {
                OrderStatus::Pending => NextTry::At(began.after(MINUTE)),
                _ => NextTry::AtTheNextTurn,
            };
            assert_eq!(order.next_try, Some(next), "{order:?}");
        }

        assert_eq!(shop.stall().await, 1);
        let order = queued(shop, &operator, stalled).await;
        assert_eq!((order.status, order.cause, order.since), (OrderStatus::Pending, QueueCause::Stalled, shop.now()));
        assert_eq!(order.next_try, Some(NextTry::At(shop.now().after(MINUTE))));
        shop.advance(MINUTE);
        assert_eq!(queued(shop, &operator, stalled).await.next_try, Some(NextTry::AtTheNextTurn));
        let waiting: Vec<_> = queue(shop, &operator, QueueFilter::default()).await.iter().map(|order| order.id).collect();
        assert_eq!(waiting, [unpaid, paid, lost, stalled, live[0], live[1]], "the live ones had their time too");
        assert_eq!((shop.expire().await, shop.stall().await, shop.recover().await), (2, 1, 3));
        let left: Vec<_> = queue(shop, &operator, QueueFilter::default()).await.iter().map(|order| order.id).collect();
        assert_eq!(left, [live[1]]);
    }

    async fn the_queue_is_paged_and_narrowed_down_and_no_order_is_missed_or_told_twice(shop) {
        let operator = operator(shop, OperatorRole::Viewer).await;
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let mut ids: BTreeMap<QueueCause, Vec<OrderId>> = BTreeMap::new();
        let mut in_order = Vec::new();
        for number in 0..12 {
            // Several of one moment, too.
            shop.advance(if number % 3 == 0 { SECOND } else { Duration::ZERO });
            let (cause, id) = match number % 4 {
                0 => (QueueCause::Pay, pending(shop, user, product, false).await),
                1 => (QueueCause::Confirm, pending(shop, user, product, true).await),
                2 => (QueueCause::Overdue, shop.reserve(user, one_of(product)).await),
                _ => (QueueCause::Overdue, shop.reserve_and_pay(user, one_of(product)).await),
            };
            ids.entry(cause).or_default().push(id);
            in_order.push(id);
        }
        shop.advance(30 * SECOND);
        let walk = async |filter: QueueFilter, limit: i64| {
            let (mut page, mut seen) = (Page::first(PageLimit::new(limit).unwrap()), Vec::new());
            loop {
                let slice = list_queue(shop, &operator, filter, People::Hidden, &page).await.unwrap();
                assert!(slice.items.len() <= page.limit.rows());
                seen.extend(slice.items.into_iter().map(|order| order.id));
                match slice.next_cursor {
                    Some(cursor) => page.cursor = Some(cursor),
                    None => return seen,
                }
            }
        };
        for limit in [1, 2, 5, 12, 100] {
            assert_eq!(walk(QueueFilter::default(), limit).await, in_order, "pages of {limit}");
        }
        for cause in QueueCause::ALL {
            let expected = ids.get(&cause).cloned().unwrap_or_default();
            assert_eq!(walk(QueueFilter { cause: Some(cause), status: None }, 2).await, expected, "{cause:?}");
        }
        let overdue = QueueFilter { status: Some(OrderStatus::Paid), cause: Some(QueueCause::Overdue) };
        assert_eq!(walk(overdue, 2).await.len(), 3);
        let never = QueueFilter { status: Some(OrderStatus::Paid), cause: Some(QueueCause::Pay) };
        assert_eq!(walk(never, 2).await, []);
        assert_eq!(walk(QueueFilter { status: Some(OrderStatus::Completed), cause: None }, 2).await, []);
        shop.arrange("UPDATE orders SET pending_cause = 'of a newer program' WHERE pending_cause = 'pay'").await;
        assert_eq!(walk(QueueFilter { cause: Some(QueueCause::Other), status: None }, 2).await.len(), 3);

        for cursor in ["", "x", "5", "5.", "x.y", "5.x"] {
            let page = Page { cursor: Some(cursor.to_owned()), ..Page::default() };
            let listed = list_queue(shop, &operator, QueueFilter::default(), People::Hidden, &page).await;
            assert_eq!(wrong_fields(listed), ["cursor"], "{cursor:?}");
        }
    }

    async fn tries_that_fail_are_counted_with_a_word_and_those_that_do_not_are_not(shop) {
        let operator = operator(shop, OperatorRole::Viewer).await;
        let users = shop.shoppers(4, 10_000).await;
        let product = shop.product(1_000, 50).await;
        let mut ids = Vec::new();
        for user in &users {
            ids.push(shop.reserve_and_pay(*user, one_of(product)).await);
        }
        shop.advance(30 * SECOND);
        assert_eq!(shop.stall().await, 4);
        shop.advance(MINUTE);
        shop.break_writes("INSERT ON point_transactions", &format!("NEW.user_id = {}", users[1])).await;
        for tries in 1..=3 {
            let failed_at = shop.now();
            let _ = recover_pending(shop).await;
            let all = queue(shop, &operator, QueueFilter::default()).await;
            let [order] = &all[..] else { panic!("the others have their money back: {all:?}") };
            let kept = order.tries.expect("its recovery failed");
            assert_eq!((order.id, kept.failed, kept.last_error, kept.last_at), (ids[1], tries, TryError::Database, failed_at));
            assert_eq!((order.next_try, &order.holder), (Some(NextTry::AtTheNextTurn), &None));
            let said = format!("{order:?}");
            assert!(!said.contains("broken by the test"), "an internal text: {said}");
            shop.advance(5 * SECOND);
        }
        shop.mend().await;
        assert_eq!((shop.recover().await, shop.count("recovery_tries").await), (1, 1));

        let late = shop.reserve(users[0], one_of(product)).await;
        let stalled = shop.reserve_and_pay(users[0], one_of(product)).await;
        shop.advance(MINUTE);
        shop.break_writes("UPDATE ON orders", "NEW.status IN ('EXPIRED', 'PENDING')").await;
        let _ = shop::recovery::service::expire_reservations(shop).await;
        let _ = shop::recovery::service::stall_paid_orders(shop).await;
        shop.mend().await;
        for id in [late, stalled] {
            assert_eq!(queued(shop, &operator, id).await.tries.expect("it failed").failed, 1);
        }
    }

    async fn the_queue_says_who_holds_an_order_and_waits_for_them(shop) {
        let operator = operator(shop, OperatorRole::Manager).await;
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let id = pending(shop, user, product, true).await;
        shop.advance(MINUTE);
        let until = shop.now().after(MINUTE);
        let lock = shop.ports().gate.lock(&format!("recovery:{id}"), MINUTE, shop.now()).await.unwrap().unwrap();
        let holder = LockHolder { held_by: HeldBy::ThisInstance, until };
        let order = queued(shop, &operator, id).await;
        assert_eq!((order.holder, order.next_try), (Some(holder.clone()), Some(NextTry::At(until))));
        let said = outcomes(shop, &operator, &[id]).await;
        assert_eq!(said[&id], ByHand::BeingRecovered { holder: Some(holder) });
        assert_eq!(shop.status(id).await, OrderStatus::Pending);
        shop.ports().gate.unlock(&lock).await.unwrap();
        assert_eq!(queued(shop, &operator, id).await.holder, None);
        let said = outcomes(shop, &operator, &[id]).await;
        assert_eq!(said[&id], ByHand::Recovered { status: OrderStatus::Failed });
        let again = shop.ports().gate.lock(&format!("recovery:{id}"), MINUTE, shop.now()).await.unwrap();
        assert!(again.is_some(), "the lock is released after");
    }

    async fn by_hand_each_order_has_its_answer_and_nothing_is_done_before_its_time(shop) {
        let operator = operator(shop, OperatorRole::Manager).await;
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let sold = shop.place(user, one_of(product)).await.unwrap().id;
        let unpaid = pending(shop, user, product, false).await;
        let paid = pending(shop, user, product, true).await;
        let began = shop.now();
        let lost = shop.reserve(user, one_of(product)).await;
        let stalled = shop.reserve_and_pay(user, one_of(product)).await;
        let nobodys = shop.mint_order_id();
        let named = [paid, sold, unpaid, lost, nobodys, stalled, paid];

        shop.advance(30 * SECOND - MILLI);
        let live = began.after(30 * SECOND);
        let answers = recover_now(shop, &operator, &named).await.unwrap();
        let expected = [
            (paid, ByHand::NotYetDue { until: began.after(MINUTE) }),
            (sold, ByHand::AlreadyFinished { status: OrderStatus::Completed }),
            (unpaid, ByHand::NotYetDue { until: began.after(MINUTE) }),
            (lost, ByHand::NotYetDue { until: live }),
            (nobodys, ByHand::Unknown),
            (stalled, ByHand::NotYetDue { until: live }),
        ];
        assert_eq!(answers, expected, "in the order they were named, each once");
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (97_000, (49, 4)));
        assert_eq!(acts(shop, "order.recovered").await, 0, "nothing was done");

        shop.advance(MILLI);
        let said = outcomes(shop, &operator, &named).await;
        let due_at = shop.now().after(MINUTE);
        assert_eq!(said[&lost], ByHand::Recovered { status: OrderStatus::Expired });
        assert_eq!(said[&stalled], ByHand::BecamePending { due_at });
        assert_eq!(said[&paid], ByHand::NotYetDue { until: began.after(MINUTE) });
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (97_000, (49, 3)));

        shop.advance(30 * SECOND);
        let said = outcomes(shop, &operator, &named).await;
        assert_eq!(said[&paid], ByHand::Recovered { status: OrderStatus::Failed });
        assert_eq!(said[&unpaid], ByHand::Recovered { status: OrderStatus::Failed });
        assert_eq!(said[&lost], ByHand::AlreadyFinished { status: OrderStatus::Expired });
        assert_eq!(said[&stalled], ByHand::NotYetDue { until: due_at });
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (98_000, (49, 1)));

        shop.advance(30 * SECOND);
        let said = outcomes(shop, &operator, &named).await;
        assert_eq!(said[&stalled], ByHand::Recovered { status: OrderStatus::Failed });
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (99_000, (49, 0)));
        // PAID to PENDING, and then four that ended.
        assert_eq!(acts(shop, "order.recovered").await, 5);
        let before = shop.count("audit_log").await;
        shop.advance(SECOND);
        let said = outcomes(shop, &operator, &named).await;
        assert!(said.values().all(|answer| matches!(answer, ByHand::AlreadyFinished { .. } | ByHand::Unknown)), "{said:?}");
        assert_eq!(shop.count("audit_log").await, before);
        assert_eq!((shop.expire().await, shop.stall().await, shop.recover().await), (0, 0, 0));
    }

    async fn a_slow_order_that_lives_is_never_touched_by_hand(shop) {
        let operator = operator(shop, OperatorRole::Owner).await;
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let id = shop.reserve(user, one_of(product)).await;
        for _ in 0..2 {
            shop.advance(29 * SECOND);
            assert!(matches!(outcomes(shop, &operator, &[id]).await[&id], ByHand::NotYetDue { .. }));
            if shop.status(id).await == OrderStatus::Reserved {
                shop.pay(id).await;
            }
        }
        assert!(matches!(shop.confirm(id).await, Confirmed::Completed(_)));
        let said = outcomes(shop, &operator, &[id]).await;
        assert_eq!(said[&id], ByHand::AlreadyFinished { status: OrderStatus::Completed });
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (9_000, (4, 0)));
    }

    async fn one_order_that_cannot_be_given_back_does_not_keep_the_others_from_it_by_hand_either(shop) {
        let operator = operator(shop, OperatorRole::Manager).await;
        let product = shop.product(1_000, 50).await;
        let (users, ids) = overdue_orders(shop, product, 8).await;
        shop.break_writes("INSERT ON point_transactions", &format!("NEW.user_id = {}", users[3])).await;
        let said = outcomes(shop, &operator, &ids).await;
        shop.mend().await;
        for (index, id) in ids.iter().enumerate() {
            let expected = match index {
                3 => ByHand::Failed { error: TryError::Database },
                _ => ByHand::Recovered { status: OrderStatus::Failed },
            };
            assert_eq!(said[id], expected, "order {index}");
        }
        assert_eq!((acts(shop, "order.recovered").await, acts(shop, "order.recovery_failed").await), (7, 1));
        let order = queued(shop, &operator, ids[3]).await;
        assert_eq!(order.tries.map(|tries| (tries.failed, tries.last_error)), Some((1, TryError::Database)));
        assert_eq!(outcomes(shop, &operator, &ids).await[&ids[3]], ByHand::Recovered { status: OrderStatus::Failed });
        assert_eq!(acts(shop, "order.recovered").await, 8);
    }

    async fn what_cannot_be_audited_is_not_done(shop) {
        let operator = operator(shop, OperatorRole::Manager).await;
        let product = shop.product(1_000, 50).await;
        let (users, ids) = overdue_orders(shop, product, 2).await;
        shop.break_writes("INSERT ON audit_log", "NEW.act = 'order.recovered'").await;
        let said = outcomes(shop, &operator, &ids).await;
        shop.mend().await;
        assert!(said.values().all(|answer| *answer == ByHand::Failed { error: TryError::Database }), "{said:?}");
        for (user, id) in users.iter().zip(&ids) {
            assert_eq!((shop.status(*id).await, shop.balance(*user).await), (OrderStatus::Pending, 0));
        }
    }

    async fn a_thousand_orders_are_given_back_once_by_operators_and_jobs_at_once(shop) {
        const MANY: usize = 1_000;
        let operator = operator(shop, OperatorRole::Manager).await;
        let product = shop.product(1_000, 10_000).await;
        let (users, ids) = overdue_orders(shop, product, MANY).await;
        let other = shop.another().await;
        let shops: [Shop; 2] = [(**shop).clone(), other];
        // Two instances whose gates know nothing of each other, a job and two operators on each: the second operator
        // names the orders from the end.
        let backwards: Vec<OrderId> = ids.iter().rev().copied().collect();
        let done = at_once(6, |index| {
            let (own, operator) = (shops[index % 2].clone(), operator.clone());
            let named = if index < 4 { ids.clone() } else { backwards.clone() };
            async move {
                let mut recovered = Vec::new();
                if index < 2 {
                    let moved = recover_pending(&own).await.unwrap();
                    return (moved, recovered);
                }
                for ids in named.chunks(MOST_AT_ONCE) {
                    for (id, answer) in recover_now(&own, &operator, ids).await.unwrap() {
                        match answer {
                            ByHand::Recovered { status: OrderStatus::Failed } => recovered.push(id),
                            ByHand::BeingRecovered { .. } | ByHand::AlreadyFinished { status: OrderStatus::Failed } => {}
                            other => panic!("{id}: {other:?}"),
                        }
                    }
                }
                (0, recovered)
            }
        })
        .await;
        let by_jobs: u64 = done.iter().map(|(moved, _)| moved).sum();
        let by_hand: Vec<OrderId> = done.into_iter().flat_map(|(_, recovered)| recovered).collect();
        let distinct: BTreeSet<OrderId> = by_hand.iter().copied().collect();
        assert_eq!(distinct.len(), by_hand.len(), "no order is anybody's twice");
        assert_eq!(by_jobs + by_hand.len() as u64, MANY as u64, "{by_jobs} by jobs");
        assert!(by_jobs > 0 && !by_hand.is_empty(), "it was no race: {by_jobs} by jobs, {} by hand", by_hand.len());
        assert_eq!(acts(shop, "order.recovered").await, by_hand.len() as i64);
        let causes = "SELECT COUNT(*) AS n FROM posting_causes WHERE kind = 'RECOVERY'";
        assert_eq!(shop.figure(causes).await, MANY as i64);
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM orders WHERE status = 'FAILED'").await, MANY as i64);
        assert_eq!(shop.figure("SELECT MIN(balance) AS n FROM wallets WHERE balance > 0").await, 1_000);
        assert_eq!((users.len(), shop.stock(product).await), (MANY, (10_000, 0)));
        for id in &ids {
            let lock = shop.ports().gate.lock(&format!("recovery:{id}"), MINUTE, shop.now()).await.unwrap();
            assert!(lock.is_some(), "no lock is left behind");
        }
        verify(shop).await;
    }

    async fn an_operator_who_hangs_up_leaves_no_lock_and_no_order_half_done(shop) {
        let operator = operator(shop, OperatorRole::Manager).await;
        let product = shop.product(1_000, 50).await;
        let (_, ids) = overdue_orders(shop, product, 20).await;
        {
            let hung_up = recover_now(shop, &operator, &ids);
            let polled = tokio::time::timeout(Duration::ZERO, hung_up).await;
            assert!(polled.is_err(), "it was done at once: nothing is shown");
        }
        let all_failed = async {
            while shop.figure("SELECT COUNT(*) AS n FROM orders WHERE status = 'FAILED'").await < 20 {
                tokio::time::sleep(MILLI).await;
            }
        };
        tokio::time::timeout(30 * SECOND, all_failed).await.expect("it is done to the end");
        assert_eq!(acts(shop, "order.recovered").await, 20);
        verify(shop).await;
    }

    async fn orders_are_named_one_to_a_hundred_at_once(shop) {
        let operator = operator(shop, OperatorRole::Manager).await;
        assert_eq!(wrong_fields(recover_now(shop, &operator, &[]).await), ["ids"]);
        let ids: Vec<OrderId> = (0..=MOST_AT_ONCE).map(|_| shop.mint_order_id()).collect();
        assert_eq!(wrong_fields(recover_now(shop, &operator, &ids).await), ["ids"]);
        let twice: Vec<OrderId> = ids[1..].iter().chain(&ids[1..]).copied().collect();
        let answers = recover_now(shop, &operator, &twice).await.unwrap();
        assert!(answers.len() == MOST_AT_ONCE && answers.iter().all(|(_, answer)| *answer == ByHand::Unknown));
    }

    async fn addresses_are_shown_to_those_who_may_see_people_and_each_look_is_a_row(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let id = pending(shop, user, product, true).await;
        let second = pending(shop, user, product, true).await;
        let (viewer, support) = (operator(shop, OperatorRole::Viewer).await, operator(shop, OperatorRole::Support).await);
        let page = Page::default();
        let filter = QueueFilter::default();
        let seen = list_queue(shop, &viewer, filter, People::Shown, &page).await;
        assert!(matches!(seen, Err(Error::Forbidden)), "{seen:?}");
        for operator in [&viewer, &support] {
            let hidden = list_queue(shop, operator, filter, People::Hidden, &page).await.unwrap().items;
            assert!(hidden.iter().all(|order| order.email.is_none()));
        }
        assert_eq!(acts(shop, "person.seen").await, 0);
        let shown = list_queue(shop, &support, filter, People::Shown, &page).await.unwrap().items;
        let email = email_of(shop, user).await;
        let emails: Vec<_> = shown.iter().map(|order| (order.id, order.email.clone())).collect();
        assert_eq!(emails, [(id, Some(email.clone())), (second, Some(email.clone()))]);
        assert_eq!(acts(shop, "person.seen").await, 1, "one person, one row");
        // The log says whom, by their number, and repeats no address.
        let rows = shop.db().fetch_all(Sql::new("SELECT * FROM audit_log WHERE act = 'person.seen'")).await.unwrap();
        assert!(!format!("{rows:?}").contains(&email));
    }
}
