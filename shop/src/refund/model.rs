//! What a refund is: as an operator asks for it, as it is kept, and as operators and shoppers see it.

use crate::coupon::CouponCode;
use crate::error::{Error, FieldProblem};
use crate::id::{OrderId, ProductId, RefundId, UserId};
use crate::money::Won;
use crate::order::{Lines, OrderStatus};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why an operator gives something back: one line of 1…200 characters, kept for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundReason(String);

impl RefundReason {
    pub const MOST_CHARS: i64 = 200;

    /// # Errors
    /// `validation_failed` on `reason`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        let problem = if text.is_empty() {
            FieldProblem::Required
        } else if chars > Self::MOST_CHARS {
            FieldProblem::TooLong { most: Self::MOST_CHARS }
        } else if text.chars().any(char::is_control) {
            FieldProblem::Malformed
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(Error::invalid("reason", problem))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is to be given back of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundLines {
    /// All that was not given back yet.
    Whole,
    /// These pieces.
    Of(Lines),
}

/// Pieces of one line that were given back, and what they had been paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RefundedLine {
    pub product_id: ProductId,
    pub quantity: i64,
    pub amount: Won,
}

/// One refund, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refund {
    pub id: RefundId,
    pub order_id: OrderId,
    /// The how many-th of its order.
    pub number: i64,
    /// Whose order it is.
    pub user_id: UserId,
    pub operator_id: UserId,
    pub reason: String,
    pub amount: Won,
    pub lines: Vec<RefundedLine>,
    /// Whether the order's coupon may be used again since.
    pub coupon_returned: bool,
    pub created_at: Timestamp,
    /// Since when the wallet has it; `None` while it is owed.
    pub credited_at: Option<Timestamp>,
}

/// A refund that waits for room in its wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OwedRefund {
    pub id: RefundId,
    pub order_id: OrderId,
    pub number: i64,
    pub amount: Won,
    pub created_at: Timestamp,
}

/// What was given back of one line so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RefundedPieces {
    pub quantity: i64,
    pub amount: Won,
}

/// What was given back of an order so far, as its shopper sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderRefunds {
    pub amount: Won,
    /// As much of it waits for room in the wallet.
    pub owed: Won,
    pub coupon_returned: bool,
    /// When the last of it was given back.
    pub last_at: Timestamp,
    pub lines: BTreeMap<ProductId, RefundedPieces>,
}

/// Why nothing was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum RefundRefusal {
    /// Only what was sold and is not given back in full can be refunded.
    NotRefundable { status: OrderStatus },
    /// The order has no such line.
    NotInOrder { product_id: ProductId },
    /// Fewer pieces of the line are left than were to be given back.
    TooMany { product_id: ProductId, asked: i64, left: i64 },
    /// Its owner closed the account: nobody could spend what the wallet would hold.
    AccountClosed,
    /// Nobody gives back their own order.
    OwnOrder,
}

/// An order as an operator sees it before giving something back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refundable {
    pub order_id: OrderId,
    pub user_id: UserId,
    pub status: OrderStatus,
    pub total_amount: Won,
    pub discount_amount: Won,
    pub final_amount: Won,
    pub coupon_code: Option<CouponCode>,
    pub lines: Vec<RefundableLine>,
    /// All that may still be given back.
    pub left_amount: Won,
    /// Whether giving all of it back now would free the coupon.
    pub returns_coupon: bool,
    /// Whether giving all of it back now would wait for room in the wallet.
    pub would_wait: bool,
    /// What stands in the way of any refund.
    pub refusal: Option<RefundRefusal>,
    /// What was given back so far, the first one first.
    pub refunds: Vec<Refund>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundableLine {
    pub product_id: ProductId,
    pub name: String,
    pub name_en: String,
    pub unit_price: Won,
    pub quantity: i64,
    pub refunded: RefundedPieces,
    /// What each of the pieces that are left would give back, in the order in which they would: giving back two gives
    /// the first two.
    pub left: Vec<Won>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        let most = "이".repeat(200);
        let table = [
            ("", None),
            (" \n", None),
            ("wrong edition", Some("wrong edition")),
            ("  찢어진 파일  ", Some("찢어진 파일")),
            ("a\nb", None),
            ("a\u{1b}[31mb", None),
            (most.as_str(), Some(most.as_str())),
        ];
        for (text, kept) in table {
            assert_eq!(RefundReason::parse(text).ok().as_ref().map(RefundReason::as_str), kept, "{text:?}");
        }
        assert!(RefundReason::parse(&"이".repeat(201)).is_err());
    }
}
