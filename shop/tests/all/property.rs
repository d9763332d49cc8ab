//! Any sequence of operations against a second shop of plain integers, written from the specification and
//! knowing nothing of the first: every answer, balance, stock figure, coupon and status must be equal.

use crate::support::*;
use proptest::prelude::*;
use shop::coupon::{CouponCode, Discount, NewCoupon, UserCouponState};
use shop::database::Engine;
use shop::id::{OrderId, ProductId, UserId};
use shop::order::stages::{self, Paid, Reserved};
use shop::wallet::service::charge_wallet;
use shop::{Error, Won};
use std::time::Duration;

const USERS: usize = 3;
const PRICES: [i64; 3] = [1_000, 24_700, 100_000];
const STOCKS: [i64; 3] = [12, 6, 30];
const OPENING: [i64; USERS] = [0, 60_000, 9_950_000];
/// Ten percent for as long as it lasts, and 3,000 won off from 20,000 won on, for 90 seconds.
const RATE_PERCENT: i64 = 10;
const FIXED_WON: i64 = 3_000;
const FIXED_MINIMUM: i64 = 20_000;
const FIXED_ENDS: i64 = 90;
const TOTALS: [i64; 2] = [2, 3];

/// Where an order's process dies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Dies {
    Never,
    AfterReserving,
    AfterPaying,
}

#[derive(Clone, Debug)]
enum Step {
    Charge { user: usize, amount: i64 },
    Claim { user: usize, coupon: usize },
    Order { user: usize, lines: Vec<(usize, i64)>, coupon: Option<usize>, dies: Dies },
    Advance { seconds: i64 },
    Expire,
    Stall,
    Recover,
}

