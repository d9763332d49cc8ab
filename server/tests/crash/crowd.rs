//! Shoppers who claim, buy and charge while something dies, note what they were told, and afterwards ask again until
//! they know. What they were told once must stay true.

use crate::client::{Answer, Client};
use crate::fleet::{unique, until};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const ORDERS: &str = "/api/v1/orders";
const CHARGES: &str = "/api/v1/wallet/charges";
/// What is charged between two orders: less than one of them costs, so that the full wallets have room.
const CHARGE: i64 = 1_000;
/// Orders of a shopper before the accident is over, and after.
const ORDERS_EACH: usize = 2;

/// Something that was asked for.
struct Attempt {
    path: String,
    /// Claims have none.
    key: Option<String>,
    body: Value,
    /// What was answered first; `None` when nobody did.
    seen: Option<Answer>,
}

impl Attempt {
    async fn ask(shopper: &Client, path: String, key: Option<String>, body: Value) -> Self {
        let mut attempt = Self { path, key, body, seen: None };
        attempt.seen = attempt.again(shopper).await;
        attempt
    }

    async fn again(&self, shopper: &Client) -> Option<Answer> {
        let mut request = shopper.request(Method::POST, &self.path);
        if let Some(key) = &self.key {
            request = request.header("Idempotency-Key", key).json(&self.body);
        }
        Answer::try_of(request).await.ok()
    }
}

/// Whether an answer is for good: what was asked for is done, or will never be.
fn is_final(answer: &Answer) -> bool {
    match (answer.status, answer.body["code"].as_str()) {
        // An order may be answered in a state that is not its last one.
        (201, _) => answer.body["status"] != "PAID" && answer.body["status"] != "RESERVED",
        (409, code) => code != Some("request_in_progress"),
        _ => false,
    }
}

/// One shopper, what they began with and what they asked for.
pub struct Party {
    shopper: Client,
    balance: i64,
    attempts: Vec<Attempt>,
}

impl Party {
    async fn open(shopper: Client) -> Self {
        let balance = shopper.balance().await;
        Self { shopper, balance, attempts: Vec::new() }
    }

    async fn claim(&mut self, code: &str) {
        let path = format!("/api/v1/coupons/{code}/claims");
        self.attempts.push(Attempt::ask(&self.shopper, path, None, Value::Null).await);
    }

    async fn shop(&mut self, product: i64, coupon: Option<&str>) {
        for number in 0..ORDERS_EACH {
            let mut order = json!({"items": [{"product_id": product, "quantity": 1 + number}]});
            if let (0, Some(code)) = (number, coupon) {
                order["coupon_code"] = json!(code);
            }
            let key = Some(unique("order"));
            self.attempts.push(Attempt::ask(&self.shopper, ORDERS.to_owned(), key, order).await);
            let key = Some(unique("charge"));
            let charge = json!({"amount": CHARGE});
            self.attempts.push(Attempt::ask(&self.shopper, CHARGES.to_owned(), key, charge).await);
        }
    }
}

/// Shoppers at work.
pub struct Crowd {
    running: Vec<JoinHandle<Party>>,
    goes_on: watch::Sender<bool>,
}

impl Crowd {
    /// Each claims the coupon, buys with it, and waits to go on.
    pub async fn begin(shoppers: &[Client], product: i64, code: &str) -> Self {
        let parties = join_all(shoppers.iter().cloned().map(Party::open)).await;
        let (goes_on, told) = watch::channel(false);
        let code: Arc<str> = code.into();
        let running = parties.into_iter().map(|mut party| {
            let (code, mut told) = (code.clone(), told.clone());
            tokio::spawn(async move {
                party.claim(&code).await;
                party.shop(product, Some(&code)).await;
                told.wait_for(|told| *told).await.expect("the cell goes on");
                party.shop(product, None).await;
                party
            })
        });
        Self { running: running.collect(), goes_on }
    }

    /// Comes when the shop is there.
    pub fn begin_later(shoppers: &[Client], product: i64, code: &str) -> Self {
        let (goes_on, told) = watch::channel(false);
        let code: Arc<str> = code.into();
        let running = shoppers.iter().cloned().map(|shopper| {
            let (code, mut told) = (code.clone(), told.clone());
            tokio::spawn(async move {
                told.wait_for(|told| *told).await.expect("the cell goes on");
                let mut party = Party::open(shopper).await;
                party.claim(&code).await;
                party.shop(product, Some(&code)).await;
                party
            })
        });
        Self { running: running.collect(), goes_on }
    }

    pub async fn go_on_and_end(self) -> Vec<Party> {
        self.goes_on.send_replace(true);
        join_all(self.running).await.into_iter().map(|party| party.expect("a shopper")).collect()
    }
}

