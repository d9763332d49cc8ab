//! Buying.

use crate::client::Answer;
use crate::fleet::{Fleet, order_of, unique};
use serde_json::{Value, json};

const ORDERS: &str = "/api/v1/orders";
const ORDER: &str = "/api/v1/orders/{id}";

fn lines(lines: &[(i64, i64)]) -> Value {
    let item = |(product, quantity): &(i64, i64)| json!({"product_id": product, "quantity": quantity});
    json!({"items": lines.iter().map(item).collect::<Vec<_>>()})
}

/// An order with something else in it.
fn with(mut order: Value, field: &str, value: Value) -> Value {
    order[field] = value;
    order
}

fn without_trace(answer: Answer) -> Value {
    let mut body = answer.body;
    body.as_object_mut().expect("a problem").remove("trace_id");
    body
}

pub async fn an_order_with_a_coupon_is_bought_and_shown(shop: &Fleet) {
    let (book, font) = (shop.product(12_300, 10).await, shop.product(50_000, 3).await);
    let shopper = shop.shopper_with(100_000).await;
    shopper.claim("WELCOME10").await.expect(201);
    let body = with(lines(&[(book, 2), (font, 1)]), "coupon_code", json!("welcome10"));
    let body = with(body, "expected_amount", json!(67_140));
    let placed = shopper.post_with_key(ORDERS, &unique("key"), &body).await.expect(201);
    let placed = shop.as_documented("post", ORDERS, placed);
    let order = &placed.body;
    let amounts = ["total_amount", "discount_amount", "final_amount"].map(|name| order[name].clone());
    assert_eq!(amounts, [74_600, 7_460, 67_140].map(|won| json!(won)));
    assert_eq!((&order["status"], &order["coupon_code"]), (&json!("COMPLETED"), &json!("WELCOME10")));
    assert_eq!(placed.header("location"), format!("{ORDERS}/{}", placed.id()));

    let shown = shopper.get(&format!("{ORDERS}/{}", placed.id())).await.expect(200);
    assert_eq!(&shop.as_documented("get", ORDER, shown).body, order);
    let posting = shopper.get("/api/v1/wallet/transactions?limit=1").await.expect(200).items()[0].clone();
    let posting = ["type", "amount", "balance_after", "order_id"].map(|name| posting[name].clone());
    assert_eq!(posting, [json!("PAYMENT"), json!(-67_140), json!(32_860), order["id"].clone()]);
    assert_eq!((shop.stock(book).await, shop.stock(font).await), ((8, 0), (2, 0)));
    let mine = shopper.get("/api/v1/me/coupons").await.expect(200);
    assert_eq!((&mine.items()[0]["status"], &mine.items()[0]["order_id"]), (&json!("USED"), &order["id"]));
    let again = with(lines(&[(book, 1)]), "coupon_code", json!("WELCOME10"));
    let used = shopper.post_with_key(ORDERS, &unique("key"), &again).await.problem(409, "coupon_not_applicable");
    assert_eq!(used.body["reason"], "used");
}

pub async fn an_order_outside_the_rules_changes_nothing(shop: &Fleet) {
    let [a, b, c, d] = [shop.product(100, 50).await, shop.product(100, 50).await, shop.product(100, 50).await, 999_999];
    let shopper = shop.shopper_with(10_000).await;
    let good = lines(&[(a, 1)]);
    let table = [
        (lines(&[(a, 0)]), "items[0].quantity"),
        (lines(&[(b, 1), (a, -1)]), "items[1].quantity"),
        (lines(&[(a, 11)]), "items[0].quantity"),
        (lines(&[(a, 6), (a, 5)]), "items[1].quantity"),
        (lines(&[(a, 10), (b, 10), (c, 10), (d, 1)]), "items"),
        (lines(&[]), "items"),
        (json!({}), "items"),
        (json!({"items": [{"product_id": a, "quantity": "1"}]}), "items[0].quantity"),
        (json!({"items": [{"product_id": a, "quantity": 1, "price": 1}]}), "items[0].price"),
        (with(good.clone(), "total", json!(1)), "total"),
        (with(good.clone(), "expected_amount", json!("100")), "expected_amount"),
        (with(good.clone(), "coupon_code", json!("!")), "coupon_code"),
        (with(good.clone(), "request_id", json!("another")), "request_id"),
    ];
    for (body, field) in table {
        let answer = shopper.post_with_key(ORDERS, &unique("key"), &body).await.invalid(field);
        shop.as_documented("post", ORDERS, answer);
    }
    for product in [d, 0, -1, i64::MAX] {
        let body = lines(&[(a, 1), (product, 1)]);
        shopper.post_with_key(ORDERS, &unique("key"), &body).await.problem(422, "validation_failed");
    }
    let missing = shopper.post(ORDERS, &good).await.problem(400, "idempotency_key_missing");
    shop.as_documented("post", ORDERS, missing);
    for key in ["", "a b", &"k".repeat(129)] {
        shopper.post_with_key(ORDERS, key, &good).await.invalid("Idempotency-Key");
    }
    assert!(shopper.get(ORDERS).await.expect(200).items().is_empty());
    assert_eq!((shopper.balance().await, shop.stock(a).await), (10_000, (50, 0)));
    let most = lines(&[(a, 10), (b, 10), (c, 10)]);
    shopper.post_with_key(ORDERS, &unique("key"), &most).await.expect(201);
}

