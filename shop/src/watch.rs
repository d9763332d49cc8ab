//! What the shop counts of itself (SPEC §10, reading 14), in shop words: the only file here that names the
//! `metrics` crate. Without a recorder every call costs next to nothing, so nothing asks whether one is
//! there. Labels are words of this file, never values of a request; [`METRICS`] lists every name, and
//! `docs/metrics.md` explains them.
//!
//! Nothing is counted before it is committed. Rules never count: services do.

use crate::alert::model::{AlertName, Channel, Count};
use crate::alert::tally::Tally;
use crate::coupon::ClaimedCoupon;
use crate::error::{Error, Fault, Refusal};
use crate::order::OrderStatus;
use crate::time::Timestamp;
use crate::wallet::Charge;
use metrics::{counter, gauge, histogram};
use std::time::{Duration, Instant};

/// What a metric is, as its scraper sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A label and every value it may take; none listed: bounded by the routes of the program.
pub type Label = (&'static str, &'static [&'static str]);

/// One metric: what the program exports under this name, whole.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [Label],
    /// Upper bounds of a histogram's buckets.
    pub buckets: &'static [f64],
    pub help: &'static str,
}

const fn counter_of(name: &'static str, labels: &'static [Label], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, buckets: &[], help }
}

const fn gauge_of(name: &'static str, labels: &'static [Label], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, buckets: &[], help }
}

const fn histogram_of(
    name: &'static str,
    labels: &'static [Label],
    buckets: &'static [f64],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, buckets, help }
}

const ORDERS: &str = "damda_orders_total";
const ORDERS_REJECTED: &str = "damda_orders_rejected_total";
const ORDERS_PENDING: &str = "damda_orders_pending_total";
const PAYMENTS: &str = "damda_payments_total";
const PAYMENT_FAILURES: &str = "damda_payment_failures_total";
const STOCK_CONFLICTS: &str = "damda_stock_conflicts_total";
const RECOVERIES: &str = "damda_recoveries_total";
const CLAIMS: &str = "damda_coupon_claims_total";
const CHARGES: &str = "damda_charges_total";
const LOGINS: &str = "damda_logins_total";
const LIMITS_HIT: &str = "damda_limits_hit_total";
const BLOCKS: &str = "damda_blocks_total";
const BLOCKED: &str = "damda_blocked_requests_total";
const DESK_WAITING: &str = "damda_desk_waiting_jobs";
const DESK_BATCH: &str = "damda_desk_batch_jobs";
const DESK_SECONDS: &str = "damda_desk_batch_duration_seconds";
const DESK_REFUSED: &str = "damda_desk_refused_jobs_total";
const RETRIES: &str = "damda_database_retries_total";
const STATEMENTS: &str = "damda_database_statement_duration_seconds";
const CONNECTIONS: &str = "damda_database_connections";
const PENDING: &str = "damda_pending_orders";
const PENDING_OLDEST: &str = "damda_oldest_pending_order_seconds";
const LETTERS: &str = "damda_waiting_letters";
const EVENTS: &str = "damda_events_published_total";
const OUTBOX_WAITING: &str = "damda_outbox_waiting_events";
const OUTBOX_OLDEST: &str = "damda_outbox_oldest_event_seconds";
const AFTER_MONTHS: &str = "damda_rows_after_months";
const BROKEN_INVARIANTS: &str = "damda_broken_invariants";
const VERIFIED_AT: &str = "damda_verified_timestamp_seconds";
const VERIFICATIONS: &str = "damda_verifications_total";
const ALERT_FIRING: &str = "damda_alert_firing";
const ALERT_NOTICES: &str = "damda_alert_notices_total";
const CONCURRENT_USERS: &str = "damda_concurrent_users";
const MOST_USERS: &str = "damda_concurrent_users_threshold";