/// What it all came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settled {
    /// Orders that were asked for.
    pub orders: i64,
    /// Orders that were given back, or expired.
    pub given_back: i64,
    /// Requests whose answer was not for good, so that they were asked again.
    pub asked_again: i64,
    /// Pieces of the product that were sold.
    pub pieces: i64,
    /// Pieces of the coupon that somebody was told to have.
    pub claimed: i64,
}

impl std::ops::AddAssign for Settled {
    fn add_assign(&mut self, other: Self) {
        self.orders += other.orders;
        self.given_back += other.given_back;
        self.asked_again += other.asked_again;
        self.pieces += other.pieces;
        self.claimed += other.claimed;
    }
}

/// Everybody asks again until every answer is for good; then answers, wallets and coupons must say the same.
pub async fn settle(parties: &[Party], product: i64, code: &str) -> Settled {
    let mut sum = Settled::default();
    for settled in join_all(parties.iter().map(|party| settle_one(party, product, code))).await {
        sum += settled;
    }
    sum
}

async fn settle_one(party: &Party, product: i64, code: &str) -> Settled {
    let mut settled = Settled::default();
    let (mut spent, mut charged) = (0, 0);
    let (mut has_piece, mut has_used) = (false, false);
    for attempt in &party.attempts {
        let answer = settle_attempt(party, attempt).await;
        settled.asked_again += i64::from(!attempt.seen.as_ref().is_some_and(is_final));
        match attempt.path.as_str() {
            ORDERS => {
                settled.orders += 1;
                if answer.status == 201 {
                    let order = completed(party, &answer).await;
                    spent += number(&order, "final_amount");
                    has_used |= number(&order, "discount_amount") > 0;
                    settled.pieces += sold(&order, product);
                } else if ["order_failed", "order_expired"].contains(&code_of(&answer)) {
                    settled.given_back += 1;
                }
            }
            CHARGES if answer.status == 201 => charged += CHARGE,
            CHARGES => assert_eq!(code_of(&answer), "balance_limit_exceeded", "{}", answer.text),
            _ => has_piece = answer.status == 201 || code_of(&answer) == "coupon_already_claimed",
        }
    }
    settled.claimed = i64::from(has_piece);
    assert_eq!(party.shopper.balance().await, party.balance + charged - spent, "charged for what they got");
    let expected = has_piece.then_some(if has_used { "USED" } else { "ISSUED" });
    assert_eq!(piece_of(party, code).await.as_deref(), expected, "the coupon is where its order says");
    settled
}

/// Asks until the answer is for good. One that was for good the first time is the same the second time.
async fn settle_attempt(party: &Party, attempt: &Attempt) -> Answer {
    let mut last = None;
    until(&format!("{} {:?} is answered for good, after {:?}", attempt.path, attempt.key, attempt.seen), async || {
        last = attempt.again(&party.shopper).await;
        last.as_ref().is_some_and(is_final)
    })
    .await;
    let last = last.expect("an answer");
    if let (Some(seen), Some(_)) = (attempt.seen.as_ref().filter(|seen| is_final(seen)), &attempt.key) {
        assert_eq!((seen.status, code_of(seen)), (last.status, code_of(&last)), "{} / {}", seen.text, last.text);
        for name in ["id", "status", "final_amount", "transaction_id", "amount", "balance"] {
            assert_eq!(seen.body[name], last.body[name], "{name}: {} / {}", seen.text, last.text);
        }
    }
    last
}

/// The order of this answer as it is now: completed, since that is what was said.
async fn completed(party: &Party, answer: &Answer) -> Value {
    let order = party.shopper.get(&format!("{ORDERS}/{}", answer.id())).await.expect(200).body;
    assert_eq!((&answer.body["status"], &order["status"]), (&json!("COMPLETED"), &json!("COMPLETED")));
    order
}

fn sold(order: &Value, product: i64) -> i64 {
    let items = order["items"].as_array().expect("items");
    items.iter().filter(|item| item["product_id"] == product).map(|item| number(item, "quantity")).sum()
}

/// How the shopper's piece of this coupon stands; `None` without one.
async fn piece_of(party: &Party, code: &str) -> Option<String> {
    let mine = party.shopper.get("/api/v1/me/coupons?limit=100").await.expect(200);
    let pieces: Vec<&Value> = mine.items().iter().filter(|piece| piece["coupon_code"] == code).collect();
    assert!(pieces.len() <= 1, "{pieces:?}");
    pieces.first().map(|piece| piece["status"].as_str().expect("a status").to_owned())
}

fn code_of(answer: &Answer) -> &str {
    answer.body["code"].as_str().unwrap_or("")
}

fn number(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_else(|| panic!("{name} in {value}"))
}
