//! Coupon campaigns and the pieces shoppers hold.

use crate::error::{Error, FieldProblem};
use crate::id::{CouponId, OrderId};
use crate::money::Won;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A coupon's code: 3…40 of `A–Z 0–9 - _`, kept in capitals; what a shopper types is upper-cased.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CouponCode(String);

impl CouponCode {
    /// # Errors
    /// `validation_failed` on `coupon_code`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let code = text.trim().to_ascii_uppercase();
        let good = (3..=40).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
        if good { Ok(Self(code)) } else { Err(Error::invalid("coupon_code", FieldProblem::Malformed)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a coupon takes off an order's total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// Percent of the total, 1…99, rounded down.
    Rate(i64),
    /// This much.
    Fixed(Won),
}

impl Discount {
    /// `rate` or `fixed`, as the API names it.
    pub fn kind(self) -> &'static str {
        match self {
            Discount::Rate(_) => "rate",
            Discount::Fixed(_) => "fixed",
        }
    }

    /// Percent or won.
    pub fn value(self) -> i64 {
        match self {
            Discount::Rate(percent) => percent,
            Discount::Fixed(won) => won.get(),
        }
    }

    /// `None` when the kind is unknown or the value out of range.
    pub fn from_parts(kind: &str, value: i64) -> Option<Self> {
        match kind {
            "rate" if (1..=99).contains(&value) => Some(Discount::Rate(value)),
            "fixed" if value > 0 => Some(Discount::Fixed(Won::new(value))),
            _ => None,
        }
    }
}

/// A campaign: what it takes off, how many pieces there are, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    pub id: CouponId,
    pub code: CouponCode,
    pub name: String,
    pub name_en: String,
    pub discount: Discount,
    /// The least total an order must have.
    pub minimum_amount: Won,
    pub total_quantity: i64,
    pub issued_quantity: i64,
    pub used_quantity: i64,
    /// Claiming and using begin here …
    pub starts_at: Timestamp,
    /// … and both end here.
    pub ends_at: Timestamp,
    pub is_active: bool,
}

impl Coupon {
    /// Pieces nobody has claimed yet.
    pub fn remaining(&self) -> i64 {
        self.total_quantity - self.issued_quantity
    }

    pub fn state(&self, now: Timestamp) -> CampaignState {
        if !self.is_active || now >= self.ends_at {
            CampaignState::Finished
        } else if now < self.starts_at {
            CampaignState::Upcoming
        } else if self.remaining() <= 0 {
            CampaignState::SoldOut
        } else {
            CampaignState::Running
        }
    }
}

/// Where a campaign stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    Upcoming,
    Running,
    SoldOut,
    Finished,
}

/// A campaign in a list, and whether the viewer already holds a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponOffer {
    pub coupon: Coupon,
    pub state: CampaignState,
    /// The viewer's own piece; `None` for a visitor or who has not claimed.
    pub mine: Option<UserCouponState>,
}

/// A stored piece (SPEC reading 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserCouponStatus {
    Issued,
    /// An unfinished order holds it.
    Held,
    Used,
}

impl UserCouponStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            UserCouponStatus::Issued => "ISSUED",
            UserCouponStatus::Held => "HELD",
            UserCouponStatus::Used => "USED",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "ISSUED" => Some(UserCouponStatus::Issued),
            "HELD" => Some(UserCouponStatus::Held),
            "USED" => Some(UserCouponStatus::Used),
            _ => None,
        }
    }
}

/// A piece as its owner sees it: an unused one past its end is EXPIRED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserCouponState {
    Issued,
    Held,
    Used,
    Expired,
}

impl UserCouponState {
    pub fn of(status: UserCouponStatus, ends_at: Timestamp, now: Timestamp) -> Self {
        match status {
            UserCouponStatus::Held => UserCouponState::Held,
            UserCouponStatus::Used => UserCouponState::Used,
            UserCouponStatus::Issued if now >= ends_at => UserCouponState::Expired,
            UserCouponStatus::Issued => UserCouponState::Issued,
        }
    }
}

/// A shopper's piece with its campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedCoupon {
    pub coupon: Coupon,
    pub state: UserCouponState,
    pub claimed_at: Timestamp,
    pub used_at: Option<Timestamp>,
    /// The order that holds or used it.
    pub order_id: Option<OrderId>,
}

/// A campaign to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCoupon {
    pub code: CouponCode,
    pub name: String,
    pub name_en: String,
    pub discount: Discount,
    pub minimum_amount: Won,
    pub total_quantity: i64,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_capital_letters_digits_and_dashes() {
        let table = [
            ("FCFS100", true),
            (" fcfs100 ", true),
            ("A-B_1", true),
            ("AB", false),
            ("", false),
            ("쿠폰", false),
            ("A B C", false),
            ("A'; DROP", false),
        ];
        for (text, good) in table {
            assert_eq!(CouponCode::parse(text).is_ok(), good, "{text}");
        }
        assert!(CouponCode::parse(&"A".repeat(41)).is_err());
    }

    #[test]
    fn a_discount_is_one_to_ninety_nine_percent_or_some_won() {
        let table = [
            ("rate", 0, false),
            ("rate", 1, true),
            ("rate", 99, true),
            ("rate", 100, false),
            ("fixed", 0, false),
            ("fixed", 1, true),
            ("free", 5, false),
        ];
        for (kind, value, good) in table {
            assert_eq!(Discount::from_parts(kind, value).is_some(), good, "{kind} {value}");
        }
    }
}
