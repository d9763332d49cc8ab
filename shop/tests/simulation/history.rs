//! A history: the shop it begins with, and what happens next. All of it follows from the seed and from how the model
//! stands, so that a step asks for what is worth asking: the last piece, the won below the limit, the millisecond
//! before a reservation ends.

use crate::asks::{
    ChargeAsk, ClaimAsk, CouponDraft, Job, Kind, LogMood, Millis, OrderAsk, ProductDraft, RefundAsk, Step, Trouble,
};
use crate::dice::Dice;
use crate::model::{DAY, HOUR, Held, MINUTE, Model, SECOND, Status};
use shop::failpoints::Point;
use std::collections::{BTreeMap, BTreeSet};

/// 2026-11-23T05:35:17.123Z, in the middle of an hour.
const MIDDLE: Millis = 1_795_412_117_123;
/// 2026-12-01T00:00:00Z.
const MONTH: Millis = 1_796_083_200_000;

const PRICES: [i64; 13] =
    [100, 900, 1_000, 1_300, 1_300, 2_500, 4_900, 4_900, 9_900, 24_700, 100_000, 999_900, 10_000_000];
const WALLETS: [i64; 10] = [0, 5_000, 60_000, 300_000, 300_000, 1_000_000, 2_000_000, 9_950_000, 9_999_990, 10_000_000];
const MOST_PRODUCTS: usize = 6;
const MOST_COUPONS: usize = 5;
const MOST_AT_ONCE: usize = 9;

/// What a history begins with, and what is likely in it.
#[derive(Clone, Debug)]
pub struct Facts {
    pub starts: Millis,
    pub has_limits: bool,
    pub wallets: Vec<i64>,
    pub products: Vec<ProductDraft>,
    pub coupons: Vec<CouponDraft>,
    pub steps: usize,
    weights: Vec<usize>,
    trouble_percent: usize,
}

/// The kinds of steps and how likely each is, before a history makes some likelier than others.
const KINDS: [(StepKind, usize); 23] = [
    (StepKind::Orders, 30),
    (StepKind::Charges, 10),
    (StepKind::Claims, 12),
    (StepKind::Mixed, 4),
    (StepKind::Reserve, 8),
    (StepKind::Pay, 8),
    (StepKind::Confirm, 7),
    (StepKind::FindPlaced, 3),
    (StepKind::Look, 4),
    (StepKind::Popular, 3),
    (StepKind::SaveProduct, 6),
    (StepKind::MakeCoupon, 2),
    (StepKind::StopCoupon, 1),
    (StepKind::Expire, 5),
    (StepKind::Stall, 5),
    (StepKind::Recover, 6),
    (StepKind::Relay, 5),
    (StepKind::LogIs, 2),
    (StepKind::ClockOn, 14),
    (StepKind::ClockBack, 2),
    (StepKind::Restart, 2),
    (StepKind::Refund, 16),
    (StepKind::Credit, 4),
];

#[derive(Clone, Copy, Debug)]
enum StepKind {
    Orders,
    Charges,
    Claims,
    Mixed,
    Reserve,
    Pay,
    Confirm,
    FindPlaced,
    Look,
    Popular,
    SaveProduct,
    MakeCoupon,
    StopCoupon,
    Expire,
    Stall,
    Recover,
    Relay,
    LogIs,
    ClockOn,
    ClockBack,
    Restart,
    Refund,
    Credit,
}

impl Facts {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed, 0);
        let starts = if dice.chance(25) { MONTH - dice.between(1, 40 * SECOND) } else { MIDDLE };
        let wallets = (0..dice.between(2, 4)).map(|_| dice.pick(&WALLETS)).collect();
        let products = (0..dice.between(2, 4)).map(|_| draft_product(&mut dice)).collect();
        let coupons = (0..dice.between(1, 3)).map(|_| draft_coupon(&mut dice, starts)).collect();
        let weights = KINDS.iter().map(|(_, weight)| weight * dice.pick(&[0, 1, 2, 2, 2, 2, 4, 8])).collect();
        Self {
            starts,
            has_limits: dice.chance(35),
            wallets,
            products,
            coupons,
            steps: usize::try_from(dice.between(15, 45)).expect("a few tens"),
            weights,
            trouble_percent: dice.pick(&[0, 15, 30]),
        }
    }
}

fn draft_product(dice: &mut Dice) -> ProductDraft {
    let most = dice.pick(&[3, 12, 40]);
    ProductDraft { price: dice.pick(&PRICES), total: dice.between(0, most), is_active: dice.chance(96) }
}

