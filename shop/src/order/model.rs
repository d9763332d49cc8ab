//! What an order is, as every caller sees it.

use super::status::OrderStatus;
use crate::coupon::CouponCode;
use crate::error::{CouponReason, Error, FieldError, FieldProblem, Refusal};
use crate::id::{OrderId, ProductId, UserId};
use crate::money::Won;
use crate::notice::NoticeDigest;
use crate::refund::OrderRefunds;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// At most this many of one product in an order (SPEC §5).
pub const MOST_OF_ONE_PRODUCT: i64 = 10;
/// At most this many pieces in one order (SPEC §5).
pub const MOST_IN_ONE_ORDER: i64 = 30;
/// So many lines can an order of [`MOST_IN_ONE_ORDER`] pieces have.
const MOST_LINES: usize = 30;

/// What is ordered: each product once, 1…10 of it, at most 30 in all. Sorted by product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines(BTreeMap<ProductId, i64>);

impl Lines {
    /// Adds up what is asked for; the same product twice counts together.
    ///
    /// # Errors
    /// `validation_failed` naming `items`, `items[i].quantity` or `items[i].product_id`.
    pub fn new(asked: impl IntoIterator<Item = (ProductId, i64)>) -> Result<Self, Error> {
        let mut lines: BTreeMap<ProductId, i64> = BTreeMap::new();
        let mut problems = Vec::new();
        let mut total: i64 = 0;
        for (index, (product, quantity)) in asked.into_iter().enumerate() {
            // Each line holds a piece at least, so no good order is longer, and a list of a megabyte is
            // not answered with ten megabytes of complaints.
            if index >= MOST_LINES {
                problems.push(FieldError::new("items", FieldProblem::TooLarge { most: MOST_IN_ONE_ORDER }));
                break;
            }
            let field = || format!("items[{index}].quantity");
            if quantity < 1 {
                problems.push(FieldError::new(field(), FieldProblem::TooSmall { least: 1 }));
                continue;
            }
            let held = lines.entry(product).or_default();
            *held = held.saturating_add(quantity);
            total = total.saturating_add(quantity);
            if *held > MOST_OF_ONE_PRODUCT {
                problems.push(FieldError::new(field(), FieldProblem::TooLarge { most: MOST_OF_ONE_PRODUCT }));
            }
        }
        if problems.is_empty() && lines.is_empty() {
            problems.push(FieldError::new("items", FieldProblem::Required));
        }
        if problems.is_empty() && total > MOST_IN_ONE_ORDER {
            problems.push(FieldError::new("items", FieldProblem::TooLarge { most: MOST_IN_ONE_ORDER }));
        }
        if problems.is_empty() { Ok(Self(lines)) } else { Err(Error::Invalid(problems)) }
    }

    /// In product order.
    pub fn iter(&self) -> impl Iterator<Item = (ProductId, i64)> + '_ {
        self.0.iter().map(|(product, quantity)| (*product, *quantity))
    }

    pub fn products(&self) -> impl Iterator<Item = ProductId> + '_ {
        self.0.keys().copied()
    }

    pub fn pieces(&self) -> i64 {
        self.0.values().sum()
    }
}

/// An order as a shopper places it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRequest {
    pub lines: Lines,
    pub coupon_code: Option<CouponCode>,
    /// The final amount the shopper saw (SPEC reading 8).
    pub expected_amount: Option<Won>,
    /// The notice of withdrawal the shopper agreed to.
    pub consent_notice: Option<NoticeDigest>,
}

/// One line of an order, its price as it was when the order was reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderItem {
    pub product_id: ProductId,
    pub name: String,
    pub name_en: String,
    pub unit_price: Won,
    pub quantity: i64,
    pub amount: Won,
}

/// An order with everything a page or the API shows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    pub id: OrderId,
    pub user_id: UserId,
    pub status: OrderStatus,
    pub total_amount: Won,
    pub discount_amount: Won,
    pub final_amount: Won,
    pub coupon_code: Option<CouponCode>,
    pub items: Vec<OrderItem>,
    /// Why it was REJECTED.
    pub refusal: Option<Refusal>,
    /// The notice its shopper agreed to, when it was placed.
    pub consent_notice: Option<NoticeDigest>,
    pub created_at: Timestamp,
    pub paid_at: Option<Timestamp>,
    /// Since when it is (or was) PENDING.
    pub pending_at: Option<Timestamp>,
    /// When it became COMPLETED, REJECTED, EXPIRED or FAILED.
    pub finished_at: Option<Timestamp>,
    /// What was given back of it since.
    pub refunds: Option<OrderRefunds>,
}

impl Order {
    /// Whether some process may still be at work on it. The stages take milliseconds; an order that has been
    /// RESERVED or PAID for as long as a reservation lasts has lost its process, and the jobs move it on.
    pub fn is_under_way(&self, reservation_ttl: Duration, now: Timestamp) -> bool {
        let since = match self.status {
            OrderStatus::Reserved => Some(self.created_at),
            OrderStatus::Paid => self.paid_at,
            _ => None,
        };
        since.is_some_and(|since| now < since.after(reservation_ttl))
    }
}

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderSummary {
    pub id: OrderId,
    pub status: OrderStatus,
    pub total_amount: Won,
    pub discount_amount: Won,
    pub final_amount: Won,
    pub coupon_code: Option<CouponCode>,
    pub created_at: Timestamp,
    /// All lines of the order.
    pub items: Vec<OrderItem>,
}

/// What a cart would cost this shopper now, and what stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quote {
    pub lines: Vec<QuotedLine>,
    pub total_amount: Won,
    pub discount_amount: Won,
    pub final_amount: Won,
    /// The coupons of the shopper and what each would take off this order.
    pub coupons: Vec<QuotedCoupon>,
    /// The wallet's balance; `None` for a visitor.
    pub balance: Option<Won>,
    /// Everything that would refuse this order now; empty means that it can be bought.
    pub problems: Vec<QuoteProblem>,
}

/// One line of a cart with the product as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuotedLine {
    pub product: crate::product::Product,
    pub quantity: i64,
    pub amount: Won,
}

/// A coupon of the shopper against this cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuotedCoupon {
    pub code: CouponCode,
    pub name: String,
    pub name_en: String,
    /// The least total it applies to.
    pub minimum_amount: Won,
    /// What it would take off, or why it does not apply.
    pub outcome: Result<Won, CouponReason>,
    pub chosen: bool,
}

/// What would refuse the order now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum QuoteProblem {
    /// These lines are no longer sold; they are not in the quote.
    NotForSale {
        product_ids: Vec<ProductId>,
    },
    Refused {
        refusal: Refusal,
    },
}
