//! What an order's rows say happened, in the order in which it happened; and what a note may be.

use super::model::{CouponMovement, HistoryEntry, HistoryFact, Note, OperatorsAct, OrderFacts, StockMovement};
use crate::error::{Error, FieldProblem};
use crate::id::EventId;
use crate::order::OrderStatus;
use crate::recovery::Tries;
use crate::time::Timestamp;
use crate::user::rules::is_invisible;
use crate::wallet::{Posting, PostingType};

/// Characters of a note.
pub const MOST_NOTE: i64 = 1_000;

/// A note as it is kept: without blanks around it, lines ended by `\n` whatever the form sent.
///
/// # Errors
/// `Invalid` naming `text`: nothing to read, more than [`MOST_NOTE`] characters, or control characters.
pub fn check_note(text: &str) -> Result<String, Error> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let characters = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    if text.chars().all(is_invisible) {
        Err(Error::invalid("text", FieldProblem::Required))
    } else if characters > MOST_NOTE {
        Err(Error::invalid("text", FieldProblem::TooLong { most: MOST_NOTE }))
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        Err(Error::invalid("text", FieldProblem::Malformed))
    } else {
        Ok(text.to_owned())
    }
}

/// An event as the outbox has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSnapshot {
    pub id: EventId,
    pub kind: String,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

/// A letter that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterSnapshot {
    pub kind: String,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    pub tries: i64,
}

/// Everything that is kept of one order, as it was at one moment; each list in the order in which it was written.
#[derive(Clone, Debug)]
pub struct HistorySnapshot {
    pub facts: OrderFacts,
    pub postings: Vec<Posting>,
    pub events: Vec<EventSnapshot>,
    pub letters: Vec<LetterSnapshot>,
    pub notes: Vec<Note>,
    pub acts: Vec<OperatorsAct>,
    pub tries: Option<Tries>,
    /// Whether the piece of a coupon that paid for it is no longer this order's.
    pub is_coupon_back: bool,
}

/// One change of the order's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    status: OrderStatus,
    at: Timestamp,
    is_known: bool,
}

/// Tells everything in the order in which it happened. What moved with a change of the status (stock, the coupon,
/// money) comes right after it, also within one millisecond.
pub fn tell_history(snapshot: &HistorySnapshot) -> Vec<HistoryEntry> {
    let changes = list_changes(snapshot);
    let step_of = |status: OrderStatus| changes.iter().position(|change| change.status == status);
    let last = changes.len();
    // When, with which change, and what comes before what within one.
    let mut told: Vec<((Timestamp, usize, u8), HistoryFact)> = Vec::new();
    for (step, change) in changes.iter().enumerate() {
        let is_pending = change.status == OrderStatus::Pending;
        let cause = if is_pending { snapshot.facts.pending_cause } else { None };
        let became = HistoryFact::Became { status: change.status, cause, is_moment_known: change.is_known };
        told.push(((change.at, step, 0), became));
        if let Some(movement) = coupon_movement(snapshot, change.status) {
            let code = snapshot.facts.order.coupon_code.clone();
            told.push(((change.at, step, 1), HistoryFact::Coupon { movement, code }));
        }
        if let Some(movement) = stock_movement(step, change.status) {
            for item in &snapshot.facts.order.items {
                let fact = HistoryFact::Stock { movement, product_id: item.product_id, quantity: item.quantity };
                told.push(((change.at, step, 2), fact));
            }
        }
    }
    for posting in &snapshot.postings {
        let step = match posting.kind {
            PostingType::Payment => step_of(OrderStatus::Paid),
            PostingType::Recovery => step_of(OrderStatus::Failed),
            _ => None,
        };
        told.push(((posting.created_at, step.unwrap_or(last), 3), HistoryFact::Posting { posting: posting.clone() }));
    }
    for event in &snapshot.events {
        let step = status_of(event).and_then(step_of).unwrap_or(last);
        let fact = HistoryFact::Event { id: event.id, kind: event.kind.clone(), sent_at: event.sent_at };
        told.push(((event.created_at, step, 4), fact));
    }
    let tries = snapshot.tries.map(|tries| (tries.last_at, HistoryFact::TriesFailed { tries }));
    let acts = snapshot.acts.iter().map(|act| (act.created_at, HistoryFact::Act { act: act.clone() }));
    let letters = snapshot.letters.iter().map(|letter| {
        let fact = HistoryFact::Letter { kind: letter.kind.clone(), due_at: letter.due_at, tries: letter.tries };
        (letter.created_at, fact)
    });
    let notes = snapshot.notes.iter().map(|note| (note.created_at, HistoryFact::Note { note: note.clone() }));
    told.extend(tries.into_iter().chain(acts).chain(letters).chain(notes).map(|(at, fact)| ((at, last, 5), fact)));
    // Stable: what the key does not part stays as it was written.
    told.sort_by_key(|(key, _)| *key);
    told.into_iter().map(|((at, ..), fact)| HistoryEntry { at, fact }).collect()
}

