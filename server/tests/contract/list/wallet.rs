//! Money in, and its statement.

use crate::fleet::{Fleet, unique};
use serde_json::json;

const CHARGES: &str = "/api/v1/wallet/charges";
const STATEMENT: &str = "/api/v1/wallet/transactions";

pub async fn a_charge_is_credited_and_stands_in_the_statement(shop: &Fleet) {
    let shopper = shop.shopper_with(0).await;
    let wallet = shop.as_documented("get", "/api/v1/wallet", shopper.get("/api/v1/wallet").await.expect(200));
    assert_eq!(wallet.body, json!({"balance": 0, "limit": 10_000_000, "owed": 0}));
    let charge = shopper.post_with_key(CHARGES, &unique("key"), &json!({"amount": 50_000})).await.expect(201);
    let charge = shop.as_documented("post", CHARGES, charge).body;
    assert_eq!((&charge["amount"], &charge["balance"]), (&json!(50_000), &json!(50_000)));
    shopper.post_with_key(CHARGES, &unique("key"), &json!({"amount": 1_000})).await.expect(201);
    let statement = shop.as_documented("get", STATEMENT, shopper.get(STATEMENT).await.expect(200));
    let [newest, oldest] = &statement.items()[..] else { panic!("{}", statement.text) };
    let of = |posting: &serde_json::Value| ["type", "amount", "balance_after", "order_id"].map(|n| posting[n].clone());
    assert_eq!(of(newest), [json!("CHARGE"), json!(1_000), json!(51_000), json!(null)]);
    assert_eq!((&oldest["id"], &oldest["amount"]), (&charge["transaction_id"], &json!(50_000)));
    let page = shopper.get(&format!("{STATEMENT}?limit=1")).await.expect(200);
    assert_eq!(&page.items()[0], newest);
    let cursor = page.body["next_cursor"].as_str().expect("there is more");
    let page = shopper.get(&format!("{STATEMENT}?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!((&page.items()[0], &page.body["next_cursor"]), (oldest, &json!(null)));
}

pub async fn an_amount_outside_the_rules_changes_nothing(shop: &Fleet) {
    let shopper = shop.shopper_with(10_000).await;
    for amount in ["-1000", "0", "999", "1005", "100010", "1000.0", "1e3", "\"1000\"", "null", "99999999999999999999"] {
        let body = format!("{{\"amount\": {amount}}}");
        let answer = shopper.post_bytes(CHARGES, Some("application/json"), body.as_bytes()).await.invalid("amount");
        shop.as_documented("post", CHARGES, answer);
    }
    let good = json!({"amount": 1_000});
    let missing = shopper.post(CHARGES, &good).await.problem(400, "idempotency_key_missing");
    shop.as_documented("post", CHARGES, missing);
    shopper.post_with_key(CHARGES, "a b", &good).await.invalid("Idempotency-Key");
    shopper.post_with_key(CHARGES, &"k".repeat(129), &good).await.invalid("Idempotency-Key");
    assert_eq!(shopper.balance().await, 10_000);
}

pub async fn a_wallet_holds_ten_million_and_no_more(shop: &Fleet) {
    let shopper = shop.shopper_with(9_999_000).await;
    let refused = shopper.post_with_key(CHARGES, &unique("key"), &json!({"amount": 1_010})).await;
    let refused = shop.as_documented("post", CHARGES, refused.problem(409, "balance_limit_exceeded"));
    assert_eq!((&refused.body["balance"], &refused.body["limit"]), (&json!(9_999_000), &json!(10_000_000)));
    shopper.post_with_key(CHARGES, &unique("key"), &json!({"amount": 1_000})).await.expect(201);
    assert_eq!(shopper.balance().await, 10_000_000);
}

pub async fn a_charge_is_done_once_for_each_key(shop: &Fleet) {
    let (shopper, other) = (shop.shopper_with(0).await, shop.shopper_with(0).await);
    let (key, body) = (unique("key"), json!({"amount": 5_000}));
    let first = shopper.post_with_key(CHARGES, &key, &body).await.expect(201).body;
    let again = shopper.post_with_key(CHARGES, &key, &body).await.expect(201).body;
    let in_body = shopper.post(CHARGES, &json!({"amount": 5_000, "request_id": key})).await.expect(201).body;
    assert_eq!((&first, &first["transaction_id"]), (&again, &in_body["transaction_id"]));
    let reused = shopper.post_with_key(CHARGES, &key, &json!({"amount": 6_000})).await;
    shop.as_documented("post", CHARGES, reused.problem(422, "idempotency_key_reused"));
    shopper.post_with_key(CHARGES, &key, &json!({"amount": 5_000, "request_id": "other"})).await.invalid("request_id");
    assert_eq!(shopper.balance().await, 5_000);
    other.post_with_key(CHARGES, &key, &json!({"amount": 6_000})).await.expect(201);
    assert_eq!(other.balance().await, 6_000, "a key is its shopper's own");
}
