//! What is known of an event, which of them are asked for, and which go out once more.

use crate::id::{EventId, OrderId};
use crate::order::OrderStatus;
use crate::time::Timestamp;

/// The kinds that there are: one for each status of an order.
pub fn event_kinds() -> impl Iterator<Item = String> {
    OrderStatus::ALL.into_iter().map(|status| format!("order.{}", status.as_str().to_ascii_lowercase()))
}

/// An event and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// In the order of the outbox.
    pub place: i64,
    pub id: EventId,
    pub order_id: OrderId,
    pub kind: String,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    /// When an operator last had it sent once more.
    pub replayed_at: Option<Timestamp>,
}

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    pub order: Option<OrderId>,
    pub kind: Option<String>,
    pub is_sent: Option<bool>,
}

impl EventFilter {
    pub fn takes(&self, event: &EventPlace) -> bool {
        self.order.is_none_or(|order| order == event.order_id)
            && self.kind.as_ref().is_none_or(|kind| *kind == event.kind)
            && self.is_sent.is_none_or(|is_sent| is_sent == event.sent_at.is_some())
    }
}

/// How the outbox stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxState {
    /// Whether there is a log to send to. Where there is none, events are done as soon as they are written.
    pub is_listened: bool,
    /// Events that wait; at most [`MOST_WAITING`](crate::watch::MOST_WAITING) are counted.
    pub waiting: i64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Timestamp>,
    /// When something last went out.
    pub last_sent: Option<Timestamp>,
    /// What the log last said no with to this process, and when. Another instance may know of a later one.
    pub last_error: Option<(Timestamp, String)>,
}

/// What goes out once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// Events by their places.
    Chosen(Vec<i64>),
    /// What happened from one moment on and before another.
    Between(Timestamp, Timestamp),
}