fn status_of(event: &EventSnapshot) -> Option<OrderStatus> {
    event.kind.strip_prefix("order.")?.to_ascii_uppercase().parse().ok()
}

/// The order's own moments say all of its way but for one thing: once it is refunded nothing but the event says when it
/// was completed, and events go.
fn list_changes(snapshot: &HistorySnapshot) -> Vec<Change> {
    let (order, version) = (&snapshot.facts.order, snapshot.facts.version);
    let known = |status, at| Change { status, at, is_known: true };
    let mut changes = Vec::new();
    // What was refused when it was to be reserved never held anything.
    if order.status != OrderStatus::Rejected || version > 1 {
        changes.push(known(OrderStatus::Reserved, order.created_at));
    }
    changes.extend(order.paid_at.map(|at| known(OrderStatus::Paid, at)));
    changes.extend(order.pending_at.map(|at| known(OrderStatus::Pending, at)));
    let latest = changes.last().map_or(order.created_at, |change| change.at);
    let finished_at = order.finished_at.unwrap_or(latest);
    match order.status {
        OrderStatus::Rejected | OrderStatus::Expired | OrderStatus::Failed | OrderStatus::Completed => {
            changes.push(known(order.status, finished_at));
        }
        OrderStatus::PartiallyRefunded | OrderStatus::Refunded => {
            let event = |status| snapshot.events.iter().find(|event| status_of(event) == Some(status));
            let guess = |status, at| Change { status, at, is_known: false };
            let of = |status, before| match event(status) {
                Some(event) => known(status, event.created_at),
                None => guess(status, before),
            };
            let completed = of(OrderStatus::Completed, latest);
            changes.push(completed);
            // RESERVED, PAID, COMPLETED and REFUNDED are four.
            if order.status == OrderStatus::Refunded && version > 4 {
                changes.push(of(OrderStatus::PartiallyRefunded, completed.at));
            }
            let refunds = snapshot.postings.iter().filter(|posting| posting.kind == PostingType::Refund);
            let refunded_at = refunds.map(|posting| posting.created_at).max().unwrap_or(finished_at);
            changes.push(known(order.status, refunded_at));
        }
        OrderStatus::Reserved | OrderStatus::Paid | OrderStatus::Pending => {}
    }
    changes
}

/// `step` is which change of the order it is: the first holds, and what was refused at once moves nothing.
fn stock_movement(step: usize, status: OrderStatus) -> Option<StockMovement> {
    match status {
        OrderStatus::Reserved => Some(StockMovement::Held),
        OrderStatus::Completed => Some(StockMovement::Out),
        OrderStatus::Rejected | OrderStatus::Expired | OrderStatus::Failed if step > 0 => Some(StockMovement::Released),
        _ => None,
    }
}

