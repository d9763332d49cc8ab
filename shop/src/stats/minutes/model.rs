//! What is counted by the minute, and what comes of it.

use crate::alert::model::{ANSWER_BOUNDS_MICROS, Count};
use crate::error::{Error, Fault, Refusal};
use crate::money::Won;
use crate::order::OrderStatus;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// One figure. All but the peaks are sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// Orders that were taken, refused ones with them.
    Placed,
    Completed,
    RejectedForStock,
    RejectedForBalance,
    RejectedForCoupon,
    RejectedForPrice,
    RejectedOtherwise,
    Expired,
    /// Given back by recovery: each is a recovery that succeeded.
    Failed,
    PendingAtPay,
    PendingAtConfirm,
    /// Its process died between two stages.
    PendingStalled,
    /// Payments that went through.
    Paid,
    /// A refusal is an answer, no failure (reading 14).
    PaymentsRefused,
    PaymentsTooLate,
    PaymentsBusy,
    PaymentsDatabase,
    PaymentsBroken,
    PaymentsOther,
    /// Payments whose failure could not even be written with their order.
    PaymentsUnrecorded,
    RecoveriesFailed,
    /// Buyers whose reservation was tried again because others wanted the same rows.
    ConflictsRetried,
    /// Buyers who were turned away by contention while stock was there.
    ConflictsRefused,
    /// Won paid for orders that were completed.
    Revenue,
    Refunds,
    /// Won that refunds gave back.
    Refunded,
    /// Answers in the class of this number ([`ANSWER_BOUNDS_MICROS`]).
    Answers(usize),
    /// The most people who were here at once.
    MostUsers,
    /// The most jobs that waited at the desks of one instance.
    LongestQueue,
    /// The greatest age of the oldest event that waited to be sent, in milliseconds.
    OldestEvent,
}

impl Figure {
    const SUMS: [Figure; 26] = [
        Figure::Placed,
        Figure::Completed,
        Figure::RejectedForStock,
        Figure::RejectedForBalance,
        Figure::RejectedForCoupon,
        Figure::RejectedForPrice,
        Figure::RejectedOtherwise,
        Figure::Expired,
        Figure::Failed,
        Figure::PendingAtPay,
        Figure::PendingAtConfirm,
        Figure::PendingStalled,
        Figure::Paid,
        Figure::PaymentsRefused,
        Figure::PaymentsTooLate,
        Figure::PaymentsBusy,
        Figure::PaymentsDatabase,
        Figure::PaymentsBroken,
        Figure::PaymentsOther,
        Figure::PaymentsUnrecorded,
        Figure::RecoveriesFailed,
        Figure::ConflictsRetried,
        Figure::ConflictsRefused,
        Figure::Revenue,
        Figure::Refunds,
        Figure::Refunded,
    ];
    const PEAKS: [Figure; 3] = [Figure::MostUsers, Figure::LongestQueue, Figure::OldestEvent];
    pub const REJECTED: [Figure; 5] = [
        Figure::RejectedForStock,
        Figure::RejectedForBalance,
        Figure::RejectedForCoupon,
        Figure::RejectedForPrice,
        Figure::RejectedOtherwise,
    ];
    pub const PENDING: [Figure; 3] = [Figure::PendingAtPay, Figure::PendingAtConfirm, Figure::PendingStalled];
    pub const PAYMENTS_FAILED: [Figure; 6] = [
        Figure::PaymentsTooLate,
        Figure::PaymentsBusy,
        Figure::PaymentsDatabase,
        Figure::PaymentsBroken,
        Figure::PaymentsOther,
        Figure::PaymentsUnrecorded,
    ];
    pub const CONFLICTS: [Figure; 2] = [Figure::ConflictsRetried, Figure::ConflictsRefused];

    pub fn all() -> impl Iterator<Item = Figure> {
        let answers = (0..=ANSWER_BOUNDS_MICROS.len()).map(Figure::Answers);
        Self::SUMS.into_iter().chain(answers).chain(Self::PEAKS)
    }

