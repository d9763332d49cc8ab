//! What recovery says of an order to people: why it waits, what is known of the tries, and when the next one is due.

use crate::order::OrderStatus;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Why an order did not come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueCause {
    /// Paying was not successful.
    Pay,
    /// It was paid, and confirming was not successful.
    Confirm,
    /// It was paid, and then its process was gone: a job made it PENDING.
    Stalled,
    /// RESERVED or PAID for longer than a reservation lasts: its process is gone, and no job has been there yet.
    Overdue,
    /// PENDING for a reason that another version of the program wrote.
    Other,
}

impl QueueCause {
    pub const ALL: [QueueCause; 5] =
        [QueueCause::Pay, QueueCause::Confirm, QueueCause::Stalled, QueueCause::Overdue, QueueCause::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            QueueCause::Pay => "pay",
            QueueCause::Confirm => "confirm",
            QueueCause::Stalled => "stalled",
            QueueCause::Overdue => "overdue",
            QueueCause::Other => "other",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }

    /// Of an order with this status and this cause as it is kept with it.
    pub fn of(status: OrderStatus, kept: Option<&str>) -> Self {
        match (status, kept) {
            (OrderStatus::Pending, Some("pay")) => QueueCause::Pay,
            (OrderStatus::Pending, Some("confirm")) => QueueCause::Confirm,
            (OrderStatus::Pending, Some("stalled")) => QueueCause::Stalled,
            (OrderStatus::Pending, _) => QueueCause::Other,
            _ => QueueCause::Overdue,
        }
    }
}

/// The last stage of an order that is durable, which says what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageDone {
    /// It holds stock.
    Reserved,
    /// It holds stock, the shopper's money, and their coupon if there was one.
    Paid,
}

/// What moving an order on failed with: a word for people, whatever the log says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TryError {
    /// The database refused.
    Database,
    /// The connection broke over the commit.
    Uncertain,
    /// The database did not answer or could not write. Never kept: there is nowhere to keep it.
    Away,
    /// Something that is always so was not so, and nothing was written.
    Broken,
    Other,
}

impl TryError {
    pub const ALL: [TryError; 5] =
        [TryError::Database, TryError::Uncertain, TryError::Away, TryError::Broken, TryError::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            TryError::Database => "database",
            TryError::Uncertain => "uncertain",
            TryError::Away => "away",
            TryError::Broken => "broken",
            TryError::Other => "other",
        }
    }

    /// A word of another version of the program is `Other`.
    pub fn from_text(text: &str) -> Self {
        Self::ALL.into_iter().find(|error| error.as_str() == text).unwrap_or(TryError::Other)
    }
}

/// The tries at moving an order on that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tries {
    pub failed: i64,
    pub last_error: TryError,
    pub last_at: Timestamp,
}

/// When the shop itself tries next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "when", content = "at", rename_all = "snake_case")]
pub enum NextTry {
    /// Not before this moment.
    At(Timestamp),
    /// It is due: the next turn of the job takes it.
    AtTheNextTurn,
}

/// What can be done about an order that did not come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// RESERVED to EXPIRED.
    Expire,
    /// PAID to PENDING.
    Stall,
    /// PENDING to FAILED, with everything given back.
    Recover,
}

/// Where an order stands when somebody asks for its recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Due(Step),
    /// Its time is not over: somebody may be at work on it, or its minute has not passed (SPEC reading 1).
    NotYetDue {
        until: Timestamp,
    },
    Finished(OrderStatus),
}