const DESKS: Label = ("desk", &["account", "lookup", "reserve", "pay", "confirm", "charge", "claim"]);
const SECONDS: &[f64] = &[0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// Every metric of the shop.
pub const METRICS: &[Metric] = &[
    counter_of(
        ORDERS,
        &[("outcome", &["completed", "rejected", "pending", "expired", "failed"])],
        "Orders that came to this outcome. A pending one is counted again when it fails.",
    ),
    counter_of(
        ORDERS_REJECTED,
        &[(
            "cause",
            &["insufficient_stock", "insufficient_balance", "coupon_not_applicable", "price_changed", "other"],
        )],
        "Rejected orders by cause; insufficient_stock is sold out, which is no stock conflict.",
    ),
    counter_of(
        ORDERS_PENDING,
        &[("stage", &["pay", "confirm", "stalled"])],
        "Orders that became PENDING, by the stage that was not successful; stalled: their process died.",
    ),
    counter_of(
        PAYMENTS,
        &[("outcome", &["paid", "refused", "failed"])],
        "Payments tried. Refused is a no of the shop's rules (balance, coupon, price), failed is a fault of ours.",
    ),
    counter_of(
        PAYMENT_FAILURES,
        &[("cause", &["database", "broken", "busy", "too_late", "other"])],
        "Payments that failed, by cause; too_late: the reservation had run out. A refusal for balance is none.",
    ),
    counter_of(
        STOCK_CONFLICTS,
        &[("outcome", &["retried", "refused"])],
        "Orders that contention made try again for stock, or turned away, while nobody said that it was sold out.",
    ),
    counter_of(
        RECOVERIES,
        &[("outcome", &["tried", "succeeded", "failed"])],
        "Pending orders whose recovery was tried, and how it ended.",
    ),
    counter_of(
        CLAIMS,
        &[("outcome", &["issued", "sold_out", "already_claimed", "not_applicable", "failed"])],
        "Coupon claims that reached the shop's rules, by outcome; failed is a fault of ours.",
    ),
    counter_of(
        CHARGES,
        &[("outcome", &["credited", "refused", "failed"])],
        "Charges that reached the shop's rules, replays included, by outcome; failed is a fault of ours.",
    ),
    counter_of(
        LOGINS,
        &[("outcome", &["succeeded", "failed", "blocked", "frozen"])],
        "Logins by outcome; blocked: too many failures before; frozen: by an operator.",
    ),
    counter_of(
        LIMITS_HIT,
        &[("limit", &["order", "claim", "login", "register", "reset", "other"])],
        "Requests refused by a limit.",
    ),
    counter_of(BLOCKS, &[("kind", &["shopper", "login"])], "Blocks that began after too many failures in a row."),
    counter_of(BLOCKED, &[("kind", &["shopper", "login"])], "Requests refused by a block."),
    gauge_of(DESK_WAITING, &[DESKS], "Jobs that wait at the desk."),
    histogram_of(
        DESK_BATCH,
        &[DESKS],
        &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0],
        "Jobs done in one go of the desk, as a rule one transaction.",
    ),
    histogram_of(DESK_SECONDS, &[DESKS], SECONDS, "How long one batch of the desk took, retries included."),
    counter_of(DESK_REFUSED, &[DESKS], "Jobs turned away because the desk's queue was full."),
    counter_of(
        RETRIES,
        &[("work", &["account", "lookup", "reserve", "pay", "confirm", "charge", "claim", "recovery", "other"])],
        "Transactions that the database gave up (deadlock, lock wait, duplicate) and that were tried again.",
    ),
    histogram_of(
        STATEMENTS,
        &[("within", &["none", "transaction"])],
        SECONDS,
        "How long the database took for a statement, in a transaction or alone; waiting for a connection included.",
    ),
    gauge_of(
        CONNECTIONS,
        &[("pool", &["writers", "readers"]), ("state", &["used", "idle"])],
        "Connections to the database. SQLite has one writer, which is no pool.",
    ),
    gauge_of(PENDING, &[], "Orders that are PENDING, which recovery will give back; at most 10,000 are counted."),
    gauge_of(PENDING_OLDEST, &[], "How long the order that is PENDING for longest has been so."),
    gauge_of(LETTERS, &[], "Letters that wait to be sent, those that are tried again included."),
    counter_of(
        EVENTS,
        &[("outcome", &["confirmed", "failed"])],
        "Order events that this process gave to Kafka, by whether the brokers confirmed them; a failed one is sent again.",
    ),
    gauge_of(OUTBOX_WAITING, &[], "Events that wait to be sent; at most 100,000 are counted."),
    gauge_of(OUTBOX_OLDEST, &[], "Age of the oldest event that waits to be sent."),
    gauge_of(
        AFTER_MONTHS,
        &[("table", &["orders", "order_items", "point_transactions"])],
        "Rows after the last month partition, where none should ever be; at most 1,000 are counted.",
    ),
    gauge_of(
        BROKEN_INVARIANTS,
        &[],
        "Invariants of money, stock and coupons that did not hold when this process last checked; 0 before.",
    ),
    gauge_of(
        VERIFIED_AT,
        &[],
        "When this process last checked every invariant to the end, in seconds since 1970; 0 before.",
    ),
    counter_of(
        VERIFICATIONS,
        &[("outcome", &["holds", "broken", "failed"])],
        "Checks of every invariant by this process; failed: the check itself did not come to its end.",
    ),
    gauge_of(
        ALERT_FIRING,
        &[(
            "alert",
            &[
                "payment_failures",
                "recovery_failures",
                "slow_answers",
                "concurrent_users",
                "broken_books",
                "verify_overdue",
                "outbox_lag",
                "rows_after_months",
            ],
        )],
        "1 while the shop itself says that this alert fires, as this process last saw it, else 0.",
    ),
    counter_of(
        ALERT_NOTICES,
        &[("channel", &["mail", "webhook", "slack"]), ("outcome", &["sent", "failed"])],
        "Notices of alerts that this process tried to send, by the way they went; a failed one is tried again.",
    ),
    gauge_of(
        CONCURRENT_USERS,
        &[],
        "Distinct people within the last 60 seconds over all instances, as this process last summed them up.",
    ),
    gauge_of(MOST_USERS, &[], "ALERT_CONCURRENT_USERS: more people than this at once are an alert."),
];