    /// As the database has it.
    pub fn name(self) -> String {
        let name = match self {
            Figure::Placed => "placed",
            Figure::Completed => "completed",
            Figure::RejectedForStock => "rejected_stock",
            Figure::RejectedForBalance => "rejected_balance",
            Figure::RejectedForCoupon => "rejected_coupon",
            Figure::RejectedForPrice => "rejected_price",
            Figure::RejectedOtherwise => "rejected_other",
            Figure::Expired => "expired",
            Figure::Failed => "failed",
            Figure::PendingAtPay => "pending_pay",
            Figure::PendingAtConfirm => "pending_confirm",
            Figure::PendingStalled => "pending_stalled",
            Figure::Paid => "paid",
            Figure::PaymentsRefused => "payments_refused",
            Figure::PaymentsTooLate => "payments_too_late",
            Figure::PaymentsBusy => "payments_busy",
            Figure::PaymentsDatabase => "payments_database",
            Figure::PaymentsBroken => "payments_broken",
            Figure::PaymentsOther => "payments_other",
            Figure::PaymentsUnrecorded => "payments_unrecorded",
            Figure::RecoveriesFailed => "recoveries_failed",
            Figure::ConflictsRetried => "conflicts_retried",
            Figure::ConflictsRefused => "conflicts_refused",
            Figure::Revenue => "revenue",
            Figure::Refunds => "refunds",
            Figure::Refunded => "refunded",
            Figure::Answers(class) => return Count::Answers(class).name(),
            Figure::MostUsers => "most_users",
            Figure::LongestQueue => "longest_queue",
            Figure::OldestEvent => "oldest_event",
        };
        name.to_owned()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::all().find(|figure| figure.name() == text)
    }

    /// Of two of them the greater counts, not both.
    pub fn is_peak(self) -> bool {
        Self::PEAKS.contains(&self)
    }

    pub fn of_refusal(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::InsufficientStock { .. } => Figure::RejectedForStock,
            Refusal::InsufficientBalance { .. } => Figure::RejectedForBalance,
            Refusal::CouponNotApplicable { .. } => Figure::RejectedForCoupon,
            Refusal::PriceChanged { .. } => Figure::RejectedForPrice,
            Refusal::BalanceLimitExceeded { .. } | Refusal::CouponSoldOut | Refusal::CouponAlreadyClaimed => {
                Figure::RejectedOtherwise
            }
        }
    }

    /// `stage` as it is kept with the order: the stage that was not successful, or "stalled".
    pub fn of_pending(stage: &str) -> Self {
        match stage {
            "pay" => Figure::PendingAtPay,
            "confirm" => Figure::PendingAtConfirm,
            _ => Figure::PendingStalled,
        }
    }

    pub fn of_payment_error(error: &Error) -> Self {
        match error {
            Error::Busy => Figure::PaymentsBusy,
            Error::Fault(Fault::Database(_) | Fault::Uncertain(_) | Fault::Away(_)) => Figure::PaymentsDatabase,
            Error::Fault(Fault::Broken(_)) => Figure::PaymentsBroken,
            _ => Figure::PaymentsOther,
        }
    }

    /// What only an instance's own count tells; everything else is in rows.
    pub fn of_count(count: Count) -> Option<Self> {
        match count {
            Count::Answers(class) => Some(Figure::Answers(class)),
            Count::ConflictsRetried => Some(Figure::ConflictsRetried),
            Count::ConflictsRefused => Some(Figure::ConflictsRefused),
            Count::PaymentsUnrecorded => Some(Figure::PaymentsUnrecorded),
            Count::Payments | Count::PaymentsFailed | Count::Recoveries | Count::RecoveriesFailed => None,
        }
    }
}

/// A kind of work of which an instance does one piece at a time, or one whose pieces may wait for each other: with the
/// instance it names the shard, so that no stage ever waits for another's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Reserve,
    Pay,
    Confirm,
    /// What is not on the way of an order that comes through.
    Aside,
    /// What this instance counted.
    Samples,
}

