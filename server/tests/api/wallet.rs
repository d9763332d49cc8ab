//! Charging a wallet and reading its statement.

use crate::support::{Answer, House, fresh, without_limits};
use serde_json::{Value, json};
use shop::Settings;

const CHARGES: &str = "/api/v1/wallet/charges";

#[tokio::test]
async fn a_charge_is_credited_and_stands_in_the_statement() {
    let house = House::open().await;
    let shopper = house.shopper().await;
    let wallet = shopper.get("/api/v1/wallet").await.expect(200).body;
    assert_eq!(wallet, json!({"balance": 0, "limit": 10_000_000, "owed": 0}));
    let charge = shopper.charge(50_000).await.expect(201).body;
    assert!(charge["transaction_id"].is_string());
    assert_eq!((&charge["amount"], &charge["balance"]), (&json!(50_000), &json!(50_000)));
    shopper.charge(1_000).await.expect(201);
    assert_eq!(shopper.balance().await, 51_000);

    let statement = shopper.get("/api/v1/wallet/transactions").await.expect(200);
    let newest = &statement.items()[0];
    assert_eq!(
        (&newest["type"], &newest["amount"], &newest["balance_after"]),
        (&json!("CHARGE"), &json!(1_000), &json!(51_000))
    );
    assert_eq!(statement.items()[1]["id"], charge["transaction_id"]);
    assert!(newest["order_id"].is_null() && newest["created_at"].is_string());
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn an_amount_outside_the_rules_changes_nothing() {
    let house = House::open().await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    let amounts = [
        "-1000",
        "0",
        "999",
        "1005",
        "100001",
        "100010",
        "1000.0",
        "1e3",
        "\"1000\"",
        "null",
        "true",
        "[1000]",
        "99999999999999999999",
    ];
    for amount in amounts {
        let body = format!("{{\"amount\": {amount}}}");
        shopper.post_bytes(CHARGES, Some("application/json"), body.as_bytes()).await.invalid("amount");
    }
    shopper.post(CHARGES, &json!({"amount": 1_000})).await.problem(400, "idempotency_key_missing");
    shopper.post_with_key(CHARGES, "a b", &json!({"amount": 1_000})).await.invalid("Idempotency-Key");
    assert_eq!(shopper.facts().await, before);
    house.close().await;
}

#[tokio::test]
async fn a_wallet_holds_ten_million_and_not_ten_won_more() {
    let house = House::open().await;
    let shopper = house.shopper_with(9_999_000).await;
    let before = shopper.facts().await;
    let refused = shopper.charge(1_010).await.problem(409, "balance_limit_exceeded");
    assert_eq!((&refused.body["balance"], &refused.body["limit"]), (&json!(9_999_000), &json!(10_000_000)));
    assert_eq!(shopper.facts().await, before);
    shopper.charge(1_000).await.expect(201);
    assert_eq!(shopper.balance().await, 10_000_000);
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn the_same_charge_is_answered_again_and_credited_once() {
    let house = House::open().await;
    let shopper = house.shopper().await;
    let key = fresh("key");
    let first = shopper.post_with_key(CHARGES, &key, &json!({"amount": 5_000})).await.expect(201).body;
    let again = shopper.post_with_key(CHARGES, &key, &json!({"amount": 5_000})).await.expect(201).body;
    assert_eq!(first["transaction_id"], again["transaction_id"]);
    let in_body = shopper.post(CHARGES, &json!({"amount": 5_000, "request_id": key})).await.expect(201).body;
    assert_eq!(first["transaction_id"], in_body["transaction_id"]);
    shopper.post_with_key(CHARGES, &key, &json!({"amount": 6_000})).await.problem(422, "idempotency_key_reused");
    shopper.post_with_key(CHARGES, &key, &json!({"amount": 5_000, "request_id": "other"})).await.invalid("request_id");
    assert_eq!(shopper.balance().await, 5_000);
    // The key is this shopper's own.
    let other = house.shopper().await;
    other.post_with_key(CHARGES, &key, &json!({"amount": 6_000})).await.expect(201);
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn a_shop_without_charging_forbids_it() {
    let house = House::open_with_settings(Settings { charges_open: false, ..without_limits() }).await;
    let shopper = house.shopper().await;
    shopper.charge(1_000).await.problem(403, "forbidden");
    assert_eq!(shopper.balance().await, 0);
    house.close().await;
}

#[tokio::test]
async fn sixty_four_charges_at_once_under_one_key_credit_once() {
    for house in House::on_each_engine().await {
        let shopper = house.shopper().await;
        let key = fresh("key");
        let tries = (0..64).map(|_| {
            let (shopper, key) = (shopper.clone(), key.clone());
            tokio::spawn(async move { shopper.post_with_key(CHARGES, &key, &json!({"amount": 5_000})).await })
        });
        let answers: Vec<Answer> = futures::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().any(|answer| answer.status == 201));
        for answer in answers {
            assert!(answer.status == 201 || answer.body["code"] == "request_in_progress", "{}", answer.text);
        }
        assert_eq!(shopper.balance().await, 5_000);
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn a_statement_is_the_owners_alone_and_is_paged() {
    for house in House::on_each_engine().await {
        let (shopper, other) = (house.shopper().await, house.shopper().await);
        for _ in 0..5 {
            shopper.charge(1_000).await.expect(201);
        }
        let mut seen: Vec<Value> = Vec::new();
        let mut path = "/api/v1/wallet/transactions?limit=2".to_owned();
        loop {
            let page = shopper.get(&path).await.expect(200);
            seen.extend(page.items().iter().map(|posting| posting["balance_after"].clone()));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("/api/v1/wallet/transactions?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, [5_000, 4_000, 3_000, 2_000, 1_000].map(Value::from));
        assert!(other.get("/api/v1/wallet/transactions").await.expect(200).items().is_empty());
        house.close().await;
    }
}
