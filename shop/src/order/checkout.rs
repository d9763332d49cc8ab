//! The three decisions of an order (SPEC §4): reserve, pay, confirm. Each takes a snapshot read under lock
//! and the orders of a batch in the order they arrived, and gives a plan; nothing here does I/O, and an
//! order that is refused never touches its neighbours' snapshot.

use super::model::{Lines, OrderItem};
use super::status::OrderStatus;
use crate::coupon::rules::{UserCouponSnapshot, decide_discount};
use crate::coupon::{Coupon, CouponCode, UserCouponStatus};
use crate::error::Refusal;
use crate::id::{CouponId, OrderId, ProductId, UserId};
use crate::money::Won;
use crate::time::Timestamp;
use crate::wallet::rules::decide_payment;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// A product as the reserving stage sees it under lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductSnapshot {
    pub name: String,
    pub name_en: String,
    pub price: Won,
    pub available: i64,
    pub is_active: bool,
}

/// A shopper's piece of a coupon.
pub type PieceKey = (UserId, CouponId);

/// What reserving needs to know. Orders decided earlier in the batch have already taken from it.
#[derive(Clone, Debug, Default)]
pub struct ReserveSnapshot {
    pub products: BTreeMap<ProductId, ProductSnapshot>,
    pub coupons: HashMap<CouponCode, Coupon>,
    pub pieces: HashMap<PieceKey, UserCouponSnapshot>,
}

/// An order as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReserveCommand {
    pub user_id: UserId,
    pub lines: Lines,
    pub coupon_code: Option<CouponCode>,
    pub expected_amount: Option<Won>,
}

/// The amounts and lines of an order, fixed when it is reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedOrder {
    pub items: Vec<OrderItem>,
    pub total_amount: Won,
    pub discount_amount: Won,
    pub coupon_id: Option<CouponId>,
}

impl PricedOrder {
    pub fn final_amount(&self) -> Won {
        self.total_amount.minus(self.discount_amount).expect("a discount is less than the total")
    }
}

/// What becomes of one arriving order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReserveOutcome {
    /// RESERVED: its pieces are taken from the snapshot.
    Reserved(PricedOrder),
    /// REJECTED, and kept with the amounts it would have had without a coupon.
    Rejected(PricedOrder, Refusal),
    /// These are not for sale, so the request was malformed: nothing is kept.
    NotForSale(Vec<ProductId>),
}

/// Decides one order after the ones before it: stock, then coupon, then the price the shopper saw.
pub fn decide_reserve(snapshot: &mut ReserveSnapshot, command: &ReserveCommand, now: Timestamp) -> ReserveOutcome {
    let is_sold = |product: &ProductId| snapshot.products.get(product).is_some_and(|product| product.is_active);
    let missing: Vec<ProductId> = command.lines.products().filter(|product| !is_sold(product)).collect();
    if !missing.is_empty() {
        return ReserveOutcome::NotForSale(missing);
    }
    let mut order = price_lines(&snapshot.products, &command.lines);
    if let Some(refusal) = find_shortage(&snapshot.products, &command.lines) {
        return ReserveOutcome::Rejected(order, refusal);
    }
    if let Some(code) = &command.coupon_code {
        let coupon = snapshot.coupons.get(code);
        let piece = coupon.and_then(|coupon| snapshot.pieces.get(&(command.user_id, coupon.id)).copied());
        match decide_discount(coupon, piece, order.total_amount, now) {
            Ok(discount) => {
                order.discount_amount = discount;
                order.coupon_id = coupon.map(|coupon| coupon.id);
            }
            Err(reason) => return ReserveOutcome::Rejected(order, Refusal::CouponNotApplicable { reason }),
        }
    }
    let actual = order.final_amount();
    if let Some(expected) = command.expected_amount.filter(|expected| *expected != actual) {
        return ReserveOutcome::Rejected(order, Refusal::PriceChanged { expected, actual });
    }
    for (product, quantity) in command.lines.iter() {
        if let Some(product) = snapshot.products.get_mut(&product) {
            product.available -= quantity;
        }
    }
    ReserveOutcome::Reserved(order)
}

fn price_lines(products: &BTreeMap<ProductId, ProductSnapshot>, lines: &Lines) -> PricedOrder {
    let items: Vec<OrderItem> = lines
        .iter()
        .filter_map(|(product_id, quantity)| {
            products.get(&product_id).map(|product| OrderItem {
                product_id,
                name: product.name.clone(),
                name_en: product.name_en.clone(),
                unit_price: product.price,
                quantity,
                amount: product.price.times(quantity).expect("ten of the dearest product fit 64 bits"),
            })
        })
        .collect();
    let total_amount = items
        .iter()
        .try_fold(Won::ZERO, |sum, item| sum.plus(item.amount))
        .expect("thirty of the dearest products fit 64 bits");
    PricedOrder { items, total_amount, discount_amount: Won::ZERO, coupon_id: None }
}