impl Lane {
    /// The shard of this lane at an instance. Two instances share one only if 120 random bits agree.
    pub(super) fn shard(self, instance: [u8; 16]) -> [u8; 16] {
        let lane = match self {
            Lane::Reserve => 1,
            Lane::Pay => 2,
            Lane::Confirm => 3,
            Lane::Aside => 4,
            Lane::Samples => 5,
        };
        let mut shard = instance;
        shard[15] = lane;
        shard
    }
}

/// Figures of some span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures(BTreeMap<Figure, i64>);

impl Figures {
    /// Adds to a sum, or raises a peak.
    pub fn add(&mut self, figure: Figure, amount: i64) {
        if amount == 0 {
            return;
        }
        let known = self.0.entry(figure).or_default();
        *known = if figure.is_peak() { amount.max(*known) } else { known.saturating_add(amount) };
    }

    /// So many more.
    pub fn add_count(&mut self, figure: Figure, count: usize) {
        self.add(figure, i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub fn add_won(&mut self, figure: Figure, amount: Won) {
        self.add(figure, amount.get());
    }

    pub fn add_all(&mut self, other: &Figures) {
        other.iter().for_each(|(figure, amount)| self.add(figure, amount));
    }

    /// That so many orders have now this status.
    pub fn add_status(&mut self, status: OrderStatus, orders: usize) {
        let figure = match status {
            OrderStatus::Completed => Figure::Completed,
            OrderStatus::Paid => Figure::Paid,
            OrderStatus::Expired => Figure::Expired,
            OrderStatus::Failed => Figure::Failed,
            // Those are counted with their cause, or as refunds.
            OrderStatus::Reserved
            | OrderStatus::Rejected
            | OrderStatus::Pending
            | OrderStatus::PartiallyRefunded
            | OrderStatus::Refunded => return,
        };
        self.add_count(figure, orders);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Figure, i64)> {
        self.0.iter().map(|(figure, amount)| (*figure, *amount))
    }

    pub fn of(&self, figure: Figure) -> i64 {
        self.0.get(&figure).copied().unwrap_or(0)
    }

    pub fn sum(&self, figures: &[Figure]) -> i64 {
        figures.iter().map(|figure| self.of(*figure)).sum()
    }

    pub fn rejected(&self) -> i64 {
        self.sum(&Figure::REJECTED)
    }

    pub fn pending(&self) -> i64 {
        self.sum(&Figure::PENDING)
    }

    /// Completed orders among those whose first outcome is known, as the metrics have it.
    pub fn success(&self) -> Share {
        let completed = self.of(Figure::Completed);
        Share { part: completed, whole: completed + self.rejected() + self.pending() + self.of(Figure::Expired) }
    }

    /// Failed payments among those that were tried; a refusal is one that was tried (reading 14).
    pub fn payment_failures(&self) -> Share {
        let failed = self.sum(&Figure::PAYMENTS_FAILED);
        Share { part: failed, whole: failed + self.of(Figure::Paid) + self.of(Figure::PaymentsRefused) }
    }

    /// Buyers in contention among those who ordered.
    pub fn conflicts(&self) -> Share {
        let conflicts = self.sum(&Figure::CONFLICTS);
        Share { part: conflicts, whole: self.of(Figure::Placed) + self.of(Figure::ConflictsRefused) }
    }

    /// Recoveries that gave everything back among those that were tried.
    pub fn recoveries(&self) -> Share {
        let done = self.of(Figure::Failed);
        Share { part: done, whole: done + self.of(Figure::RecoveriesFailed) }
    }

    /// What came in less what was given back.
    pub fn revenue(&self) -> i64 {
        self.of(Figure::Revenue) - self.of(Figure::Refunded)
    }

    /// Answers by class, the quickest first.
    pub fn answers(&self) -> [u64; ANSWER_BOUNDS_MICROS.len() + 1] {
        std::array::from_fn(|class| u64::try_from(self.of(Figure::Answers(class))).unwrap_or(0))
    }
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub part: i64,
    pub whole: i64,
}

impl Share {
    /// In thousandths of a percent, rounded down; `None` of nothing.
    pub fn milli_percent(self) -> Option<i64> {
        (self.whole > 0).then(|| self.part.saturating_mul(100_000) / self.whole)
    }
}

/// How far back the dashboard looks, and in slots of which length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    QuarterHour,
    #[default]
    Hour,
    Day,
    ThreeDays,
}

impl Span {
    pub const ALL: [Span; 4] = [Span::QuarterHour, Span::Hour, Span::Day, Span::ThreeDays];

