//! The order event log. Rows of the outbox go out at least once and in the order of each order's changes;
//! consumers drop repeats by the event's id.

use crate::error::Fault;
use crate::id::{EventId, OrderId};
use crate::time::Timestamp;
use async_trait::async_trait;
use std::time::Duration;

/// A log that has not confirmed an event within this has not taken it.
pub const PUBLISHED_WITHIN: Duration = Duration::from_secs(15);

/// One state change of one order, free of personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    /// Also the key: events of one order keep their order.
    pub order_id: OrderId,
    /// `order.completed` and the like.
    pub kind: String,
    /// JSON.
    pub payload: String,
    pub created_at: Timestamp,
}

#[async_trait]
pub trait Events: Send + Sync {
    /// Sends all of these at once; says of each, in the same order, whether the log has confirmed it. Answers
    /// within [`PUBLISHED_WITHIN`].
    async fn publish(&self, events: &[Event]) -> Vec<Result<(), Fault>>;
}
