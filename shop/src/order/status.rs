//! The states of an order (SPEC reading 1) and which may follow which.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatus {
    /// Stock is held; nothing is paid yet.
    Reserved,
    /// The wallet paid; the coupon is held.
    Paid,
    /// Stock is out, the coupon used: the shopper has what they bought.
    Completed,
    /// A rule refused it; it holds nothing.
    Rejected,
    /// Not paid in time; it holds nothing.
    Expired,
    /// A stage failed. It keeps what it holds until recovery gives it back.
    Pending,
    /// Recovered: everything was given back.
    Failed,
    /// An operator gave part of the payment back.
    PartiallyRefunded,
    /// An operator gave all of the payment back.
    Refunded,
}

impl OrderStatus {
    pub const ALL: [OrderStatus; 9] = [
        OrderStatus::Reserved,
        OrderStatus::Paid,
        OrderStatus::Completed,
        OrderStatus::Rejected,
        OrderStatus::Expired,
        OrderStatus::Pending,
        OrderStatus::Failed,
        OrderStatus::PartiallyRefunded,
        OrderStatus::Refunded,
    ];

    /// Whether an order of this state may become one of `next`.
    pub fn may_become(self, next: OrderStatus) -> bool {
        use OrderStatus::{Completed, Expired, Failed, Paid, PartiallyRefunded, Pending, Refunded, Rejected, Reserved};
        matches!(
            (self, next),
            (Reserved, Paid | Rejected | Expired | Pending)
                | (Paid, Completed | Pending)
                | (Pending, Failed)
                | (Completed, PartiallyRefunded | Refunded)
                | (PartiallyRefunded, Refunded)
        )
    }

    /// Whether the order holds stock that is not sold yet.
    pub fn holds_stock(self) -> bool {
        matches!(self, OrderStatus::Reserved | OrderStatus::Paid | OrderStatus::Pending)
    }

    /// Whether something will still happen to the order by itself.
    pub fn is_unfinished(self) -> bool {
        self.holds_stock()
    }

    /// Whether the shopper got what they bought, also when some or all of it was given back later.
    pub fn was_sold(self) -> bool {
        matches!(self, OrderStatus::Completed) || self.is_refunded()
    }

    /// Whether something was given back after the sale.
    pub fn is_refunded(self) -> bool {
        matches!(self, OrderStatus::PartiallyRefunded | OrderStatus::Refunded)
    }

    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderStatus::Reserved => "RESERVED",
            OrderStatus::Paid => "PAID",
            OrderStatus::Completed => "COMPLETED",
            OrderStatus::Rejected => "REJECTED",
            OrderStatus::Expired => "EXPIRED",
            OrderStatus::Pending => "PENDING",
            OrderStatus::Failed => "FAILED",
            OrderStatus::PartiallyRefunded => "PARTIALLY_REFUNDED",
            OrderStatus::Refunded => "REFUNDED",
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is none of the nine states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an order status")]
pub struct UnknownStatus;

impl FromStr for OrderStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: from; columns: to; in the order of `ALL`. R P C J E N F h d.
    const TABLE: [(OrderStatus, [u8; 9]); 9] = [
        (OrderStatus::Reserved, [0, 1, 0, 1, 1, 1, 0, 0, 0]),
        (OrderStatus::Paid, [0, 0, 1, 0, 0, 1, 0, 0, 0]),
        (OrderStatus::Completed, [0, 0, 0, 0, 0, 0, 0, 1, 1]),
        (OrderStatus::Rejected, [0; 9]),
        (OrderStatus::Expired, [0; 9]),
        (OrderStatus::Pending, [0, 0, 0, 0, 0, 0, 1, 0, 0]),
        (OrderStatus::Failed, [0; 9]),
        (OrderStatus::PartiallyRefunded, [0, 0, 0, 0, 0, 0, 0, 0, 1]),
        (OrderStatus::Refunded, [0; 9]),
    ];

    #[test]
    fn every_pair_of_states_is_decided() {
        for (from, row) in TABLE {
            for (to, allowed) in OrderStatus::ALL.into_iter().zip(row) {
                assert_eq!(from.may_become(to), allowed == 1, "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_state_reads_back_as_it_is_written() {
        for status in OrderStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert_eq!("completed".parse::<OrderStatus>(), Err(UnknownStatus));
    }
}
