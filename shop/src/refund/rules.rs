//! What may be given back, what it comes to, and when a wallet has room for it.

use super::model::{RefundLines, RefundRefusal, RefundedLine, RefundedPieces};
use super::shares::{LineShares, PricedLine, share_out};
use crate::id::ProductId;
use crate::money::Won;
use crate::order::{Lines, OrderStatus};
use crate::time::Timestamp;
use crate::wallet::rules::{WALLET_LIMIT, WalletSnapshot};

/// One line of the order, and how many of its pieces were given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineSnapshot {
    pub line: PricedLine,
    pub refunded: i64,
}

impl LineSnapshot {
    fn left(&self) -> i64 {
        self.line.quantity - self.refunded
    }
}

/// Everything refunding must know of one order, its shopper and their wallet, read under lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundSnapshot {
    pub status: OrderStatus,
    /// What was paid.
    pub final_amount: Won,
    /// In the order of the lines.
    pub lines: Vec<LineSnapshot>,
    /// When the coupon that this order used up ends; `None` when it used none.
    pub coupon_ends_at: Option<Timestamp>,
    pub wallet: WalletSnapshot,
    pub is_closed: bool,
    /// Whether the operator would give back an order of their own.
    pub is_own: bool,
}

impl RefundSnapshot {
    /// What stands in the way of any refund of this order.
    pub fn find_refusal(&self) -> Option<RefundRefusal> {
        let is_refundable = matches!(self.status, OrderStatus::Completed | OrderStatus::PartiallyRefunded);
        if self.is_own {
            Some(RefundRefusal::OwnOrder)
        } else if !is_refundable {
            Some(RefundRefusal::NotRefundable { status: self.status })
        } else if self.is_closed {
            Some(RefundRefusal::AccountClosed)
        } else {
            None
        }
    }

    /// What each piece was paid with, line by line.
    pub fn shares(&self) -> Vec<LineShares> {
        let lines: Vec<PricedLine> = self.lines.iter().map(|line| line.line).collect();
        share_out(self.final_amount, &lines)
    }

    /// What was given back of each line so far.
    pub fn refunded(&self) -> Vec<RefundedPieces> {
        let of_line = |(line, shares): (&LineSnapshot, LineShares)| RefundedPieces {
            quantity: line.refunded,
            amount: shares.amount(0, line.refunded),
        };
        self.lines.iter().zip(self.shares()).map(of_line).collect()
    }

    /// What each piece that is left of a line would give back, line by line, in the order in which they would.
    pub fn left(&self) -> Vec<Vec<Won>> {
        let of_line = |(line, shares): (&LineSnapshot, LineShares)| {
            (line.refunded..line.line.quantity).map(|before| shares.amount(before, 1)).collect()
        };
        self.lines.iter().zip(self.shares()).map(of_line).collect()
    }

    /// Whether the coupon comes back when all of the order is given back now.
    pub fn returns_coupon(&self, now: Timestamp) -> bool {
        self.coupon_ends_at.is_some_and(|ends_at| now < ends_at)
    }
}

/// Pieces of one line that are given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedLine {
    pub product_id: ProductId,
    pub quantity: i64,
    /// What they were paid with.
    pub amount: Won,
    /// What they cost before the discount: that much they count in the sales figures.
    pub price: Won,
}

impl PlannedLine {
    pub fn refunded(&self) -> RefundedLine {
        RefundedLine { product_id: self.product_id, quantity: self.quantity, amount: self.amount }
    }
}

/// How the money of a refund reaches the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credit {
    /// Its pieces were paid with nothing: the discount took all of it.
    Nothing,
    /// Now; the wallet holds this much after it.
    Now { balance_after: Won },
    /// As soon as it fits.
    Owed,
}

/// One refund. All of it is written in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundPlan {
    pub lines: Vec<PlannedLine>,
    pub amount: Won,
    /// PARTIALLY_REFUNDED or REFUNDED.
    pub status: OrderStatus,
    pub returns_coupon: bool,
    pub credit: Credit,
}

/// Decides one refund. The coupon comes back only with the last piece, and only while it has not ended.
pub fn decide_refund(
    snapshot: &RefundSnapshot,
    asked: &RefundLines,
    now: Timestamp,
) -> Result<RefundPlan, RefundRefusal> {
    if let Some(refusal) = snapshot.find_refusal() {
        return Err(refusal);
    }
    if let RefundLines::Of(asked) = asked {
        check_asked(&snapshot.lines, asked)?;
    }
    let count_of = |line: &LineSnapshot| match asked {
        RefundLines::Whole => line.left(),
        RefundLines::Of(asked) => {
            asked.iter().find(|(id, _)| *id == line.line.product_id).map_or(0, |(_, count)| count)
        }
    };
    let (mut lines, mut amount, mut left) = (Vec::new(), Won::ZERO, 0);
    for (line, shares) in snapshot.lines.iter().zip(snapshot.shares()) {
        let quantity = count_of(line);
        left += line.left() - quantity;
        if quantity > 0 {
            let planned = PlannedLine {
                product_id: line.line.product_id,
                quantity,
                amount: shares.amount(line.refunded, quantity),
                price: line.line.unit_price.times(quantity).expect("the line itself fits 64 bits"),
            };
            amount = amount.plus(planned.amount).expect("no more than was paid");
            lines.push(planned);
        }
    }
    let status = if left == 0 { OrderStatus::Refunded } else { OrderStatus::PartiallyRefunded };
    Ok(RefundPlan {
        lines,
        amount,
        status,
        returns_coupon: status == OrderStatus::Refunded && snapshot.returns_coupon(now),
        credit: decide_credit(snapshot.wallet, amount),
    })
}

fn check_asked(lines: &[LineSnapshot], asked: &Lines) -> Result<(), RefundRefusal> {
    for (product_id, asked) in asked.iter() {
        let line = lines.iter().find(|line| line.line.product_id == product_id);
        let left = line.ok_or(RefundRefusal::NotInOrder { product_id })?.left();
        if asked > left {
            return Err(RefundRefusal::TooMany { product_id, asked, left });
        }
    }
    Ok(())
}

/// Whether a refund is credited at once. Room is kept for what unfinished orders may give back, which always fits
/// (SPEC reading 3); and nobody passes a refund that waits already, or small ones would keep a large one waiting.
pub fn decide_credit(wallet: WalletSnapshot, amount: Won) -> Credit {
    if amount == Won::ZERO {
        return Credit::Nothing;
    }
    match fits(wallet.balance, wallet.unfinished, amount) {
        Some(balance_after) if wallet.owed == Won::ZERO => Credit::Now { balance_after },
        _ => Credit::Owed,
    }
}

/// Which of the refunds that wait, oldest first, are credited now: as many as fit before the first that does not. Gives
/// the balance after each.
pub fn decide_credits(balance: Won, unfinished: Won, waiting: impl IntoIterator<Item = Won>) -> Vec<Won> {
    let mut balances = Vec::new();
    let mut balance = balance;
    for amount in waiting {
        let Some(after) = fits(balance, unfinished, amount) else { break };
        balance = after;
        balances.push(after);
    }
    balances
}

/// The balance after a credit that fits.
fn fits(balance: Won, unfinished: Won, amount: Won) -> Option<Won> {
    let after = balance.plus(amount)?;
    after.plus(unfinished).filter(|most| *most <= WALLET_LIMIT).map(|_| after)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
