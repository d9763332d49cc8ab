//! When an order has waited too long, and what it gets back.

use super::model::{NextTry, Standing, Step};
use crate::id::ProductId;
use crate::money::Won;
use crate::order::OrderStatus;
use crate::time::Timestamp;
use std::time::Duration;

/// Everything recovery must know of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoverySnapshot {
    pub status: OrderStatus,
    pub final_amount: Won,
    pub created_at: Timestamp,
    pub paid_at: Option<Timestamp>,
    pub pending_at: Option<Timestamp>,
    /// Whether a piece of a coupon is HELD for it.
    pub holds_coupon: bool,
    pub lines: Vec<(ProductId, i64)>,
}

/// What an order that ends without being sold gives back. All of it is written in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveBack {
    /// FAILED or EXPIRED.
    pub status: OrderStatus,
    pub refund: Option<Won>,
    pub frees_coupon: bool,
    pub stock: Vec<(ProductId, i64)>,
}

/// Whether what began at `since` has had its time. What lies ahead of the clock by more than that time has had it too:
/// the clock was set back since, and nobody who works on it began it just now.
fn is_over(since: Timestamp, lasts: Duration, now: Timestamp) -> bool {
    now >= since.after(lasts) || since > now.after(lasts)
}

/// An unpaid reservation older than `ttl` expires; it has nothing but stock to give back (SPEC §6).
pub fn decide_expiry(order: &RecoverySnapshot, ttl: Duration, now: Timestamp) -> Option<GiveBack> {
    let overdue = order.status == OrderStatus::Reserved && is_over(order.created_at, ttl, now);
    overdue.then(|| GiveBack {
        status: OrderStatus::Expired,
        refund: None,
        frees_coupon: false,
        stock: order.lines.clone(),
    })
}

/// A paid order that nobody confirmed within `ttl` has lost its process: it becomes PENDING.
pub fn decide_stalled(order: &RecoverySnapshot, ttl: Duration, now: Timestamp) -> bool {
    order.status == OrderStatus::Paid && order.paid_at.is_some_and(|paid_at| is_over(paid_at, ttl, now))
}

/// A PENDING order is given back in full once `delay` has passed (SPEC §8), and fails. Never sooner, never
/// to COMPLETED.
pub fn decide_recovery(order: &RecoverySnapshot, delay: Duration, now: Timestamp) -> Option<GiveBack> {
    let due = order.status == OrderStatus::Pending && order.pending_at.is_some_and(|since| is_over(since, delay, now));
    due.then(|| GiveBack {
        status: OrderStatus::Failed,
        refund: order.paid_at.map(|_| order.final_amount),
        frees_coupon: order.holds_coupon,
        stock: order.lines.clone(),
    })
}

/// Where an order stands: what the jobs would do with it now is what may be done with it by hand, and nothing sooner.
pub fn decide_standing(order: &RecoverySnapshot, ttl: Duration, delay: Duration, now: Timestamp) -> Standing {
    if decide_expiry(order, ttl, now).is_some() {
        return Standing::Due(Step::Expire);
    }
    if decide_stalled(order, ttl, now) {
        return Standing::Due(Step::Stall);
    }
    if decide_recovery(order, delay, now).is_some() {
        return Standing::Due(Step::Recover);
    }
    match order.status {
        OrderStatus::Reserved => Standing::NotYetDue { until: order.created_at.after(ttl) },
        // A PAID order without its moment, or a PENDING one, would be a broken row: it waits for whoever mends it.
        OrderStatus::Paid => Standing::NotYetDue { until: order.paid_at.unwrap_or(now).after(ttl) },
        OrderStatus::Pending => Standing::NotYetDue { until: order.pending_at.unwrap_or(now).after(delay) },
        finished => Standing::Finished(finished),
    }
}