/// The most waiting events that are counted.
pub const MOST_WAITING: i64 = 100_000;

/// The most PENDING orders that are counted.
pub const MOST_PENDING: i64 = 10_000;

/// A batch or a statement that takes longer is told to the owner.
pub const SLOW: Duration = Duration::from_millis(1_000);

/// How long something takes, for figures and warnings only: no rule ever sees it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "measures how long things take, decides nothing")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Milliseconds for a log line.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// So many orders are now, committed, in this status.
pub(crate) fn orders_became(status: OrderStatus, orders: u64) {
    let outcome = match status {
        OrderStatus::Completed => "completed",
        OrderStatus::Rejected => "rejected",
        OrderStatus::Pending => "pending",
        OrderStatus::Expired => "expired",
        OrderStatus::Failed => "failed",
        OrderStatus::Reserved | OrderStatus::Paid | OrderStatus::PartiallyRefunded | OrderStatus::Refunded => return,
    };
    if orders > 0 {
        counter!(ORDERS, "outcome" => outcome).increment(orders);
    }
}

pub(crate) fn order_rejected(refusal: &Refusal) {
    orders_became(OrderStatus::Rejected, 1);
    let cause = match refusal {
        Refusal::InsufficientStock { .. }
        | Refusal::InsufficientBalance { .. }
        | Refusal::CouponNotApplicable { .. }
        | Refusal::PriceChanged { .. } => refusal.code(),
        Refusal::BalanceLimitExceeded { .. } | Refusal::CouponSoldOut | Refusal::CouponAlreadyClaimed => "other",
    };
    counter!(ORDERS_REJECTED, "cause" => cause).increment(1);
}

/// `stage` as it is kept with the order: the stage that was not successful, or "stalled".
pub(crate) fn orders_pending(stage: &'static str, orders: u64) {
    orders_became(OrderStatus::Pending, orders);
    if orders > 0 {
        counter!(ORDERS_PENDING, "stage" => stage).increment(orders);
    }
}

pub(crate) fn payments_made(tally: &Tally, payments: u64) {
    tally.add(Count::Payments, payments);
    if payments > 0 {
        counter!(PAYMENTS, "outcome" => "paid").increment(payments);
    }
}

pub(crate) fn payment_refused(tally: &Tally) {
    tally.add(Count::Payments, 1);
    counter!(PAYMENTS, "outcome" => "refused").increment(1);
}

pub(crate) fn payments_too_late(tally: &Tally, payments: u64) {
    tally.add(Count::Payments, payments);
    tally.add(Count::PaymentsFailed, payments);
    if payments > 0 {
        counter!(PAYMENTS, "outcome" => "failed").increment(payments);
        counter!(PAYMENT_FAILURES, "cause" => "too_late").increment(payments);
    }
}

pub(crate) fn payment_failed(tally: &Tally, error: &Error) {
    tally.add(Count::Payments, 1);
    tally.add(Count::PaymentsFailed, 1);
    let cause = match error {
        Error::Busy => "busy",
        Error::Fault(Fault::Database(_) | Fault::Uncertain(_) | Fault::Away(_)) => "database",
        Error::Fault(Fault::Broken(_)) => "broken",
        _ => "other",
    };
    counter!(PAYMENTS, "outcome" => "failed").increment(1);
    counter!(PAYMENT_FAILURES, "cause" => cause).increment(1);
}

