//! The dashboard's figures on both engines, checked against a count of the rows: every minute of every figure that
//! rows tell, whatever went wrong on the way to it.

use crate::support::*;
use shop::alert::model::Count;
use shop::alert::people::Sketch;
use shop::alert::service::{judge, keep_samples};
use shop::database::Sql;
use shop::operator::OperatorRole;
use shop::order::OrderStatus;
use shop::order::service::place_order;
use shop::recovery::service::recover_pending;
use shop::refund::RefundLines;
use shop::refund::service::refund_order;
use shop::stats::minutes::service::{FOLDED_AFTER, answered_within, fold_minutes, look_at_dashboard};
use shop::stats::minutes::store::{MINUTE as A_MINUTE, list_slots};
use shop::stats::minutes::{Dashboard, Figure, Figures, Span};
use shop::{Settings, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

const SOLD: &str = "status IN ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED')";

/// What the rows say of each figure that they tell of: the moment it counts at, how much, of which rows.
fn queries() -> Vec<(Vec<Figure>, String)> {
    let orders = |figure, moment: &str, which: &str| {
        (vec![figure], format!("SELECT {moment} AS at, 1 AS n FROM orders o WHERE {which}"))
    };
    let rejected =
        |figure, code| orders(figure, "finished_at", &format!("status = 'REJECTED' AND refusal LIKE '%{code}%'"));
    let pending = |figure, cause| orders(figure, "pending_at", &format!("pending_cause = '{cause}'"));
    let was_reserved = "EXISTS (SELECT 1 FROM outbox e WHERE e.order_id = o.id AND e.kind = 'order.reserved')";
    let recorded = Figure::PAYMENTS_FAILED
        .into_iter()
        .filter(|figure| ![Figure::PaymentsTooLate, Figure::PaymentsUnrecorded].contains(figure));
    let unpaid = "SELECT pending_at AS at, 1 AS n FROM orders WHERE pending_cause = 'pay' AND paid_at IS NULL";
    vec![
        orders(Figure::Placed, "created_at", "1 = 1"),
        orders(Figure::Completed, "finished_at", SOLD),
        rejected(Figure::RejectedForStock, "insufficient_stock"),
        rejected(Figure::RejectedForBalance, "insufficient_balance"),
        rejected(Figure::RejectedForCoupon, "coupon_not_applicable"),
        rejected(Figure::RejectedForPrice, "price_changed"),
        orders(Figure::Expired, "finished_at", "status = 'EXPIRED'"),
        orders(Figure::Failed, "finished_at", "status = 'FAILED'"),
        pending(Figure::PendingAtPay, "pay"),
        pending(Figure::PendingAtConfirm, "confirm"),
        pending(Figure::PendingStalled, "stalled"),
        orders(Figure::Paid, "paid_at", "paid_at IS NOT NULL"),
        orders(Figure::PaymentsRefused, "finished_at", &format!("status = 'REJECTED' AND {was_reserved}")),
        (recorded.collect(), unpaid.to_owned()),
        (vec![Figure::Revenue], format!("SELECT finished_at AS at, final_amount AS n FROM orders WHERE {SOLD}")),
        (vec![Figure::Refunds], "SELECT created_at AS at, 1 AS n FROM refunds".to_owned()),
        (vec![Figure::Refunded], "SELECT created_at AS at, amount AS n FROM refunds".to_owned()),
    ]
}

/// Every figure that rows tell of is, in each slot of this length, what a count of the rows says.
async fn agree(shop: &TestShop, slot: Duration) {
    let ages = Timestamp::from_millis(i64::MAX / 2);
    let known = list_slots(shop.db(), Timestamp::from_millis(0), ages, slot).await.unwrap();
    for (figures, sql) in queries() {
        let mut counted: BTreeMap<Timestamp, i64> = BTreeMap::new();
        for row in shop.db().fetch_all(Sql::new(sql)).await.unwrap() {
            *counted.entry(row.time("at").unwrap().slot_start(slot)).or_default() += row.int("n").unwrap();
        }
        let told = known.iter().map(|(start, told)| (*start, told.sum(&figures))).filter(|(_, sum)| *sum != 0);
        assert_eq!(told.collect::<BTreeMap<_, _>>(), counted, "{figures:?}");
    }
}

async fn total(shop: &TestShop) -> Figures {
    dashboard(shop, Span::ThreeDays).await.total.figures
}

async fn dashboard(shop: &TestShop, span: Span) -> Dashboard {
    let viewer = shop.operator(OperatorRole::Viewer).await;
    look_at_dashboard(shop, &viewer, span).await.unwrap()
}

/// Orders of every outcome, over some minutes.
async fn sell_and_fail(shop: &TestShop) {
    let by = shop.operator(OperatorRole::Manager).await;
    let (rich, poor) = (shop.shopper(100_000).await, shop.shopper(100).await);
    let product = shop.product(1_000, 50).await;
    let code = shop.coupon("OFTEN", TEN_PERCENT, 5).await;
    shop.claim(rich, &code).await;
    let bought = shop.place(rich, with_coupon(order_request(&[(product, 3)]), &code)).await.unwrap();
    shop.place(rich, one_of(product)).await.unwrap();
    shop.advance(MINUTE);
    refusal(shop.place(poor, one_of(product)).await);
    refusal(shop.place(rich, with_coupon(one_of(product), &code)).await);
    refusal(shop.place(rich, expecting(one_of(product), 1)).await);
    let scarce = shop.product(1_000, 1).await;
    refusal(shop.place(rich, order_request(&[(scarce, 2)])).await);
    shop.advance(MINUTE);
    refund_order(shop, &by, bought.id, &refund_request(RefundLines::Whole)).await.unwrap();
    let hasty = shop.another_with(Settings { reservation_ttl: Duration::ZERO, ..unlimited() }).await;
    assert!(place_order(&hasty, rich, one_of(product), key()).await.is_err(), "too late to be paid");
    for broken in ["INSERT ON point_transactions", "INSERT ON sales_buckets"] {
        shop.break_writes(broken, "1 = 1").await;
        assert_eq!(shop.place(rich, one_of(product)).await.unwrap().status, OrderStatus::Pending);
        shop.mend().await;
    }
    shop.reserve(rich, one_of(product)).await;
    shop.reserve_and_pay(rich, one_of(product)).await;
    shop.advance(MINUTE);
    assert_eq!((shop.expire().await, shop.stall().await, shop.recover().await), (1, 1, 2));
    shop.advance(MINUTE);
    assert_eq!(shop.recover().await, 1);
}

on_both_engines! {
    async fn every_figure_agrees_with_the_rows_in_every_minute(shop) {
        sell_and_fail(shop).await;
        agree(shop, A_MINUTE).await;
        let all = total(shop).await;
        assert_eq!((all.of(Figure::Placed), all.of(Figure::Completed), all.rejected(), all.pending()), (11, 2, 4, 3));
        assert_eq!((all.of(Figure::Expired), all.of(Figure::Failed)), (2, 3));
        assert_eq!((all.of(Figure::PaymentsTooLate), all.of(Figure::PaymentsDatabase)), (1, 1));
        let failures = all.payment_failures();
        assert_eq!((failures.part, failures.whole), (2, 2 + 4 + 1), "a refusal for balance is tried, and no failure");
        assert_eq!((all.of(Figure::Revenue), all.of(Figure::Refunded), all.revenue()), (3_700, 2_700, 1_000));
        assert_eq!(all.recoveries().milli_percent(), Some(100_000));
    }

    async fn figures_that_are_folded_into_quarter_hours_are_the_same_and_few(shop) {
        keep_samples(shop, &Sketch::default()).await.unwrap();
        sell_and_fail(shop).await;
        let before = total(shop).await;
        shop.advance(FOLDED_AFTER + HOUR);
        assert!(fold_minutes(shop).await.unwrap() >= 5);
        assert_eq!(fold_minutes(shop).await.unwrap(), 0);
        assert_eq!(total(shop).await, before);
        agree(shop, 15 * A_MINUTE).await;
        let shards = "SELECT COUNT(DISTINCT shard) AS n FROM minute_figures";
        assert_eq!(shop.figure(shards).await, 1);
        shop.advance(3 * DAY + HOUR);
        fold_minutes(shop).await.unwrap();
        assert_eq!(shop.count("minute_figures").await, 0, "nothing is kept that is shown no more");
    }

    async fn a_batch_that_is_done_one_by_one_counts_each_order_once(shop) {
        let users = shop.shoppers(32, 10_000).await;
        let (good, bad) = (shop.product(1_000, 100).await, shop.product(1_000, 100).await);
        shop.break_writes("INSERT ON sales_buckets", &format!("NEW.product_id = {bad}")).await;
        at_once(32, |index| {
            let (shop, user, product) = ((**shop).clone(), users[index], if index % 4 == 0 { bad } else { good });
            async move { place_order(&shop, user, one_of(product), key()).await.unwrap() }
        })
        .await;
        shop.mend().await;
        agree(shop, A_MINUTE).await;
        let all = total(shop).await;
        assert_eq!((all.of(Figure::Completed), all.of(Figure::PendingAtConfirm), all.of(Figure::Paid)), (24, 8, 32));
        assert_eq!(all.of(Figure::Revenue), 24_000);
    }

    async fn three_instances_that_sell_the_last_pieces_count_every_order(shop) {
        let shops = shop.instances(3).await;
        let users = shop.shoppers(60, 2_000).await;
        let product = shop.product(1_500, 40).await;
        at_once(120, |index| {
            let (own, user) = (shops.at(index % 3), users[index % 60]);
            async move { place_order(&own, user, one_of(product), key()).await.map(drop) }
        })
        .await;
        agree(shop, A_MINUTE).await;
        let all = total(shop).await;
        // Who cannot pay holds a piece for a moment, so that somebody else may find none left.
        assert_eq!(all.of(Figure::Placed), all.of(Figure::Completed) + all.rejected() + all.pending());
        assert_eq!((all.of(Figure::Placed), all.of(Figure::Revenue)), (120, 1_500 * all.of(Figure::Completed)));
    }

    async fn an_order_whose_figures_cannot_be_written_is_not_done(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        shop.break_writes("INSERT ON minute_figures", "NEW.figure = 'revenue'").await;
        let order = shop.place(user, one_of(product)).await.unwrap();
        shop.mend().await;
        assert_eq!(order.status, OrderStatus::Pending);
        assert_eq!((total(shop).await.of(Figure::Revenue), shop.stock(product).await), (0, (5, 1)));
        agree(shop, A_MINUTE).await;
    }

    async fn a_recovery_that_fails_is_counted_each_time_it_is_tried(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        shop.reserve_and_pay(user, one_of(product)).await;
        shop.advance(MINUTE);
        assert_eq!(shop.stall().await, 1);
        shop.advance(MINUTE);
        shop.break_writes("INSERT ON posting_causes", "1 = 1").await;
        for _ in 0..2 {
            assert!(recover_pending(shop).await.is_err());
        }
        shop.mend().await;
        assert_eq!(shop.recover().await, 1);
        let all = total(shop).await;
        assert_eq!((all.recoveries().part, all.recoveries().whole), (1, 3));
        let tries = "SELECT CAST(SUM(tries) AS SIGNED INTEGER) AS n FROM recovery_tries";
        assert_eq!(shop.figure(tries).await, all.of(Figure::RecoveriesFailed));
        agree(shop, A_MINUTE).await;
    }

    async fn what_no_row_tells_is_what_the_instances_counted(shop) {
        let shops = shop.instances(2).await;
        for index in 0..2 {
            let own = shops.at(index);
            for millis in [1, 2, 30, 40] {
                own.tally().answered(Duration::from_millis(millis));
            }
            own.tally().add(Count::ConflictsRetried, 2);
            let mut people = Sketch::default();
            (0..5 + index as u64).for_each(|person| people.add(person.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            keep_samples(&own, &people).await.unwrap();
            judge(&own).await.unwrap();
        }
        let seen = dashboard(shop, Span::QuarterHour).await;
        assert_eq!((seen.users, seen.total.figures.of(Figure::MostUsers)), (6, 6), "nobody counts twice");
        assert_eq!(seen.total.figures.answers().iter().sum::<u64>(), 8);
        assert_eq!(answered_within(&seen.total.figures, 99), Some(49_500), "on a line within the last class");
        assert_eq!(seen.total.figures.of(Figure::ConflictsRetried), 4);
        assert_eq!((seen.slots.len(), seen.slots.last().unwrap().figures.answers().iter().sum::<u64>()), (15, 8));
    }

    async fn a_minute_that_is_over_is_in_no_span_that_it_does_not_reach(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        shop.place(user, one_of(product)).await.unwrap();
        for (after, seen) in [(14 * MINUTE, [1, 1, 1, 1]), (MINUTE, [0, 1, 1, 1]), (HOUR, [0, 0, 1, 1]), (DAY, [0, 0, 0, 1]), (3 * DAY, [0; 4])] {
            shop.advance(after);
            fold_minutes(shop).await.unwrap();
            let mut placed = Vec::new();
            for span in Span::ALL {
                placed.push(dashboard(shop, span).await.total.figures.of(Figure::Placed));
            }
            assert_eq!(placed, seen, "{after:?} later");
        }
    }
}