/// When the shop tries by itself next: when the order's time is over, and not while somebody holds its lock, which
/// frees itself at `locked_until` at the latest.
pub fn decide_next_try(standing: Standing, locked_until: Option<Timestamp>) -> Option<NextTry> {
    match (standing, locked_until) {
        (Standing::Finished(_), _) => None,
        (Standing::NotYetDue { until }, locked) => Some(NextTry::At(locked.map_or(until, |locked| locked.max(until)))),
        (Standing::Due(_), Some(locked)) => Some(NextTry::At(locked)),
        (Standing::Due(_), None) => Some(NextTry::AtTheNextTurn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(30);
    const DELAY: Duration = Duration::from_secs(60);

    fn order(status: OrderStatus) -> RecoverySnapshot {
        RecoverySnapshot {
            status,
            final_amount: Won::new(9_000),
            created_at: at(0),
            paid_at: Some(at(1)),
            pending_at: Some(at(2)),
            holds_coupon: true,
            lines: vec![(ProductId::new(7), 2)],
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn what_a_clock_that_was_set_back_left_ahead_is_over_and_what_may_have_begun_just_now_is_not() {
        let table = [(-31, true), (-30, false), (0, false), (29, false), (30, true), (1_000_000, true)];
        for (now, over) in table {
            assert_eq!(is_over(at(0), TTL, at(now)), over, "at {now}");
        }
        assert!(is_over(at(i64::MAX / 1_000), TTL, at(0)));
        assert!(decide_expiry(&order(OrderStatus::Reserved), TTL, at(-31)).is_some());
        assert!(decide_stalled(&order(OrderStatus::Paid), TTL, at(-30)));
        assert!(decide_recovery(&order(OrderStatus::Pending), DELAY, at(-59)).is_some());
        assert!(decide_recovery(&order(OrderStatus::Pending), DELAY, at(-58)).is_none());
    }

    #[test]
    fn only_an_overdue_reservation_expires() {
        for status in OrderStatus::ALL {
            assert_eq!(
                decide_expiry(&order(status), TTL, at(30)).is_some(),
                status == OrderStatus::Reserved,
                "{status}"
            );
            assert_eq!(decide_expiry(&order(status), TTL, at(29)), None, "{status}");
        }
    }

    #[test]
    fn an_expired_reservation_gives_back_stock_and_nothing_else() {
        let back = decide_expiry(&order(OrderStatus::Reserved), TTL, at(30)).expect("it is overdue");
        assert_eq!((back.status, back.refund, back.frees_coupon), (OrderStatus::Expired, None, false));
        assert_eq!(back.stock, [(ProductId::new(7), 2)]);
    }

    #[test]
    fn only_a_paid_order_that_nobody_confirmed_is_stalled() {
        for status in OrderStatus::ALL {
            assert_eq!(decide_stalled(&order(status), TTL, at(31)), status == OrderStatus::Paid, "{status}");
            assert!(!decide_stalled(&order(status), TTL, at(30)), "{status}");
        }
    }

    #[test]
    fn only_a_pending_order_is_recovered_and_only_after_the_delay() {
        for status in OrderStatus::ALL {
            let back = decide_recovery(&order(status), DELAY, at(62));
            assert_eq!(
                back.map(|back| back.status),
                (status == OrderStatus::Pending).then_some(OrderStatus::Failed),
                "{status}"
            );
            assert_eq!(decide_recovery(&order(status), DELAY, at(61)), None, "{status}");
        }
    }

    #[test]
    fn a_pending_order_gets_its_money_back_only_if_it_paid() {
        let paid = decide_recovery(&order(OrderStatus::Pending), DELAY, at(62)).expect("it is due");
        assert_eq!((paid.refund, paid.frees_coupon), (Some(Won::new(9_000)), true));
        let unpaid = RecoverySnapshot { paid_at: None, holds_coupon: false, ..order(OrderStatus::Pending) };
        let unpaid = decide_recovery(&unpaid, DELAY, at(62)).expect("it is due");
        assert_eq!((unpaid.refund, unpaid.frees_coupon), (None, false));
        assert_eq!(unpaid.stock, [(ProductId::new(7), 2)]);
    }

    #[test]
    fn by_hand_nothing_may_be_done_that_the_jobs_would_not_do_at_that_moment() {
        let standing = |status, now| decide_standing(&order(status), TTL, DELAY, at(now));
        let table = [
            (OrderStatus::Reserved, 29, Standing::NotYetDue { until: at(30) }),
            (OrderStatus::Reserved, 30, Standing::Due(Step::Expire)),
            (OrderStatus::Paid, 30, Standing::NotYetDue { until: at(31) }),
            (OrderStatus::Paid, 31, Standing::Due(Step::Stall)),
            (OrderStatus::Pending, 61, Standing::NotYetDue { until: at(62) }),
            (OrderStatus::Pending, 62, Standing::Due(Step::Recover)),
            (OrderStatus::Pending, -59, Standing::Due(Step::Recover)),
        ];
        for (status, now, expected) in table {
            assert_eq!(standing(status, now), expected, "{status} at {now}");
        }
        for status in OrderStatus::ALL.into_iter().filter(|status| !status.is_unfinished()) {
            assert_eq!(standing(status, 1_000), Standing::Finished(status));
        }
    }

    #[test]
    fn the_next_try_waits_for_the_orders_time_and_for_whoever_holds_its_lock() {
        let waits = Standing::NotYetDue { until: at(60) };
        let due = Standing::Due(Step::Recover);
        let table = [
            (waits, None, Some(NextTry::At(at(60)))),
            (waits, Some(at(59)), Some(NextTry::At(at(60)))),
            (waits, Some(at(61)), Some(NextTry::At(at(61)))),
            (due, Some(at(61)), Some(NextTry::At(at(61)))),
            (due, None, Some(NextTry::AtTheNextTurn)),
            (Standing::Finished(OrderStatus::Failed), Some(at(61)), None),
        ];
        for (standing, locked_until, expected) in table {
            assert_eq!(decide_next_try(standing, locked_until), expected, "{standing:?} {locked_until:?}");
        }
    }
}