/// One turn of the recovery: `tried` orders, of which so many succeeded and failed; the rest had moved on.
pub(crate) fn recoveries(tally: &Tally, tried: u64, succeeded: u64, failed: u64) {
    tally.add(Count::Recoveries, tried);
    tally.add(Count::RecoveriesFailed, failed);
    for (outcome, orders) in [("tried", tried), ("succeeded", succeeded), ("failed", failed)] {
        if orders > 0 {
            counter!(RECOVERIES, "outcome" => outcome).increment(orders);
        }
    }
}

pub(crate) fn claim_answered(claimed: &Result<ClaimedCoupon, Error>) {
    let outcome = match claimed {
        Ok(_) => "issued",
        Err(Error::Refused { refusal: Refusal::CouponSoldOut, .. }) => "sold_out",
        Err(Error::Refused { refusal: Refusal::CouponAlreadyClaimed, .. }) => "already_claimed",
        Err(Error::Refused { .. }) => "not_applicable",
        Err(_) => "failed",
    };
    counter!(CLAIMS, "outcome" => outcome).increment(1);
}

pub(crate) fn charge_answered(charge: &Result<Charge, Error>) {
    let outcome = match charge {
        Ok(_) => "credited",
        Err(Error::Fault(_) | Error::Busy) => "failed",
        Err(_) => "refused",
    };
    counter!(CHARGES, "outcome" => outcome).increment(1);
}

pub(crate) fn login_answered<T>(login: &Result<T, Error>) {
    let outcome = match login {
        Ok(_) => "succeeded",
        Err(Error::InvalidCredentials) => "failed",
        Err(Error::Blocked { .. }) => {
            request_blocked("login");
            "blocked"
        }
        Err(Error::Frozen) => "frozen",
        Err(_) => return,
    };
    counter!(LOGINS, "outcome" => outcome).increment(1);
}

/// A limit was hit; `key` is what it counts by, `limit:order:42` or `login:10.0.0.1`.
pub(crate) fn limit_hit(key: &str) {
    let name = key.trim_start_matches("limit:").split(':').next().unwrap_or("");
    let limit = match name {
        "order" => "order",
        "claim" => "claim",
        "login" => "login",
        "register" => "register",
        "reset" => "reset",
        _ => "other",
    };
    counter!(LIMITS_HIT, "limit" => limit).increment(1);
}

/// `kind`: whom the block holds, a shopper's orders and claims or an account's logins.
pub(crate) fn block_began(kind: &'static str) {
    counter!(BLOCKS, "kind" => kind).increment(1);
}

pub(crate) fn request_blocked(kind: &'static str) {
    counter!(BLOCKED, "kind" => kind).increment(1);
}

/// The desk turned a job away: its queue is full.
pub(crate) fn desk_refused(desk: &'static str) {
    counter!(DESK_REFUSED, "desk" => desk).increment(1);
}

/// An order did not even come to its reservation: when the desk was full, that is contention.
pub(crate) fn reservation_failed(tally: &Tally, error: &Error) {
    if matches!(error, Error::Busy) {
        conflicts_refused(tally, 1);
    }
}

fn conflicts_refused(tally: &Tally, jobs: u64) {
    tally.add(Count::ConflictsRefused, jobs);
    counter!(STOCK_CONFLICTS, "outcome" => "refused").increment(jobs);
}

/// The payment failed, and its order could not be marked so: no row tells of it.
pub(crate) fn payment_unrecorded(tally: &Tally) {
    tally.add(Count::PaymentsUnrecorded, 1);
}

/// The desk did a batch. A slow one is worth a line: everybody behind it waited.
pub(crate) fn desk_worked(desk: &'static str, jobs: usize, took: Duration) {
    histogram!(DESK_BATCH, "desk" => desk).record(f64::from(u32::try_from(jobs).unwrap_or(u32::MAX)));
    histogram!(DESK_SECONDS, "desk" => desk).record(took);
    if took >= SLOW {
        tracing::warn!(desk, jobs, duration_ms = millis(took), "a batch was slow");
    }
}

pub(crate) fn desk_waiting(desk: &'static str, jobs: usize) {
    gauge!(DESK_WAITING, "desk" => desk).set(f64::from(u32::try_from(jobs).unwrap_or(u32::MAX)));
}