fn step() -> impl Strategy<Value = Step> {
    let user = 0..USERS;
    let lines = prop::collection::vec((0..PRICES.len(), 1i64..=4), 1..=3);
    let dies = prop_oneof![3 => Just(Dies::Never), 1 => Just(Dies::AfterReserving), 2 => Just(Dies::AfterPaying)];
    prop_oneof![
        3 => (user.clone(), 100i64..=10_000).prop_map(|(user, tens)| Step::Charge { user, amount: tens * 10 }),
        2 => (user.clone(), 0usize..2).prop_map(|(user, coupon)| Step::Claim { user, coupon }),
        8 => (user, lines, prop::option::of(0usize..2), dies)
            .prop_map(|(user, lines, coupon, dies)| Step::Order { user, lines, coupon, dies }),
        3 => (1i64..=45).prop_map(|seconds| Step::Advance { seconds }),
        1 => Just(Step::Expire),
        2 => Just(Step::Stall),
        2 => Just(Step::Recover),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    None,
    Issued,
    Held(usize),
    Used,
}

#[derive(Debug)]
struct ModelOrder {
    user: usize,
    lines: Vec<(usize, i64)>,
    amount: i64,
    coupon: Option<usize>,
    status: &'static str,
    /// When its present state began, in seconds.
    since: i64,
    paid: bool,
}

#[derive(Debug)]
struct Model {
    now: i64,
    balances: [i64; USERS],
    totals: [i64; 3],
    reserved: [i64; 3],
    pieces: [[Piece; 2]; USERS],
    orders: Vec<ModelOrder>,
}

impl Model {
    fn new() -> Self {
        Self {
            now: 0,
            balances: OPENING,
            totals: STOCKS,
            reserved: [0; 3],
            pieces: [[Piece::None; 2]; USERS],
            orders: Vec::new(),
        }
    }

    fn charge(&mut self, user: usize, amount: i64) -> &'static str {
        let unfinished: i64 = self
            .orders
            .iter()
            .filter(|order| order.user == user && order.paid && ["PAID", "PENDING"].contains(&order.status))
            .map(|order| order.amount)
            .sum();
        if self.balances[user] + unfinished + amount > 10_000_000 {
            return "balance_limit_exceeded";
        }
        self.balances[user] += amount;
        "ok"
    }

    fn claim(&mut self, user: usize, coupon: usize) -> &'static str {
        let issued = i64::try_from(self.pieces.iter().filter(|pieces| pieces[coupon] != Piece::None).count()).unwrap();
        if coupon == 1 && self.now >= FIXED_ENDS {
            "coupon_not_applicable"
        } else if self.pieces[user][coupon] != Piece::None {
            "coupon_already_claimed"
        } else if issued >= TOTALS[coupon] {
            "coupon_sold_out"
        } else {
            self.pieces[user][coupon] = Piece::Issued;
            "ok"
        }
    }

    /// What the coupon takes off, or `None` when it does not apply.
    fn discount(&self, user: usize, coupon: usize, total: i64) -> Option<i64> {
        let off = if coupon == 0 { total * RATE_PERCENT / 100 } else { FIXED_WON };
        let applies = self.pieces[user][coupon] == Piece::Issued
            && (coupon == 0 || (self.now < FIXED_ENDS && total >= FIXED_MINIMUM))
            && off < total;
        applies.then_some(off)
    }

    fn order(&mut self, user: usize, asked: &[(usize, i64)], coupon: Option<usize>, dies: Dies) -> &'static str {
        let mut lines: Vec<(usize, i64)> = Vec::new();
        for product in 0..PRICES.len() {
            let quantity: i64 = asked.iter().filter(|(other, _)| *other == product).map(|(_, quantity)| quantity).sum();
            if quantity > 10 {
                return "validation_failed";
            }
            if quantity > 0 {
                lines.push((product, quantity));
            }
        }
        let total: i64 = lines.iter().map(|(product, quantity)| PRICES[*product] * quantity).sum();
        let place = self.orders.len();
        self.orders.push(ModelOrder {
            user,
            lines: lines.clone(),
            amount: total,
            coupon: None,
            status: "REJECTED",
            since: self.now,
            paid: false,
        });
        if lines.iter().any(|(product, quantity)| self.totals[*product] - self.reserved[*product] < *quantity) {
            return "insufficient_stock";
        }
        if let Some(coupon) = coupon {
            let Some(off) = self.discount(user, coupon, total) else { return "coupon_not_applicable" };
            self.orders[place].amount = total - off;
            self.orders[place].coupon = Some(coupon);
        }
        let amount = self.orders[place].amount;
        if dies == Dies::AfterReserving {
            self.hold(&lines, 1);
            self.orders[place].status = "RESERVED";
            return "RESERVED";
        }
        if self.balances[user] < amount {
            return "insufficient_balance";
        }
        self.balances[user] -= amount;
        self.orders[place].paid = true;
        self.hold(&lines, 1);
        self.orders[place].status = "PAID";
        if let Some(coupon) = coupon {
            self.pieces[user][coupon] = Piece::Held(place);
        }
        if dies == Dies::AfterPaying {
            return "PAID";
        }
        self.hold(&lines, -1);
        for (product, quantity) in &lines {
            self.totals[*product] -= quantity;
        }
        if let Some(coupon) = coupon {
            self.pieces[user][coupon] = Piece::Used;
        }
        self.orders[place].status = "COMPLETED";
        "COMPLETED"
    }

    fn hold(&mut self, lines: &[(usize, i64)], sign: i64) {
        for (product, quantity) in lines {
            self.reserved[*product] += sign * quantity;
        }
    }

    /// Moves every order that has been `from` for so long to `to`; gives how many.
    fn overdue(&mut self, from: &str, seconds: i64, to: &'static str) -> Vec<usize> {
        let now = self.now;
        let due: Vec<usize> = (0..self.orders.len())
            .filter(|place| self.orders[*place].status == from && now >= self.orders[*place].since + seconds)
            .collect();
        for place in &due {
            self.orders[*place].status = to;
            self.orders[*place].since = now;
        }
        due
    }

    fn expire(&mut self) -> usize {
        let due = self.overdue("RESERVED", 30, "EXPIRED");
        for place in &due {
            let lines = self.orders[*place].lines.clone();
            self.hold(&lines, -1);
        }
        due.len()
    }

    fn recover(&mut self) -> usize {
        let due = self.overdue("PENDING", 60, "FAILED");
        for place in &due {
            let lines = self.orders[*place].lines.clone();
            self.hold(&lines, -1);
            let order = &self.orders[*place];
            self.balances[order.user] += order.amount;
            if let Some(coupon) = order.coupon {
                assert_eq!(self.pieces[order.user][coupon], Piece::Held(*place));
                self.pieces[order.user][coupon] = Piece::Issued;
            }
        }
        due.len()
    }
}

/// The shop under test, with the ids of what the model counts from nought.
struct Real {
    shop: TestShop,
    users: Vec<UserId>,
    products: Vec<ProductId>,
    coupons: Vec<CouponCode>,
    orders: Vec<OrderId>,
}

impl Real {
    async fn open() -> Self {
        let shop = shop_on(Engine::Sqlite).await;
        let mut users = Vec::new();
        for balance in OPENING {
            users.push(shop.shopper(balance).await);
        }
        let mut products = Vec::new();
        for (price, stock) in PRICES.into_iter().zip(STOCKS) {
            products.push(shop.product(price, stock).await);
        }
        let rate = shop.coupon("RATE", Discount::Rate(RATE_PERCENT), TOTALS[0]).await;
        let fixed = NewCoupon {
            total_quantity: TOTALS[1],
            minimum_amount: Won::new(FIXED_MINIMUM),
            ends_at: START.after(Duration::from_secs(FIXED_ENDS.unsigned_abs())),
            ..campaign("FIXED", Discount::Fixed(Won::new(FIXED_WON)))
        };
        let fixed = shop.campaign(fixed).await;
        Self { shop, users, products, coupons: vec![rate, fixed], orders: Vec::new() }
    }