pub async fn what_the_shop_cannot_sell_is_refused_with_its_facts(shop: &Fleet) {
    let (rare, dear) = (shop.product(1_000, 2).await, shop.product(20_000, 10).await);
    let shopper = shop.shopper_with(10_000).await;
    let cheap = lines(&[(rare, 1)]);
    let table = [
        (lines(&[(rare, 3)]), "insufficient_stock", json!({"product_id": rare, "requested": 3, "available": 2})),
        (lines(&[(dear, 1)]), "insufficient_balance", json!({"balance": 10_000, "needed": 20_000})),
        (
            with(cheap.clone(), "expected_amount", json!(900)),
            "price_changed",
            json!({"expected": 900, "actual": 1_000}),
        ),
        (
            with(cheap.clone(), "coupon_code", json!("WELCOME10")),
            "coupon_not_applicable",
            json!({"reason": "not_claimed"}),
        ),
        (with(cheap, "coupon_code", json!("NOSUCHCODE")), "coupon_not_applicable", json!({"reason": "unknown"})),
    ];
    for (body, code, facts) in table {
        let refused = shopper.post_with_key(ORDERS, &unique("key"), &body).await.problem(409, code);
        let refused = shop.as_documented("post", ORDERS, refused);
        for (name, fact) in facts.as_object().expect("facts") {
            assert_eq!(&refused.body[name], fact, "{name}: {}", refused.text);
        }
        // It is kept, with its reason.
        let order = refused.body["order_id"].as_str().expect("an order");
        let kept = shopper.get(&format!("{ORDERS}/{order}")).await.expect(200);
        let kept = shop.as_documented("get", ORDER, kept).body;
        assert_eq!((&kept["status"], &kept["refusal"]["code"]), (&json!("REJECTED"), &json!(code)));
    }
    shopper.claim("THANKS3000").await.expect(201);
    let below = with(lines(&[(rare, 1)]), "coupon_code", json!("THANKS3000"));
    let below = shopper.post_with_key(ORDERS, &unique("key"), &below).await.problem(409, "coupon_not_applicable");
    assert_eq!(below.body["reason"], "below_minimum");
    let piece = shopper.get("/api/v1/me/coupons").await.expect(200).items()[0].clone();
    assert_eq!(piece["status"], "ISSUED");
    assert_eq!((shopper.balance().await, shop.stock(rare).await, shop.stock(dear).await), (10_000, (2, 0), (10, 0)));
}

pub async fn an_order_is_done_once_for_each_key(shop: &Fleet) {
    let product = shop.product(1_000, 10).await;
    let shopper = shop.shopper_with(3_000).await;
    let (key, body) = (unique("key"), lines(&[(product, 2)]));
    let first = shopper.post_with_key(ORDERS, &key, &body).await.expect(201);
    let again = shopper.post_with_key(ORDERS, &key, &body).await.expect(201);
    // The same order written another way is the same request.
    let in_body = with(lines(&[(product, 1), (product, 1)]), "request_id", json!(key));
    let in_body = shopper.post(ORDERS, &in_body).await.expect(201);
    assert_eq!((&first.body, &first.body), (&again.body, &in_body.body));
    let other = with(body, "expected_amount", json!(2_000));
    let reused = shopper.post_with_key(ORDERS, &key, &other).await.problem(422, "idempotency_key_reused");
    shop.as_documented("post", ORDERS, reused);
    // A refusal is answered again unchanged, even when the order could now succeed.
    let key = unique("key");
    let ask = async || shopper.post_with_key(ORDERS, &key, &lines(&[(product, 2)])).await;
    let refused = without_trace(ask().await.problem(409, "insufficient_balance"));
    shopper.post_with_key("/api/v1/wallet/charges", &unique("key"), &json!({"amount": 5_000})).await.expect(201);
    assert_eq!(without_trace(ask().await.problem(409, "insufficient_balance")), refused);
    // What was malformed is not remembered.
    let key = unique("key");
    shopper.post_with_key(ORDERS, &key, &lines(&[(product, 0)])).await.invalid("items[0].quantity");
    shopper.post_with_key(ORDERS, &key, &lines(&[(product, 1)])).await.expect(201);
    assert_eq!((shopper.balance().await, shop.stock(product).await), (5_000, (7, 0)));
}

pub async fn an_order_is_its_owners_alone_and_lists_are_paged(shop: &Fleet) {
    let product = shop.product(1_000, 10).await;
    let (shopper, other) = (shop.shopper_with(10_000).await, shop.shopper_with(0).await);
    let mut placed = Vec::new();
    for _ in 0..3 {
        placed.push(shopper.post_with_key(ORDERS, &unique("key"), &order_of(&[product])).await.expect(201).id());
    }
    let too_many = lines(&[(product, 10)]);
    shopper.post_with_key(ORDERS, &unique("key"), &too_many).await.problem(409, "insufficient_stock");
    for id in [placed[0].as_str(), "018f8e3a-1111-7000-8000-000000000000", "nonsense", "1"] {
        let stranger = other.get(&format!("{ORDERS}/{id}")).await.problem(404, "not_found");
        shop.as_documented("get", ORDER, stranger);
    }
    assert!(other.get(ORDERS).await.expect(200).items().is_empty());
    placed.reverse();
    let mut seen = Vec::new();
    let mut path = format!("{ORDERS}?status=COMPLETED&limit=2");
    loop {
        let page = shop.as_documented("get", ORDERS, shopper.get(&path).await.expect(200));
        seen.extend(page.items().iter().map(|order| order["id"].as_str().expect("an id").to_owned()));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        path = format!("{ORDERS}?status=COMPLETED&limit=2&cursor={cursor}");
    }
    assert_eq!(seen, placed);
    let all = shopper.get(ORDERS).await.expect(200);
    assert_eq!((all.items().len(), &all.items()[0]["status"]), (4, &json!("REJECTED")));
}
