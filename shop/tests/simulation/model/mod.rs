//! The second shop: plain integers, written from the specification and knowing nothing of the first. It says what
//! every answer must be and how every figure must stand afterwards.
//!
//! Where a process died or a stage failed, more than one thing may have come of a request. Then the model is told
//! how far it went ([`Went`]), which must be a place on its way, and everything else must follow from that.

mod orders;
mod people;
mod picture;
mod refunds;

pub use picture::SQL as PICTURE;

use crate::asks::{Body, CouponDraft, Job, Kind, LogMood, Millis, ProductDraft, RefundAsk};
use std::collections::{BTreeMap, VecDeque};

pub const SECOND: Millis = 1_000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// SPEC §6: a reservation lasts so long; a paid order that nobody confirmed within it has lost its process.
pub const RESERVATION: Millis = 30 * SECOND;
/// SPEC §8: a pending order is recovered after so long.
pub const RECOVERY: Millis = MINUTE;
/// SPEC §5.
pub const WALLET_LIMIT: i64 = 10_000_000;
/// What was sent is kept in the outbox so long.
const EVENTS_KEPT: Millis = 7 * DAY;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Reserved,
    Paid,
    Completed,
    Rejected,
    Expired,
    Pending,
    Failed,
    PartiallyRefunded,
    Refunded,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Reserved => "RESERVED",
            Status::Paid => "PAID",
            Status::Completed => "COMPLETED",
            Status::Rejected => "REJECTED",
            Status::Expired => "EXPIRED",
            Status::Pending => "PENDING",
            Status::Failed => "FAILED",
            Status::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Status::Refunded => "REFUNDED",
        }
    }

    pub fn was_sold(self) -> bool {
        matches!(self, Status::Completed | Status::PartiallyRefunded | Status::Refunded)
    }

    pub fn is_final(self) -> bool {
        !matches!(self, Status::Reserved | Status::Paid | Status::Pending)
    }
}

/// How far an order went before a fault or the death of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    Nowhere,
    ToReserved,
    ToPaid,
    /// Paying failed, or confirming did: it is PENDING and holds what it held.
    ToPendingUnpaid,
    ToPendingPaid,
    /// Where its rules lead.
    ToTheEnd,
}

#[derive(Clone, Debug)]
pub struct User {
    pub balance: i64,
    pub orders_at: VecDeque<Millis>,
    pub claims_at: VecDeque<Millis>,
    pub failures: u32,
    pub block: Option<(Millis, Millis)>,
}

#[derive(Clone, Copy, Debug)]
pub struct Product {
    pub price: i64,
    pub total: i64,
    pub reserved: i64,
    pub is_active: bool,
    supplied: i64,
}

#[derive(Clone, Copy, Debug)]
pub struct Coupon {
    pub draft: CouponDraft,
    pub is_active: bool,
    pub issued: i64,
    pub used: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Issued,
    By(usize),
    UsedBy(usize, Millis),
}

#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub held: Held,
    claimed_at: Millis,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    status: Status,
    sent_at: Option<Millis>,
    is_deleted: bool,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub user: usize,
    /// Product, quantity, price.
    pub lines: Vec<(usize, i64, i64)>,
    total: i64,
    discount: i64,
    coupon: Option<usize>,
    pub status: Status,
    refusal: String,
    pub created: Millis,
    pub paid: Option<Millis>,
    pub pending: Option<Millis>,
    finished: Option<Millis>,
    events: Vec<Event>,
    /// Pieces of each line that were given back.
    pub back: Vec<i64>,
    refunds: usize,
}

impl Order {
    pub fn amount(&self) -> i64 {
        self.total - self.discount
    }