    /// As addresses have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Span::QuarterHour => "15m",
            Span::Hour => "1h",
            Span::Day => "24h",
            Span::ThreeDays => "3d",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.as_str() == text)
    }

    /// How many slots there are, the one under way among them.
    pub fn slots(self) -> u32 {
        match self {
            Span::QuarterHour => 15,
            Span::Hour => 60,
            Span::Day => 96,
            Span::ThreeDays => 72,
        }
    }

    /// What is older than [`FOLDED_AFTER`](super::service::FOLDED_AFTER) is known by the quarter-hour.
    pub fn slot(self) -> Duration {
        const MINUTE: Duration = Duration::from_secs(60);
        match self {
            Span::QuarterHour | Span::Hour => MINUTE,
            Span::Day => 15 * MINUTE,
            Span::ThreeDays => 60 * MINUTE,
        }
    }
}

/// The figures of one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    pub start: Timestamp,
    /// How much of it has passed, in milliseconds, at least a second.
    pub millis: i64,
    pub figures: Figures,
}

impl Slot {
    /// Of something that is counted: how often in a thousand seconds.
    pub fn per_kilosecond(&self, count: i64) -> i64 {
        count.saturating_mul(1_000_000) / self.millis.max(1)
    }
}

/// How the shop does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dashboard {
    pub span: Span,
    pub now: Timestamp,
    /// Every slot, oldest first, those without any figure too.
    pub slots: Vec<Slot>,
    /// All of them together.
    pub total: Slot,
    /// People of the last minute.
    pub users: u64,
    /// The age of the oldest event that waits to be sent.
    pub oldest_event: Duration,
    /// Jobs that wait at the desks of this instance.
    pub waiting: usize,
}

impl Dashboard {
    /// From when on it tells.
    pub fn from(&self) -> Timestamp {
        self.total.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_figure_has_a_name_of_its_own_and_is_found_by_it() {
        let names: BTreeSet<String> = Figure::all().map(Figure::name).collect();
        assert_eq!(names.len(), Figure::all().count());
        for figure in Figure::all() {
            assert_eq!(Figure::from_text(&figure.name()), Some(figure));
        }
    }

    #[test]
    fn sums_add_up_and_peaks_do_not() {
        let mut figures = Figures::default();
        for (figure, amount) in
            [(Figure::Placed, 2), (Figure::Placed, 3), (Figure::MostUsers, 7), (Figure::MostUsers, 5)]
        {
            figures.add(figure, amount);
        }
        assert_eq!((figures.of(Figure::Placed), figures.of(Figure::MostUsers)), (5, 7));
    }

    #[test]
    fn a_refusal_is_a_payment_that_was_tried_and_did_not_fail() {
        let mut figures = Figures::default();
        figures.add(Figure::Paid, 6);
        figures.add(Figure::PaymentsRefused, 2);
        figures.add(Figure::PaymentsTooLate, 1);
        figures.add(Figure::PaymentsDatabase, 1);
        assert_eq!(figures.payment_failures(), Share { part: 2, whole: 10 });
        assert_eq!(figures.payment_failures().milli_percent(), Some(20_000));
        assert_eq!(figures.recoveries().milli_percent(), None, "nothing was recovered, which is no share of it");
    }

    #[test]
    fn lanes_of_an_instance_are_shards_of_their_own_and_none_is_the_folded_one() {
        let lanes = [Lane::Reserve, Lane::Pay, Lane::Confirm, Lane::Aside, Lane::Samples];
        let shards: BTreeSet<[u8; 16]> = lanes.into_iter().map(|lane| lane.shard([0; 16])).collect();
        assert_eq!(shards.len(), lanes.len());
        assert!(!shards.contains(&[0; 16]));
    }
}
