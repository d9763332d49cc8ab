//! The words of an order's history, and of orders that were found.

use crate::coupon::CouponCode;
use crate::id::{CouponId, EventId, ProductId, UserId};
use crate::order::{Order, OrderStatus};
use crate::recovery::{QueueCause, Tries};
use crate::time::Timestamp;
use crate::wallet::Posting;
use serde::Serialize;

/// One thing that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    pub at: Timestamp,
    #[serde(flatten)]
    pub fact: HistoryFact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum HistoryFact {
    /// It came to be in this status. `cause` is why it is PENDING. Where nothing that is kept says when (its event is
    /// gone, and a later status has the moment), the entry stands at the latest moment before it that is known.
    Became { status: OrderStatus, cause: Option<QueueCause>, is_moment_known: bool },
    /// Pieces of a product moved with that change.
    Stock { movement: StockMovement, product_id: ProductId, quantity: i64 },
    /// The shopper's piece of a coupon moved with that change.
    Coupon { movement: CouponMovement, code: Option<CouponCode> },
    /// Money moved.
    Posting { posting: Posting },
    /// An event was written; `sent_at` is when the log had it.
    Event { id: EventId, kind: String, sent_at: Option<Timestamp> },
    /// Moving it on has failed so often, the last time at this moment.
    TriesFailed { tries: Tries },
    /// An operator wrote a note.
    Note { note: Note },
    /// A letter to the shopper waits; what was sent leaves no row.
    Letter { kind: String, due_at: Timestamp, tries: i64 },
    /// An operator did something, as the audit log has it.
    Act { act: OperatorsAct },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StockMovement {
    /// Free pieces are held for it.
    Held,
    /// What was held is sold.
    Out,
    /// What was held is free again.
    Released,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponMovement {
    Held,
    Used,
    /// The shopper has it again.
    GivenBack,
}

/// What an operator wrote about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    pub id: i64,
    pub operator_id: UserId,
    pub body: String,
    pub created_at: Timestamp,
}

/// What an operator did to an order, as the audit log has it; from where they did it is in the log alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorsAct {
    /// Nobody: the command line.
    pub operator_id: Option<UserId>,
    /// As the log names it: a newer program may have written what this one does not know.
    pub act: String,
    /// JSON.
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}

/// An order with what only operators see of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderFacts {
    #[serde(flatten)]
    pub order: Order,
    pub coupon_id: Option<CouponId>,
    pub pending_cause: Option<QueueCause>,
    /// 1 for a new order; one more for each change of its status.
    pub version: i64,
}

/// An order in a list of anybody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundOrder {
    pub order: Order,
    /// Only for those who may see people, and asked to.
    pub email: Option<String>,
}