    /// The moment its present state began, while something will still happen to it by itself, and after how long.
    pub fn waits(&self) -> Option<(Millis, Millis)> {
        match self.status {
            Status::Reserved => Some((self.created, RESERVATION)),
            Status::Paid => self.paid.map(|since| (since, RESERVATION)),
            Status::Pending => self.pending.map(|since| (since, RECOVERY)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Request {
    pub body: Body,
    pub ask: crate::asks::OrderAsk,
    /// Asked of the stage alone: its body is another one to the service.
    pub is_staged: bool,
    order: usize,
}

#[derive(Clone, Debug)]
pub struct ChargeRequest {
    pub amount: i64,
    answer: String,
}

#[derive(Clone, Debug)]
pub struct RefundRequest {
    pub ask: RefundAsk,
    answer: String,
}

#[derive(Clone, Debug)]
struct Refund {
    order: usize,
    number: usize,
    amount: i64,
    returns_coupon: bool,
    created: Millis,
    credited: Option<Millis>,
    /// Product, quantity, won.
    lines: Vec<(usize, i64, i64)>,
}

#[derive(Clone, Copy, Debug)]
struct Posting {
    user: usize,
    kind: &'static str,
    amount: i64,
    after: i64,
    order: Option<usize>,
}

/// Pieces sold by product since a moment, most first, as they were counted.
#[derive(Clone, Debug)]
struct Ranking {
    counted_at: Millis,
    since: Millis,
    pieces: Vec<(usize, i64)>,
}

#[derive(Clone, Debug)]
pub struct Model {
    pub now: Millis,
    pub has_limits: bool,
    pub users: Vec<User>,
    pub products: Vec<Product>,
    pub coupons: Vec<Coupon>,
    pub pieces: BTreeMap<(usize, usize), Piece>,
    pub orders: Vec<Order>,
    pub requests: BTreeMap<(usize, u32), Request>,
    pub charges: BTreeMap<(usize, u32), ChargeRequest>,
    /// Who gives back; by a key of theirs.
    pub operator: usize,
    pub refund_requests: BTreeMap<u32, RefundRequest>,
    refunds: Vec<Refund>,
    postings: Vec<Posting>,
    /// Of an hour and a product: pieces and won.
    sales: BTreeMap<(Millis, usize), (i64, i64)>,
    ranking: Option<Ranking>,
}

impl Model {
    pub fn new(now: Millis, has_limits: bool) -> Self {
        Self {
            now,
            has_limits,
            users: Vec::new(),
            products: Vec::new(),
            coupons: Vec::new(),
            pieces: BTreeMap::new(),
            orders: Vec::new(),
            requests: BTreeMap::new(),
            charges: BTreeMap::new(),
            operator: usize::MAX,
            refund_requests: BTreeMap::new(),
            refunds: Vec::new(),
            postings: Vec::new(),
            sales: BTreeMap::new(),
            ranking: None,
        }
    }

    /// What was only in the memory of the process is gone with it: limits, blocks, rankings.
    pub fn process_died(&mut self) {
        self.ranking = None;
        for user in &mut self.users {
            user.orders_at.clear();
            user.claims_at.clear();
            user.failures = 0;
            user.block = None;
        }
    }

    pub fn add_user(&mut self, balance: i64) {
        let user = self.users.len();
        self.users.push(User {
            balance,
            orders_at: VecDeque::new(),
            claims_at: VecDeque::new(),
            failures: 0,
            block: None,
        });
        if balance > 0 {
            self.postings.push(Posting { user, kind: "CHARGE", amount: balance, after: balance, order: None });
        }
    }

    /// Somebody who shops like everybody and gives others their orders back.
    pub fn add_operator(&mut self) {
        self.operator = self.users.len();
        self.add_user(0);
    }

    /// Makes or changes a product. What unfinished orders hold cannot be taken out.
    pub fn save_product(&mut self, product: usize, draft: ProductDraft) -> &'static str {
        if product == self.products.len() {
            self.products.push(Product { price: 0, total: 0, reserved: 0, is_active: false, supplied: 0 });
        }
        let kept = &mut self.products[product];
        if draft.total < kept.reserved {
            return "validation_failed";
        }
        kept.supplied += draft.total - kept.total;
        (kept.price, kept.total, kept.is_active) = (draft.price, draft.total, draft.is_active);
        "ok"
    }

    pub fn make_coupon(&mut self, draft: CouponDraft) {
        self.coupons.push(Coupon { draft, is_active: true, issued: 0, used: 0 });
    }

    pub fn stop_coupon(&mut self, coupon: usize) {
        self.coupons[coupon].is_active = false;
    }

    /// What lies ahead of the clock by more than its time is over too: the clock was set back (docs/adr/0008).
    fn is_over(&self, since: Millis, lasts: Millis) -> bool {
        self.now >= since + lasts || since > self.now + lasts
    }

    /// The orders a job would move now.
    pub fn due(&self, job: Job) -> Vec<usize> {
        let (status, lasts) = match job {
            Job::Expire => (Status::Reserved, RESERVATION),
            Job::Stall => (Status::Paid, RESERVATION),
            Job::Recover => (Status::Pending, RECOVERY),
        };
        let is_due = |order: &Order| {
            order.status == status && order.waits().is_some_and(|(since, _)| self.is_over(since, lasts))
        };
        (0..self.orders.len()).filter(|place| is_due(&self.orders[*place])).collect()
    }

    /// Moves those of the due orders that `moved` says; gives how many.
    pub fn run(&mut self, job: Job, moved: &dyn Fn(usize) -> bool) -> usize {
        let due: Vec<usize> = self.due(job).into_iter().filter(|place| moved(*place)).collect();
        for place in &due {
            match job {
                Job::Expire => self.expire(*place),
                Job::Stall => self.pend(*place),
                Job::Recover => self.recover(*place),
            }
        }
        due.len()
    }

    /// Events that wait in the outbox, and rows that are old enough to go.
    pub fn outbox(&self) -> (usize, usize) {
        let kept = || self.orders.iter().flat_map(|order| &order.events).filter(|event| !event.is_deleted);
        let is_old = |event: &&Event| event.sent_at.is_some_and(|sent_at| sent_at < self.now - EVENTS_KEPT);
        (kept().filter(|event| event.sent_at.is_none()).count(), kept().filter(is_old).count())
    }

    pub fn rows_of_outbox(&self) -> usize {
        self.orders.iter().flat_map(|order| &order.events).filter(|event| !event.is_deleted).count()
    }

    /// The relay sends what waits and forgets what is old; gives its answer.
    pub fn relay(&mut self, log: LogMood) -> String {
        let (waiting, _) = self.outbox();
        if waiting > 0 && log != LogMood::Takes {
            return "internal_error".to_owned();
        }
        self.mark_sent();
        self.forget_old();
        format!("{waiting} sent")
    }

    pub fn mark_sent(&mut self) {
        let now = self.now;
        for event in self.orders.iter_mut().flat_map(|order| &mut order.events) {
            event.sent_at.get_or_insert(now);
        }
    }

    pub fn forget_old(&mut self) {
        let oldest = self.now - EVENTS_KEPT;
        for event in self.orders.iter_mut().flat_map(|order| &mut order.events) {
            event.is_deleted |= event.sent_at.is_some_and(|sent_at| sent_at < oldest);
        }
    }

    /// What happened to each order, and how much of it the log has surely had.
    pub fn events(&self) -> Vec<(Vec<&'static str>, usize)> {
        let told = |order: &Order| order.events.iter().filter(|event| event.sent_at.is_some()).count();
        let words = |order: &Order| order.events.iter().map(|event| event.status.word()).collect();
        self.orders.iter().map(|order| (words(order), told(order))).collect()
    }

    /// What sold most over three days. Counted at most a second ago: so there may be two answers.
    pub fn popular(&mut self) -> Vec<String> {
        let since = (self.now - 3 * DAY).div_euclid(HOUR) * HOUR;
        let mut sold: BTreeMap<usize, i64> = BTreeMap::new();
        for ((_, product), (quantity, _)) in self.sales.range((since, 0)..) {
            *sold.entry(*product).or_default() += quantity;
        }
        let mut fresh: Vec<(usize, i64)> = sold.into_iter().filter(|(_, quantity)| *quantity > 0).collect();
        fresh.sort_by_key(|(product, quantity)| std::cmp::Reverse((*quantity, *product)));
        let kept = self.ranking.take();
        let kept =
            kept.filter(|kept| kept.since == since && (kept.counted_at..kept.counted_at + SECOND).contains(&self.now));
        let say = |ranking: &[(usize, i64)]| {
            let active = ranking.iter().filter(|(product, _)| self.products[*product].is_active);
            active.map(|(product, quantity)| format!("{quantity} of {product}")).collect::<Vec<_>>().join(", ")
        };
        let mut answers = vec![say(&fresh)];
        // A ranking holds what is for sale when it is counted.
        fresh.retain(|(product, _)| self.products[*product].is_active);
        let kept = kept.unwrap_or(Ranking { counted_at: self.now, since, pieces: fresh });
        answers.push(say(&kept.pieces));
        self.ranking = Some(kept);
        answers
    }

    /// In how many orders that were sold two products met.
    pub fn pairs(&self) -> String {
        let mut pairs: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        for order in self.orders.iter().filter(|order| order.status.was_sold()) {
            for (one, ..) in &order.lines {
                for (other, ..) in order.lines.iter().filter(|(other, ..)| other != one) {
                    *pairs.entry((*one, *other)).or_default() += 1;
                }
            }
        }
        pairs.into_iter().map(|((one, other), count)| format!("{one} {other} {count}")).collect::<Vec<_>>().join("\n")
    }

    /// What a coupon takes off, or why it does not apply.
    pub fn discount(&self, user: usize, coupon: usize, total: i64) -> Result<i64, &'static str> {
        let Some(campaign) = self.coupons.get(coupon) else { return Err("unknown") };
        match self.pieces.get(&(user, coupon)).map(|piece| piece.held) {
            None => return Err("not_claimed"),
            Some(Held::By(_)) => return Err("in_use"),
            Some(Held::UsedBy(..)) => return Err("used"),
            Some(Held::Issued) => {}
        }
        self.is_running(campaign)?;
        if total < campaign.draft.minimum {
            return Err("below_minimum");
        }
        let off = match campaign.draft.kind {
            Kind::Rate => total * campaign.draft.value / 100,
            Kind::Fixed => campaign.draft.value,
        };
        if off >= total { Err("nothing_left") } else { Ok(off) }
    }

    fn is_running(&self, coupon: &Coupon) -> Result<(), &'static str> {
        if !coupon.is_active {
            Err("stopped")
        } else if self.now < coupon.draft.starts {
            Err("not_begun")
        } else if self.now >= coupon.draft.ends {
            Err("expired")
        } else {
            Ok(())
        }
    }
}