/// The first line that asks for more than is free.
fn find_shortage(products: &BTreeMap<ProductId, ProductSnapshot>, lines: &Lines) -> Option<Refusal> {
    lines.iter().find_map(|(product_id, requested)| {
        let available = products.get(&product_id).map_or(0, |product| product.available);
        decide_shortage(product_id, requested, available)
    })
}

/// Whether the payment of this order is one of so many in a hundred that fail on purpose: the same orders every time.
pub fn fails_on_purpose(order: OrderId, percent: u32) -> bool {
    let [.., high, low] = order.bytes();
    u32::from(u16::from_be_bytes([high, low])) % 100 < percent
}

/// Whether so many pieces are too many.
pub fn decide_shortage(product_id: ProductId, requested: i64, available: i64) -> Option<Refusal> {
    (available < requested).then_some(Refusal::InsufficientStock { product_id, requested, available })
}

/// A reserved order as the later stages see it under lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSnapshot {
    pub id: OrderId,
    pub user_id: UserId,
    pub status: OrderStatus,
    pub total_amount: Won,
    pub discount_amount: Won,
    pub final_amount: Won,
    pub coupon_id: Option<CouponId>,
    pub created_at: Timestamp,
}

impl OrderSnapshot {
    /// The piece of a coupon this order pays with.
    pub fn piece_key(&self) -> Option<PieceKey> {
        self.coupon_id.map(|coupon| (self.user_id, coupon))
    }
}

/// What paying needs to know. Orders decided earlier in the batch have already paid from it.
#[derive(Clone, Debug, Default)]
pub struct PaySnapshot {
    pub balances: BTreeMap<UserId, Won>,
    pub coupons: HashMap<CouponId, Coupon>,
    pub pieces: HashMap<PieceKey, UserCouponSnapshot>,
}

/// What becomes of one reserved order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayOutcome {
    /// PAID; the wallet holds this much after it.
    Paid { balance_after: Won },
    /// REJECTED; its stock is released.
    Rejected(Refusal),
    /// EXPIRED: it came too late to pay; its stock is released.
    Expired,
    /// Somebody else moved it on; nothing is written.
    NotReserved(OrderStatus),
}

/// Decides one payment after the ones before it: in time, coupon and amount still as reserved, balance.
pub fn decide_pay(snapshot: &mut PaySnapshot, order: &OrderSnapshot, ttl: Duration, now: Timestamp) -> PayOutcome {
    if order.status != OrderStatus::Reserved {
        return PayOutcome::NotReserved(order.status);
    }
    if now >= order.created_at.after(ttl) {
        return PayOutcome::Expired;
    }
    if let Some(coupon_id) = order.coupon_id {
        let piece = snapshot.pieces.get(&(order.user_id, coupon_id)).copied();
        match decide_discount(snapshot.coupons.get(&coupon_id), piece, order.total_amount, now) {
            Err(reason) => return PayOutcome::Rejected(Refusal::CouponNotApplicable { reason }),
            Ok(discount) if discount != order.discount_amount => {
                let actual = order.total_amount.minus(discount).expect("a discount is less than the total");
                return PayOutcome::Rejected(Refusal::PriceChanged { expected: order.final_amount, actual });
            }
            Ok(_) => {}
        }
    }
    let balance = snapshot.balances.get(&order.user_id).copied().unwrap_or(Won::ZERO);
    let balance_after = match decide_payment(balance, order.final_amount) {
        Ok(left) => left,
        Err(refusal) => return PayOutcome::Rejected(refusal),
    };
    snapshot.balances.insert(order.user_id, balance_after);
    let piece = order.coupon_id.and_then(|coupon| snapshot.pieces.get_mut(&(order.user_id, coupon)));
    if let Some(piece) = piece {
        piece.status = UserCouponStatus::Held;
        piece.order_id = Some(order.id);
    }
    PayOutcome::Paid { balance_after }
}

/// Whether a paid order is sold now. Anything but PAID has been moved on by somebody else.
pub fn decide_confirm(order: &OrderSnapshot) -> Result<(), OrderStatus> {
    if order.status == OrderStatus::Paid { Ok(()) } else { Err(order.status) }
}

#[cfg(test)]
#[path = "checkout_tests.rs"]
mod tests;