fn coupon_movement(snapshot: &HistorySnapshot, status: OrderStatus) -> Option<CouponMovement> {
    snapshot.facts.coupon_id?;
    let order = &snapshot.facts.order;
    match status {
        OrderStatus::Paid => Some(CouponMovement::Held),
        OrderStatus::Completed => Some(CouponMovement::Used),
        OrderStatus::Failed if order.paid_at.is_some() => Some(CouponMovement::GivenBack),
        OrderStatus::Refunded if snapshot.is_coupon_back => Some(CouponMovement::GivenBack),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CouponId, OrderId, PostingId, ProductId, UserId};
    use crate::money::Won;
    use crate::order::{Order, OrderItem};
    use crate::recovery::QueueCause;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    /// An order of one line, with a coupon, that reached these moments: paid, pending, finished.
    fn snapshot(status: OrderStatus, version: i64, [paid, pending, finished]: [Option<i64>; 3]) -> HistorySnapshot {
        let item = OrderItem {
            product_id: ProductId::new(7),
            name: String::new(),
            name_en: String::new(),
            unit_price: Won::new(1_000),
            quantity: 2,
            amount: Won::new(2_000),
        };
        let order = Order {
            id: OrderId::new(at(0), [0; 10]),
            user_id: UserId::new(1),
            status,
            total_amount: Won::new(2_000),
            discount_amount: Won::ZERO,
            final_amount: Won::new(2_000),
            coupon_code: None,
            items: vec![item],
            refusal: None,
            refunds: None,
            consent_notice: None,
            created_at: at(0),
            paid_at: paid.map(at),
            pending_at: pending.map(at),
            finished_at: finished.map(at),
        };
        let pending_cause = pending.map(|_| QueueCause::Confirm);
        HistorySnapshot {
            facts: OrderFacts { order, coupon_id: Some(CouponId::new(3)), pending_cause, version },
            postings: Vec::new(),
            events: Vec::new(),
            letters: Vec::new(),
            notes: Vec::new(),
            acts: Vec::new(),
            tries: None,
            is_coupon_back: false,
        }
    }

    fn posting(kind: PostingType, seconds: i64) -> Posting {
        Posting {
            id: PostingId::new(at(seconds), [0; 10]),
            kind,
            amount: Won::new(1),
            balance_after: Won::new(1),
            order_id: None,
            created_at: at(seconds),
        }
    }

    fn event(kind: &str, seconds: i64) -> EventSnapshot {
        EventSnapshot {
            id: EventId::new(at(seconds), [0; 10]),
            kind: kind.to_owned(),
            created_at: at(seconds),
            sent_at: None,
        }
    }

    /// The story in short words, each with its second.
    fn words(snapshot: &HistorySnapshot) -> String {
        let word = |entry: &HistoryEntry| {
            let what = match &entry.fact {
                HistoryFact::Became { status, is_moment_known: true, .. } => status.to_string(),
                HistoryFact::Became { status, .. } => format!("{status}?"),
                HistoryFact::Stock { movement, .. } => format!("stock-{movement:?}"),
                HistoryFact::Coupon { movement, .. } => format!("coupon-{movement:?}"),
                HistoryFact::Posting { posting } => posting.kind.as_str().to_owned(),
                HistoryFact::Event { kind, .. } => kind.clone(),
                other => format!("{other:?}"),
            };
            format!("{}:{what}", entry.at.millis() / 1_000)
        };
        tell_history(snapshot).iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_way_of_an_order_is_told_from_its_own_moments() {
        let table = [
            (OrderStatus::Reserved, 1, [None; 3], "0:RESERVED 0:stock-Held"),
            (OrderStatus::Rejected, 1, [None, None, Some(0)], "0:REJECTED"),
            (OrderStatus::Rejected, 2, [None, None, Some(1)], "0:RESERVED 0:stock-Held 1:REJECTED 1:stock-Released"),
            (OrderStatus::Expired, 2, [None, None, Some(30)], "0:RESERVED 0:stock-Held 30:EXPIRED 30:stock-Released"),
            (OrderStatus::Paid, 2, [Some(1), None, None], "0:RESERVED 0:stock-Held 1:PAID 1:coupon-Held"),
            (
                OrderStatus::Completed,
                3,
                [Some(1), None, Some(2)],
                "0:RESERVED 0:stock-Held 1:PAID 1:coupon-Held 2:COMPLETED 2:coupon-Used 2:stock-Out",
            ),
            (OrderStatus::Pending, 2, [None, Some(1), None], "0:RESERVED 0:stock-Held 1:PENDING"),
            (
                OrderStatus::Failed,
                3,
                [None, Some(1), Some(61)],
                "0:RESERVED 0:stock-Held 1:PENDING 61:FAILED 61:stock-Released",
            ),
            (
                OrderStatus::Failed,
                4,
                [Some(1), Some(2), Some(62)],
                "0:RESERVED 0:stock-Held 1:PAID 1:coupon-Held 2:PENDING 62:FAILED 62:coupon-GivenBack 62:stock-Released",
            ),
        ];
        for (status, version, moments, expected) in table {
            assert_eq!(words(&snapshot(status, version, moments)), expected, "{status} {version}");
        }
    }

    #[test]
    fn a_refunded_order_was_completed_when_its_event_says_so_and_else_nobody_knows_when() {
        let paid = "0:RESERVED 0:stock-Held 1:PAID 1:coupon-Held";
        let mut order = snapshot(OrderStatus::Refunded, 4, [Some(1), None, Some(90)]);
        let unknown = format!("{paid} 1:COMPLETED? 1:coupon-Used 1:stock-Out 90:REFUNDED");
        assert_eq!(words(&order), unknown);
        order.is_coupon_back = true;
        order.postings = vec![posting(PostingType::Refund, 80)];
        let back = format!("{paid} 1:COMPLETED? 1:coupon-Used 1:stock-Out 80:REFUNDED 80:coupon-GivenBack 80:REFUND");
        assert_eq!(words(&order), back);
        order.events = vec![event("order.completed", 2)];
        let known = format!(
            "{paid} 2:COMPLETED 2:coupon-Used 2:stock-Out 2:order.completed 80:REFUNDED 80:coupon-GivenBack 80:REFUND"
        );
        assert_eq!(words(&order), known);

        let mut order = snapshot(OrderStatus::Refunded, 5, [Some(1), None, Some(90)]);
        order.events = vec![event("order.completed", 2), event("order.partially_refunded", 40)];
        order.postings = vec![posting(PostingType::Refund, 40), posting(PostingType::Refund, 90)];
        let twice = format!(
            "{paid} 2:COMPLETED 2:coupon-Used 2:stock-Out 2:order.completed 40:PARTIALLY_REFUNDED \
             40:order.partially_refunded 40:REFUND 90:REFUNDED 90:REFUND"
        );
        assert_eq!(words(&order), twice);
    }

    #[test]
    fn within_one_millisecond_everything_follows_the_change_it_belongs_to() {
        let mut order = snapshot(OrderStatus::Completed, 3, [Some(0), None, Some(0)]);
        order.postings = vec![posting(PostingType::Payment, 0)];
        order.events = vec![event("order.reserved", 0), event("order.paid", 0), event("order.completed", 0)];
        assert_eq!(
            words(&order),
            "0:RESERVED 0:stock-Held 0:order.reserved 0:PAID 0:coupon-Held 0:PAYMENT 0:order.paid \
             0:COMPLETED 0:coupon-Used 0:stock-Out 0:order.completed"
        );
    }

    #[test]
    fn a_note_is_one_to_a_thousand_characters_that_can_be_read() {
        let longest = "글".repeat(1_000);
        let too_long = "a".repeat(1_001);
        let table = [
            ("a", Some("a")),
            ("  a\r\nb\t \n", Some("a\nb")),
            (longest.as_str(), Some(longest.as_str())),
            (too_long.as_str(), None),
            ("", None),
            (" \n\t", None),
            ("\u{200b}\u{3164}", None),
            ("a\rb", None),
            ("a\0b", None),
            ("\u{1b}[31m", None),
        ];
        for (text, kept) in table {
            assert_eq!(check_note(text).ok().as_deref(), kept, "{text:?}");
        }
    }
}