fn draft_coupon(dice: &mut Dice, now: Millis) -> CouponDraft {
    let (kind, value) = if dice.chance(50) {
        (Kind::Rate, dice.pick(&[1, 7, 10, 33, 50, 99]))
    } else {
        (Kind::Fixed, dice.pick(&[1, 500, 3_000, 20_000, 100_000]))
    };
    let starts = if dice.chance(88) { now - HOUR } else { now + dice.between(1, 20 * SECOND) };
    CouponDraft {
        kind,
        value,
        minimum: dice.pick(&[0, 0, 1_000, 20_000, 100_000]),
        total: dice.between(1, 4),
        starts,
        ends: starts + HOUR + dice.pick(&[90 * SECOND, 10 * MINUTE, DAY, 30 * DAY, 30 * DAY, 30 * DAY]),
    }
}

/// What the steps are chosen by.
pub struct Chooser<'a> {
    pub dice: Dice,
    pub facts: &'a Facts,
    pub model: &'a Model,
    /// Orders whose stages are run one by one, by a process that lives.
    pub staged: &'a [usize],
    /// The first request id that nobody has used.
    pub next_key: u32,
}

impl Chooser<'_> {
    pub fn choose(&mut self) -> (Step, Vec<Trouble>) {
        let (kind, _) = KINDS[self.dice.weigh(&self.facts.weights)];
        let has_trouble = self.dice.chance(self.facts.trouble_percent);
        let step = match kind {
            StepKind::Orders if has_trouble => return self.orders_with_trouble(),
            StepKind::Orders => Step::Orders(self.orders(true)),
            StepKind::Charges => Step::Charges(self.charges()),
            StepKind::Claims if has_trouble => Step::Claims(vec![self.claim()]),
            StepKind::Claims => Step::Claims(self.claims()),
            StepKind::Mixed => self.mixed(),
            StepKind::Pay if !self.staged.is_empty() => Step::Pay(self.some_staged(Status::Reserved)),
            StepKind::Confirm if !self.staged.is_empty() => Step::Confirm(self.some_staged(Status::Paid)),
            StepKind::Reserve | StepKind::Pay | StepKind::Confirm => Step::Reserve(self.staged_orders()),
            StepKind::FindPlaced => Step::FindPlaced(self.order(true)),
            StepKind::Look => Step::Look { user: self.user(), page: self.dice.pick(&[2, 5, 24]) },
            StepKind::Popular => Step::Popular,
            StepKind::SaveProduct => self.save_product(),
            StepKind::MakeCoupon if self.model.coupons.len() < MOST_COUPONS => {
                Step::MakeCoupon(draft_coupon(&mut self.dice, self.model.now))
            }
            StepKind::StopCoupon => Step::StopCoupon(self.dice.below(self.model.coupons.len())),
            StepKind::Expire => Step::Do(Job::Expire),
            StepKind::Stall => Step::Do(Job::Stall),
            StepKind::Recover => Step::Do(Job::Recover),
            StepKind::Relay => Step::Relay,
            StepKind::LogIs => {
                Step::LogIs(self.dice.pick(&[LogMood::Takes, LogMood::Refuses, LogMood::TakesAndSaysNothing]))
            }
            StepKind::ClockBack => Step::ClockTo(self.model.now - self.some_time_back()),
            StepKind::ClockOn | StepKind::MakeCoupon => Step::ClockTo(self.some_moment()),
            StepKind::Restart => Step::Restart,
            StepKind::Refund => Step::Refund(self.refund()),
            StepKind::Credit => Step::Credit,
        };
        let trouble = if has_trouble { self.trouble_in(&step) } else { Vec::new() };
        (step, trouble)
    }

    fn user(&mut self) -> usize {
        self.dice.below(self.model.users.len())
    }

    /// One as a rule, sometimes a crowd.
    fn many(&mut self) -> usize {
        if self.dice.chance(60) { 1 } else { self.dice.below(MOST_AT_ONCE) + 1 }
    }

    fn key(&mut self) -> u32 {
        self.next_key += 1;
        self.next_key - 1
    }

    fn orders(&mut self, may_repeat: bool) -> Vec<OrderAsk> {
        let mut asks: Vec<OrderAsk> = Vec::new();
        for _ in 0..self.many() {
            let twin = if may_repeat && self.dice.chance(12) { asks.last().cloned() } else { None };
            asks.push(match twin {
                Some(twin) if self.dice.chance(60) => twin,
                Some(twin) => OrderAsk { key: twin.key, user: twin.user, ..self.order(false) },
                None => self.order(may_repeat),
            });
        }
        asks
    }

    fn order(&mut self, may_repeat: bool) -> OrderAsk {
        let user = self.user();
        if may_repeat && self.dice.chance(14) {
            let asked: Vec<&OrderAsk> = self
                .model
                .requests
                .values()
                .filter(|request| request.ask.user == user)
                .map(|request| &request.ask)
                .collect();
            if !asked.is_empty() {
                let earlier = asked[self.dice.below(asked.len())].clone();
                let key = earlier.key;
                return if self.dice.chance(75) { earlier } else { OrderAsk { key, ..self.new_order(user) } };
            }
        }
        self.new_order(user)
    }

    fn new_order(&mut self, user: usize) -> OrderAsk {
        let products = self.model.products.len();
        let mut lines = Vec::new();
        for _ in 0..self.dice.pick(&[1, 1, 1, 2, 2, 3]) {
            let product = if self.dice.chance(2) { products } else { self.dice.below(products) };
            let quantity = match self.dice.below(80) {
                0 => 0,
                1 => 11,
                2..=4 => 10,
                5..=24 => self.dice.between(2, 5),
                _ => 1,
            };
            lines.push((product, quantity));
        }
        if self.dice.chance(1) {
            lines = (0..products).map(|product| (product, 10)).collect();
        }
        let coupon = if self.dice.chance(60) { self.some_coupon(user) } else { None };
        let mut ask = OrderAsk { user, key: self.key(), lines, coupon, expected: None };
        if self.dice.chance(30) {
            ask.expected = Some(self.price(&ask) + self.dice.pick(&[0, 0, 0, 0, 100, -100]));
        }
        ask
    }

    /// What the shopper sees that it costs.
    fn price(&self, ask: &OrderAsk) -> i64 {
        let price = |product: &usize| self.model.products.get(*product).map_or(0, |product| product.price);
        let total: i64 = ask.pieces().iter().map(|(product, quantity)| price(product) * quantity).sum();
        let off = ask.coupon.and_then(|coupon| self.model.discount(ask.user, coupon, total).ok());
        total - off.unwrap_or(0)
    }

    fn some_coupon(&mut self, user: usize) -> Option<usize> {
        let coupons = self.model.coupons.len();
        let mine: Vec<usize> = (0..coupons)
            .filter(|coupon| self.model.pieces.get(&(user, *coupon)).is_some_and(|piece| piece.held == Held::Issued))
            .collect();
        match self.dice.below(100) {
            0..=2 => Some(coupons),
            3..=14 => Some(self.dice.below(coupons)),
            _ if mine.is_empty() => None,
            _ => Some(self.dice.pick(&mine)),
        }
    }

    fn charges(&mut self) -> Vec<ChargeAsk> {
        let mut asks: Vec<ChargeAsk> = Vec::new();
        for _ in 0..self.many() {
            let twin = if self.dice.chance(12) { asks.last().copied() } else { None };
            asks.push(match twin {
                Some(twin) if self.dice.chance(60) => twin,
                Some(twin) => ChargeAsk { amount: self.amount(twin.user), ..twin },
                None => self.charge(),
            });
        }
        asks
    }

    fn charge(&mut self) -> ChargeAsk {
        let user = self.user();
        let asked: Vec<(u32, i64)> = self
            .model
            .charges
            .range((user, 0)..=(user, u32::MAX))
            .map(|((_, key), request)| (*key, request.amount))
            .collect();
        if !asked.is_empty() && self.dice.chance(15) {
            let (key, amount) = self.dice.pick(&asked);
            return ChargeAsk { user, key, amount: if self.dice.chance(75) { amount } else { self.amount(user) } };
        }
        ChargeAsk { user, key: self.key(), amount: self.amount(user) }
    }

    fn amount(&mut self, user: usize) -> i64 {
        let room = self.model.room(user);
        if (1_000..=100_000).contains(&room) && self.dice.chance(60) {
            return room + self.dice.pick(&[-10, 0, 0, 10, 10]);
        }
        match self.dice.below(30) {
            0 => self.dice.pick(&[0, -1_000, 990, 1_005, 100_010]),
            1 => 1_000,
            2..=6 => 100_000,
            _ => self.dice.between(100, 10_000) * 10,
        }
    }

    /// Where failures count, each of somebody else: whose came first would be a matter of chance.
    fn claims(&mut self) -> Vec<ClaimAsk> {
        let mut claims: Vec<ClaimAsk> = (0..self.many()).map(|_| self.claim()).collect();
        if self.facts.has_limits {
            let mut seen = BTreeSet::new();
            claims.retain(|claim| seen.insert(claim.user));
        }
        claims
    }

    fn claim(&mut self) -> ClaimAsk {
        let coupons = self.model.coupons.len();
        let coupon = if self.dice.chance(3) { coupons } else { self.dice.below(coupons) };
        ClaimAsk { user: self.user(), coupon }
    }

    /// Different people, so that it does not matter who comes first.
    fn mixed(&mut self) -> Step {
        let order = self.order(true);
        let users = self.model.users.len();
        let others: Vec<usize> = (0..users).filter(|user| *user != order.user).collect();
        let charger = self.dice.pick(&others);
        let claimers: Vec<usize> = others.into_iter().filter(|user| *user != charger).collect();
        if claimers.is_empty() {
            return Step::Orders(vec![order]);
        }
        let charge = ChargeAsk { user: charger, key: self.key(), amount: self.amount(charger) };
        let claim = ClaimAsk { user: self.dice.pick(&claimers), ..self.claim() };
        Step::Mixed(Box::new(order), charge, claim)
    }

    fn staged_orders(&mut self) -> Vec<OrderAsk> {
        let mut asks: Vec<OrderAsk> = Vec::new();
        let earlier: Vec<&OrderAsk> =
            self.model.requests.values().filter(|request| request.is_staged).map(|request| &request.ask).collect();
        for _ in 0..self.many() {
            if !earlier.is_empty() && self.dice.chance(8) {
                asks.push(earlier[self.dice.below(earlier.len())].clone());
                continue;
            }
            let user = self.user();
            let mut ask = self.new_order(user);
            // Malformed orders never come to a stage.
            ask.lines.retain(|(_, quantity)| (1..=10).contains(quantity));
            ask.lines.sort_unstable();
            ask.lines.dedup_by_key(|(product, _)| *product);
            ask.lines.truncate(3);
            if !ask.lines.is_empty() {
                asks.push(ask);
            }
        }
        asks
    }

    /// A few of the staged orders, in any order; those of this status as a rule.
    fn some_staged(&mut self, status: Status) -> Vec<usize> {
        let takes_any = self.dice.chance(10);
        let is_wanted = |order: &usize| takes_any || self.model.orders[*order].status == status;
        let mut orders: Vec<usize> = self.staged.iter().copied().filter(is_wanted).collect();
        self.dice.shuffle(&mut orders);
        orders.truncate(self.many());
        orders
    }

    /// Of what was sold, as a rule; whole, or some of its pieces, sometimes more than there are.
    fn refund(&mut self) -> RefundAsk {
        let asked: Vec<&RefundAsk> = self.model.refund_requests.values().map(|request| &request.ask).collect();
        if !asked.is_empty() && self.dice.chance(12) {
            let earlier = asked[self.dice.below(asked.len())].clone();
            let order = if self.dice.chance(75) { earlier.order } else { earlier.order + 1 };
            return RefundAsk { order, ..earlier };
        }
        let orders = self.model.orders.len();
        let sold: Vec<usize> = (0..orders).filter(|order| self.model.orders[*order].status.was_sold()).collect();
        let order = match self.dice.below(20) {
            0 => orders,
            1..=2 => self.dice.below(orders + 1),
            _ if sold.is_empty() => orders,
            _ => self.dice.pick(&sold),
        };
        let key = self.key();
        let Some(of) = self.model.orders.get(order).filter(|_| self.dice.chance(65)) else {
            return RefundAsk { key, order, lines: None };
        };
        let mut lines = BTreeMap::new();
        for (place, (product, quantity, _)) in of.lines.iter().enumerate() {
            let left = quantity - of.back[place];
            if self.dice.chance(60) {
                let count = if self.dice.chance(8) { left + 1 } else { self.dice.between(1, left.max(1)) };
                lines.insert(*product, count.min(10));
            }
        }
        if lines.is_empty() || self.dice.chance(3) {
            lines.insert(self.dice.below(self.model.products.len()), 1);
        }
        // More than an order may hold is malformed, and never comes so far.
        let is_good = lines.values().sum::<i64>() <= 30;
        RefundAsk { key, order, lines: is_good.then_some(lines) }
    }

    fn save_product(&mut self) -> Step {
        let products = self.model.products.len();
        if products < MOST_PRODUCTS && self.dice.chance(10) {
            return Step::SaveProduct(products, draft_product(&mut self.dice));
        }
        let product = self.dice.below(products);
        let kept = self.model.products[product];
        let mut draft = ProductDraft { price: kept.price, total: kept.total, is_active: kept.is_active };
        match self.dice.below(10) {
            0..=3 => draft.price = self.dice.pick(&PRICES),
            4..=7 => draft.total = (kept.reserved + self.dice.between(-1, 12)).max(0),
            _ => draft.is_active = !kept.is_active,
        }
        Step::SaveProduct(product, draft)
    }

    fn some_time_back(&mut self) -> Millis {
        let table = [1, 900, 5 * SECOND, 31 * SECOND, 61 * SECOND, 10 * MINUTE, 2 * HOUR, 40 * DAY];
        self.dice.pick(&table)
    }

    /// A moment to come: one that something waits for, a millisecond beside it, or any.
    fn some_moment(&mut self) -> Millis {
        let now = self.model.now;
        let mut moments: Vec<Millis> = self.model.ends_of_limits();
        moments.extend(self.model.orders.iter().filter_map(|order| order.waits().map(|(since, lasts)| since + lasts)));
        moments.extend(self.model.coupons.iter().flat_map(|coupon| [coupon.draft.starts, coupon.draft.ends]));
        moments.push(MONTH);
        moments.retain(|moment| *moment > now + 1 && *moment < now + DAY);
        if !moments.is_empty() && self.dice.chance(55) {
            return self.dice.pick(&moments) + self.dice.pick(&[-1, 0, 0, 1]);
        }
        now + match self.dice.below(20) {
            0..=8 => self.dice.between(1, 1_500),
            9..=15 => self.dice.between(1, 70) * SECOND,
            16..=17 => self.dice.between(1, 30) * MINUTE,
            18 => self.dice.between(1, 30) * HOUR,
            _ => self.dice.between(3, 40) * DAY,
        }
    }

    /// Orders whose work fails somewhere. All are new: what an earlier one is answered would depend on when the
    /// process dies. Where a desk does its jobs again one by one, they are of different people and products.
    fn orders_with_trouble(&mut self) -> (Step, Vec<Trouble>) {
        let stage = self.dice.pick(&[
            [Point::ReserveBegin, Point::ReserveCommit, Point::ReserveCommitted],
            [Point::PayBegin, Point::PayCommit, Point::PayCommitted],
            [Point::ConfirmBegin, Point::ConfirmCommit, Point::ConfirmCommitted],
        ]);
        let mut troubles = vec![self.trouble_at(&stage, true)];
        let mut asks = self.orders(false);
        if asks.len() > 1 && ["error", "panic"].contains(&troubles[0].action) {
            asks.truncate(self.model.users.len().min(self.model.products.len()));
            for (number, ask) in asks.iter_mut().enumerate() {
                let quantity = ask.lines[0].1;
                (ask.user, ask.lines) = (number, vec![(number, quantity)]);
            }
        }
        let may_pend = stage[0] != Point::ReserveBegin && !["halt", "away"].contains(&troubles[0].action);
        if asks.len() == 1 && may_pend && self.dice.chance(35) {
            troubles.push(self.trouble_at(&[Point::PendBegin, Point::PendCommit, Point::PendCommitted], true));
        }
        (Step::Orders(asks), troubles)
    }

    fn trouble_in(&mut self, step: &Step) -> Vec<Trouble> {
        use Point::*;
        let (points, may_panic): (&[Point], bool) = match step {
            Step::Charges(_) => (&[ChargeBegin, ChargeCommit, ChargeCommitted], true),
            Step::Claims(_) => (&[ClaimGate, ClaimBegin, ClaimCommit, ClaimCommitted], true),
            Step::Reserve(_) => (&[ReserveBegin, ReserveCommit, ReserveCommitted], false),
            Step::Pay(_) => (&[PayBegin, PayCommit, PayCommitted], false),
            Step::Confirm(_) => (&[ConfirmBegin, ConfirmCommit, ConfirmCommitted], false),
            Step::Do(Job::Expire) => (&[ExpireBegin, ExpireCommit, ExpireCommitted], false),
            Step::Do(Job::Stall) => (&[StallBegin, StallCommit, StallCommitted], false),
            Step::Do(Job::Recover) => (&[RecoverBegin, RecoverCommit, RecoverCommitted, RecoverUnlock], false),
            Step::Relay => (&[RelayLocked, RelaySent, RelayCommit, RelayMarked], false),
            _ => return Vec::new(),
        };
        vec![self.trouble_at(points, may_panic)]
    }

    fn trouble_at(&mut self, points: &[Point], may_panic: bool) -> Trouble {
        let point = self.dice.pick(points);
        let action = match self.dice.below(20) {
            0..=10 => "halt",
            11..=14 => "error",
            15..=16 => "uncertain",
            17..=18 if may_panic => "panic",
            // What the database does not answer, it has not done.
            19 if !point.name().ends_with("committed") => "away",
            _ => "halt",
        };
        Trouble { point, action }
    }
}