/// The database gave a transaction of so many jobs up, and it is tried again.
pub(crate) fn transaction_retried(tally: &Tally, work: &'static str, jobs: usize, is_duplicate: bool) {
    counter!(RETRIES, "work" => work).increment(1);
    // A request id that came twice at once is no contention for stock.
    if work == "reserve" && !is_duplicate {
        let jobs = u64::try_from(jobs).unwrap_or(u64::MAX);
        tally.add(Count::ConflictsRetried, jobs);
        counter!(STOCK_CONFLICTS, "outcome" => "retried").increment(jobs);
    }
}

/// The database gave a transaction of so many jobs up for good.
pub(crate) fn transaction_given_up(tally: &Tally, work: &'static str, jobs: usize) {
    if work == "reserve" {
        conflicts_refused(tally, u64::try_from(jobs).unwrap_or(u64::MAX));
    }
}

/// A statement of the database was answered, in a transaction or alone.
pub(crate) fn statement_took(within: &'static str, took: Duration) {
    histogram!(STATEMENTS, "within" => within).record(took);
}

pub(crate) fn connections_are(pool: &'static str, size: u32, idle: usize) {
    let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(size);
    gauge!(CONNECTIONS, "pool" => pool, "state" => "used").set(f64::from(size - idle));
    gauge!(CONNECTIONS, "pool" => pool, "state" => "idle").set(f64::from(idle));
}

/// So many orders are PENDING, the first of them for so long.
pub(crate) fn orders_wait(orders: i64, oldest: Duration) {
    gauge!(PENDING).set(f64::from(i32::try_from(orders).unwrap_or(i32::MAX)));
    gauge!(PENDING_OLDEST).set(oldest.as_secs_f64());
}

pub(crate) fn letters_wait(letters: i64) {
    gauge!(LETTERS).set(f64::from(i32::try_from(letters).unwrap_or(i32::MAX)));
}

/// The log has confirmed so many events of a batch, and so many not.
pub(crate) fn events_published(confirmed: usize, failed: usize) {
    for (outcome, events) in [("confirmed", confirmed), ("failed", failed)] {
        if events > 0 {
            counter!(EVENTS, "outcome" => outcome).increment(u64::try_from(events).unwrap_or(u64::MAX));
        }
    }
}

pub(crate) fn outbox_waits(events: i64, oldest: Duration) {
    gauge!(OUTBOX_WAITING).set(f64::from(i32::try_from(events).unwrap_or(i32::MAX)));
    gauge!(OUTBOX_OLDEST).set(oldest.as_secs_f64());
}

/// So many rows lie after the last month of the table.
pub(crate) fn rows_after_months(table: &'static str, rows: i64) {
    gauge!(AFTER_MONTHS, "table" => table).set(f64::from(i32::try_from(rows).unwrap_or(i32::MAX)));
}

/// Every invariant was checked, or that failed.
pub(crate) fn verified(outcome: &'static str) {
    counter!(VERIFICATIONS, "outcome" => outcome).increment(1);
}

/// So many invariants did not hold at this moment.
pub(crate) fn books_are(broken: usize, now: Timestamp) {
    gauge!(BROKEN_INVARIANTS).set(f64::from(u32::try_from(broken).unwrap_or(u32::MAX)));
    gauge!(VERIFIED_AT).set(f64::from(u32::try_from(now.millis().div_euclid(1_000)).unwrap_or(u32::MAX)));
}

/// Whether the shop's own alert fires.
pub(crate) fn alert_is(alert: AlertName, fires: bool) {
    gauge!(ALERT_FIRING, "alert" => alert.as_str()).set(if fires { 1.0 } else { 0.0 });
}

pub(crate) fn notice_sent(channel: Channel, is_sent: bool) {
    let outcome = if is_sent { "sent" } else { "failed" };
    counter!(ALERT_NOTICES, "channel" => channel.as_str(), "outcome" => outcome).increment(1);
}

/// So many people are here now, at all instances, and more than so many are told of.
pub(crate) fn users_are(users: u64, most: i64) {
    gauge!(CONCURRENT_USERS).set(f64::from(u32::try_from(users).unwrap_or(u32::MAX)));
    gauge!(MOST_USERS).set(f64::from(u32::try_from(most).unwrap_or(u32::MAX)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_follow_the_customs_of_prometheus_and_are_unique() {
        let names: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), METRICS.len());
        for metric in METRICS {
            assert!(metric.name.starts_with("damda_"), "{}", metric.name);
            assert_eq!(metric.name.ends_with("_total"), metric.kind == Kind::Counter, "{}", metric.name);
            assert_eq!(metric.buckets.is_empty(), metric.kind != Kind::Histogram, "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }
}
