//! Limits and blocks, as [`crate::contract`] sets them: orders 1 a second, claims 3 a minute, 5 failures in a
//! row, logins and registrations 2 a minute from one address, which a trusted proxy tells.

use crate::client::{Answer, Client, PASSWORD};
use crate::fleet::{Fleet, order_of, unique, unique_email};
use serde_json::{Value, json};
use std::time::Duration;

const ORDERS: &str = "/api/v1/orders";
const LOGIN: &str = "/api/v1/auth/login";
const REGISTER: &str = "/api/v1/auth/register";

/// Asks from an address of its own.
fn visitor_from_anywhere(shop: &Fleet) -> Client {
    let part = || rand::random::<u8>();
    shop.visitor.with_header("x-forwarded-for", &format!("10.{}.{}.{}", part(), part(), part()))
}

async fn poor_shopper(shop: &Fleet) -> Client {
    let visitor = visitor_from_anywhere(shop);
    let body = json!({"email": unique_email(), "name": "a", "password": PASSWORD});
    let answer = visitor.post(REGISTER, &body).await.expect(201);
    visitor.with_token(answer.body["access_token"].as_str().expect("a token"))
}

/// The demo's shopper, who has money.
async fn rich_shopper(shop: &Fleet) -> Client {
    let visitor = visitor_from_anywhere(shop);
    let body = json!({"email": "shopper@damda.example", "password": "damda-shopper"});
    let answer = visitor.post(LOGIN, &body).await.expect(200);
    visitor.with_token(answer.body["access_token"].as_str().expect("a token"))
}

/// Too many; gives after how many seconds not any more.
#[track_caller]
fn seconds_left(answer: &Answer) -> u64 {
    let seconds = answer.header("retry-after").parse().expect("whole seconds");
    assert_eq!(
        (answer.header("ratelimit-remaining"), answer.header("ratelimit-reset")),
        ("0", answer.header("retry-after"))
    );
    seconds
}

/// Orders, waiting for the limit of one a second, which a true `Retry-After` makes possible.
async fn order_in_time(who: &Client, body: &Value) -> Answer {
    loop {
        let answer = who.post_with_key(ORDERS, &unique("key"), body).await;
        if answer.body["code"] != "rate_limited" {
            return answer;
        }
        tokio::time::sleep(Duration::from_secs(seconds_left(&answer))).await;
    }
}

pub async fn orders_are_limited_and_a_replay_costs_nothing(shop: &Fleet) {
    let product = shop.product(1_000, 50).await;
    let shopper = rich_shopper(shop).await;
    let (first_key, body) = (unique("key"), order_of(&[product]));
    // Two within a second; a machine that is too slow for that is asked again.
    let mut tries = 0..20;
    let full = loop {
        let key = if tries.next() == Some(0) { first_key.clone() } else { unique("key") };
        let placed = shopper.post_with_key(ORDERS, &key, &body).await;
        if placed.body["code"] == "rate_limited" {
            break placed;
        }
        assert_eq!(placed.expect(201).header("ratelimit-limit"), "1");
        assert!(!tries.is_empty(), "20 orders in a row were never too many");
    };
    let full = shop.as_documented("post", ORDERS, full.problem(429, "rate_limited"));
    assert_eq!((seconds_left(&full), full.header("ratelimit-policy")), (1, "1;w=1"));
    let replayed = shopper.post_with_key(ORDERS, &first_key, &body).await.expect(201);
    assert_eq!(replayed.header("ratelimit-limit"), "", "a replay is not counted");
    shopper.post_with_key(ORDERS, &unique("key"), &order_of(&[])).await.invalid("items");
    order_in_time(&shopper, &body).await.expect(201);
}

pub async fn claims_are_limited_whatever_their_answer(shop: &Fleet) {
    let shopper = poor_shopper(shop).await;
    let first = shopper.claim("WELCOME10").await.expect(201);
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), ("3", "2"));
    shopper.claim("WELCOME10").await.problem(409, "coupon_already_claimed");
    shopper.claim("NOSUCHCODE").await.problem(409, "coupon_not_applicable");
    let full = shopper.claim("THANKS3000").await.problem(429, "rate_limited");
    let full = shop.as_documented("post", "/api/v1/coupons/{code}/claims", full);
    assert!((1..=60).contains(&seconds_left(&full)));
    poor_shopper(shop).await.claim("THANKS3000").await.expect(201);
}

pub async fn failures_in_a_row_block_until_a_success(shop: &Fleet) {
    let product = shop.product(1_000, 50).await;
    let shopper = poor_shopper(shop).await;
    let (body, foreign) = (order_of(&[product]), "AUTUMN15");
    for _ in 0..2 {
        order_in_time(&shopper, &body).await.problem(409, "insufficient_balance");
    }
    // A success resets the row, a claim's too.
    shopper.claim("WELCOME10").await.expect(201);
    shopper.claim(foreign).await.problem(409, "coupon_not_applicable");
    for _ in 0..4 {
        order_in_time(&shopper, &body).await.problem(409, "insufficient_balance");
    }
    let blocked = shopper.post_with_key(ORDERS, &unique("key"), &body).await.problem(429, "temporarily_blocked");
    let blocked = shop.as_documented("post", ORDERS, blocked);
    assert!((540..=600).contains(&seconds_left(&blocked)), "ten minutes");
    shopper.claim("THANKS3000").await.problem(429, "temporarily_blocked");
}

pub async fn logins_and_registrations_are_limited_by_address(shop: &Fleet) {
    let visitor = visitor_from_anywhere(shop);
    let email = unique_email();
    let body = json!({"email": email, "name": "a", "password": PASSWORD});
    visitor.post(REGISTER, &body).await.expect(201);
    visitor.post(REGISTER, &json!({"email": "x"})).await.problem(422, "validation_failed");
    visitor.post(REGISTER, &body).await.problem(409, "email_taken");
    let full = visitor.post(REGISTER, &body).await.problem(429, "rate_limited");
    seconds_left(&shop.as_documented("post", REGISTER, full));
    let login = json!({"email": email, "password": PASSWORD});
    for _ in 0..2 {
        visitor.post(LOGIN, &login).await.expect(200);
    }
    let full = visitor.post(LOGIN, &login).await.problem(429, "rate_limited");
    seconds_left(&shop.as_documented("post", LOGIN, full));
    visitor_from_anywhere(shop).post(LOGIN, &login).await.expect(200);
}

pub async fn charging_is_forbidden_where_it_is_off(shop: &Fleet) {
    let shopper = poor_shopper(shop).await;
    let charge = shopper.post_with_key("/api/v1/wallet/charges", &unique("key"), &json!({"amount": 1_000})).await;
    shop.as_documented("post", "/api/v1/wallet/charges", charge.problem(403, "forbidden"));
    assert_eq!(shopper.balance().await, 0);
}
