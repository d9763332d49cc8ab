//! What a history consists of, in words that both shops understand: everybody and everything counted from nought.

use shop::failpoints::Point;
use std::collections::BTreeMap;
use std::fmt;

pub type Millis = i64;

/// An order as a shopper asks for it. A product or a coupon beyond the last one is none that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderAsk {
    pub user: usize,
    pub key: u32,
    pub lines: Vec<(usize, i64)>,
    pub coupon: Option<usize>,
    pub expected: Option<i64>,
}

/// What makes two orders under one request id the same request.
pub type Body = (BTreeMap<usize, i64>, Option<usize>, Option<i64>);

impl OrderAsk {
    pub fn pieces(&self) -> BTreeMap<usize, i64> {
        let mut pieces = BTreeMap::new();
        for (product, quantity) in &self.lines {
            *pieces.entry(*product).or_default() += quantity;
        }
        pieces
    }

    pub fn body(&self) -> Body {
        (self.pieces(), self.coupon, self.expected)
    }
}

impl fmt::Display for OrderAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user {} key {} [", self.user, self.key)?;
        for (place, (product, quantity)) in self.lines.iter().enumerate() {
            write!(f, "{}{quantity} of {product}", if place == 0 { "" } else { ", " })?;
        }
        write!(f, "]")?;
        if let Some(coupon) = self.coupon {
            write!(f, " coupon {coupon}")?;
        }
        self.expected.map_or(Ok(()), |won| write!(f, " for {won}"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargeAsk {
    pub user: usize,
    pub key: u32,
    pub amount: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimAsk {
    pub user: usize,
    pub coupon: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Rate,
    Fixed,
}

/// A refund as an operator asks for it; without lines, all that is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAsk {
    pub key: u32,
    pub order: usize,
    pub lines: Option<BTreeMap<usize, i64>>,
}

/// A campaign as its operator makes it.
#[derive(Clone, Copy, Debug)]
pub struct CouponDraft {
    pub kind: Kind,
    pub value: i64,
    pub minimum: i64,
    pub total: i64,
    pub starts: Millis,
    pub ends: Millis,
}

/// A product as its operator makes or changes it.
#[derive(Clone, Copy, Debug)]
pub struct ProductDraft {
    pub price: i64,
    pub total: i64,
    pub is_active: bool,
}

/// The jobs that move orders on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    Expire,
    Stall,
    Recover,
}

/// What the event log does with what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogMood {
    Takes,
    Refuses,
    /// It takes an event and its confirmation is lost.
    TakesAndSaysNothing,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// All at once, in this order, each by the whole service. So are charges and claims.
    Orders(Vec<OrderAsk>),
    Charges(Vec<ChargeAsk>),
    Claims(Vec<ClaimAsk>),
    /// Of different people at once.
    Mixed(Box<OrderAsk>, ChargeAsk, ClaimAsk),
    /// One stage alone: its process goes on with these orders later, or never.
    Reserve(Vec<OrderAsk>),
    Pay(Vec<usize>),
    Confirm(Vec<usize>),
    /// What did this request place?
    FindPlaced(OrderAsk),
    /// A shopper reads everything of their own, so many lines a page.
    Look {
        user: usize,
        page: i64,
    },
    Popular,
    SaveProduct(usize, ProductDraft),
    MakeCoupon(CouponDraft),
    StopCoupon(usize),
    Refund(RefundAsk),
    /// The job that credits what is owed.
    Credit,
    Do(Job),
    Relay,
    LogIs(LogMood),
    ClockTo(Millis),
    /// The process is killed while nobody asks it anything.
    Restart,
}

/// What happens at a failpoint, once.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub point: Point,
    pub action: &'static str,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.point.name(), self.action)
    }
}