    async fn charge(&self, user: usize, amount: i64) -> &'static str {
        let outcome = charge_wallet(&self.shop, self.users[user], Won::new(amount), key()).await;
        outcome.as_ref().map_or_else(Error::code, |_| "ok")
    }

    async fn claim(&self, user: usize, coupon: usize) -> &'static str {
        let code = &self.coupons[coupon];
        let outcome = shop::coupon::service::claim_coupon(&self.shop, self.users[user], code).await;
        outcome.as_ref().map_or_else(Error::code, |_| "ok")
    }

    async fn order(&mut self, user: usize, asked: &[(usize, i64)], coupon: Option<usize>, dies: Dies) -> &'static str {
        let lines = asked.iter().map(|(product, quantity)| (self.products[*product], *quantity));
        let lines = match shop::order::Lines::new(lines) {
            Ok(lines) => lines,
            Err(error) => return error.code(),
        };
        let coupon_code = coupon.map(|coupon| self.coupons[coupon].clone());
        let request = shop::order::OrderRequest { lines, coupon_code, expected_amount: None, consent_notice: None };
        if dies == Dies::Never {
            let outcome = self.shop.place(self.users[user], request).await;
            match &outcome {
                Ok(order) => self.orders.push(order.id),
                Err(Error::Refused { order_id: Some(id), .. }) => self.orders.push(*id),
                Err(error) => panic!("{error}"),
            }
            return word(&outcome);
        }
        let job = job(&self.shop, self.users[user], request);
        self.orders.push(job.id);
        let reserved = stages::reserve(&self.shop, std::slice::from_ref(&job)).await.unwrap().pop().unwrap().unwrap();
        match reserved {
            Reserved::New(order) => {
                if let Some(refusal) = order.refusal {
                    return refusal.code();
                }
            }
            Reserved::Seen(row) => panic!("{row:?}"),
        }
        if dies == Dies::AfterReserving {
            return "RESERVED";
        }
        match self.shop.pay(job.id).await {
            Paid::Paid(_) => "PAID",
            Paid::Rejected(refusal, _) => refusal.code(),
            other => panic!("{other:?}"),
        }
    }

    async fn compare(&self, model: &Model) {
        for (user, id) in self.users.iter().enumerate() {
            assert_eq!(self.shop.balance(*id).await, model.balances[user], "balance of user {user}");
            for (coupon, code) in self.coupons.iter().enumerate() {
                let expected = match model.pieces[user][coupon] {
                    Piece::None => None,
                    Piece::Issued if coupon == 1 && model.now >= FIXED_ENDS => Some(UserCouponState::Expired),
                    Piece::Issued => Some(UserCouponState::Issued),
                    Piece::Held(_) => Some(UserCouponState::Held),
                    Piece::Used => Some(UserCouponState::Used),
                };
                assert_eq!(self.shop.piece(*id, code).await, expected, "coupon {coupon} of user {user}");
            }
        }
        for (product, id) in self.products.iter().enumerate() {
            assert_eq!(
                self.shop.stock(*id).await,
                (model.totals[product], model.reserved[product]),
                "product {product}"
            );
        }
        assert_eq!(self.orders.len(), model.orders.len());
        for (place, id) in self.orders.iter().enumerate() {
            let order = self.shop.order(*id).await;
            let expected = &model.orders[place];
            assert_eq!(
                (order.status.as_str(), order.final_amount.get()),
                (expected.status, expected.amount),
                "order {place}"
            );
        }
    }
}

async fn run(steps: Vec<Step>) {
    let (mut real, mut model) = (Real::open().await, Model::new());
    for (number, step) in steps.iter().enumerate() {
        let said = match step {
            Step::Charge { user, amount } => (real.charge(*user, *amount).await, model.charge(*user, *amount)),
            Step::Claim { user, coupon } => (real.claim(*user, *coupon).await, model.claim(*user, *coupon)),
            Step::Order { user, lines, coupon, dies } => {
                (real.order(*user, lines, *coupon, *dies).await, model.order(*user, lines, *coupon, *dies))
            }
            Step::Advance { seconds } => {
                real.shop.advance(Duration::from_secs(seconds.unsigned_abs()));
                model.now += seconds;
                ("", "")
            }
            Step::Expire => {
                assert_eq!(real.shop.expire().await, model.expire() as u64, "step {number}");
                ("", "")
            }
            Step::Stall => {
                assert_eq!(real.shop.stall().await, model.overdue("PAID", 30, "PENDING").len() as u64, "step {number}");
                ("", "")
            }
            Step::Recover => {
                assert_eq!(real.shop.recover().await, model.recover() as u64, "step {number}");
                ("", "")
            }
        };
        assert_eq!(said.0, said.1, "step {number}: {step:?}");
    }
    real.compare(&model).await;
    verify(&real.shop).await;
    // In the end nothing stays unfinished, and what was paid for nothing is back.
    for _ in 0..2 {
        real.shop.advance(MINUTE);
        model.now += 60;
        let done = (real.shop.expire().await, real.shop.stall().await, real.shop.recover().await);
        let expired = model.expire() as u64;
        let stalled = model.overdue("PAID", 30, "PENDING").len() as u64;
        assert_eq!(done, (expired, stalled, model.recover() as u64));
    }
    real.compare(&model).await;
    assert_eq!(model.reserved, [0; 3]);
    real.shop.finish().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_is_what_plain_arithmetic_says(steps in prop::collection::vec(step(), 10..60)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(run(steps));
    }
}
