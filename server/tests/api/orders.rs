//! Buying: the whole way, every bad input, replays, limits and blocks.

use crate::support::{Answer, Client, DAY, House, draft, fresh, without_limits};
use serde_json::{Value, json};
use shop::coupon::Discount;
use shop::ports::Limit;
use shop::product::ProductDraft;
use shop::{Settings, Won};
use std::time::Duration;

const ORDERS: &str = "/api/v1/orders";

fn lines(lines: &[(i64, i64)]) -> Value {
    json!({"items": lines.iter().map(|(product, quantity)| json!({"product_id": product, "quantity": quantity})).collect::<Vec<_>>()})
}

#[tokio::test]
async fn a_shopper_buys_with_a_coupon_and_sees_the_order() {
    for house in House::on_each_engine().await {
        let (book, font) = (house.product(12_300, 10).await, house.product(50_000, 3).await);
        let code = house.coupon(Discount::Rate(10), 100).await;
        let shopper = house.shopper_with(100_000).await;
        shopper.claim(&code).await.expect(201);
        let mut body = lines(&[(book, 2), (font, 1)]);
        body["coupon_code"] = json!(code);
        body["expected_amount"] = json!(67_140);
        let placed = shopper.order(&body).await.expect(201);
        let order = &placed.body;
        assert_eq!(order["status"], "COMPLETED");
        assert_eq!(
            (&order["total_amount"], &order["discount_amount"], &order["final_amount"]),
            (&json!(74_600), &json!(7_460), &json!(67_140))
        );
        assert_eq!((&order["coupon_code"], order["items"].as_array().unwrap().len()), (&json!(code), 2));
        assert_eq!(order["items"][0]["quantity"], 2);
        assert_eq!(placed.header("location"), format!("{ORDERS}/{}", placed.id()));

        let shown = shopper.get(&format!("{ORDERS}/{}", placed.id())).await.expect(200);
        assert_eq!(&shown.body, order);
        let listed = shopper.get(ORDERS).await.expect(200);
        assert_eq!((listed.items().len(), &listed.items()[0]["id"]), (1, &order["id"]));
        assert_eq!(listed.items()[0]["status"], "COMPLETED");
        assert_eq!(shopper.balance().await, 32_860);
        let statement = shopper.get("/api/v1/wallet/transactions?limit=1").await.expect(200);
        let posting = &statement.items()[0];
        assert_eq!(
            (&posting["type"], &posting["amount"], &posting["order_id"]),
            (&json!("PAYMENT"), &json!(-67_140), &order["id"])
        );
        let stock = house.visitor().get(&format!("/api/v1/products/{book}")).await.expect(200).body;
        assert_eq!((&stock["total_stock"], &stock["reserved_stock"]), (&json!(8), &json!(0)));
        let mine = shopper.get("/api/v1/me/coupons").await.expect(200);
        assert_eq!((&mine.items()[0]["status"], &mine.items()[0]["order_id"]), (&json!("USED"), &order["id"]));
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn quantities_outside_the_rules_change_nothing() {
    let house = House::open().await;
    let mut products = Vec::new();
    for _ in 0..4 {
        products.push(house.product(1_000, 100).await);
    }
    let [a, b, c, d] = products[..] else { unreachable!("four products") };
    let shopper = house.shopper_with(100_000).await;
    let before = shopper.facts().await;
    let table = [
        (lines(&[(a, 0)]), "items[0].quantity"),
        (lines(&[(a, -1)]), "items[0].quantity"),
        (lines(&[(b, 1), (a, i64::MIN)]), "items[1].quantity"),
        (lines(&[(a, 11)]), "items[0].quantity"),
        (lines(&[(a, i64::MAX)]), "items[0].quantity"),
        (lines(&[(a, 6), (a, 5)]), "items[1].quantity"),
        (lines(&[(a, 10), (b, 10), (c, 10), (d, 1)]), "items"),
        (lines(&[]), "items"),
        (json!({}), "items"),
        (json!({"items": null}), "items"),
        (json!({"items": [{"product_id": a}]}), "items[0].quantity"),
        (json!({"items": [{"product_id": a, "quantity": "1"}]}), "items[0].quantity"),
        (json!({"items": [{"product_id": a, "quantity": 1.5}]}), "items[0].quantity"),
        (json!({"items": [{"product_id": a, "quantity": 1, "price": 1}]}), "items[0].price"),
        (json!({"items": [{"product_id": "1", "quantity": 1}]}), "items[0].product_id"),
        (json!({"items": [{"product_id": a, "quantity": 1}], "total": 1}), "total"),
        (json!({"items": [{"product_id": a, "quantity": 1}], "expected_amount": "1000"}), "expected_amount"),
        (json!({"items": [{"product_id": a, "quantity": 1}], "coupon_code": "!"}), "coupon_code"),
    ];
    for (body, field) in table {
        shopper.order(&body).await.invalid(field);
    }
    assert_eq!(shopper.facts().await, before);
    shopper.order(&lines(&[(a, 10), (b, 10), (c, 10)])).await.expect(201);
    shopper.order(&lines(&[(a, 4), (a, 6)])).await.expect(201);
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn unknown_and_inactive_products_are_invalid() {
    let house = House::open().await;
    let good = house.product(1_000, 10).await;
    house.save(ProductDraft { is_active: false, ..draft("HIDDEN", 1_000, 10) }).await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    for product in [good + 1, 999_999, 0, -1, i64::MAX] {
        shopper.order(&lines(&[(good, 1), (product, 1)])).await.problem(422, "validation_failed");
    }
    assert_eq!(shopper.facts().await, before);
    house.close().await;
}

#[tokio::test]
async fn what_the_shop_cannot_sell_is_refused_and_nothing_moves() {
    let house = House::open().await;
    let (rare, dear) = (house.product(1_000, 2).await, house.product(20_000, 10).await);
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    let stock = shopper.buy(rare, 3).await.problem(409, "insufficient_stock");
    assert_eq!((&stock.body["product_id"], &stock.body["available"]), (&json!(rare), &json!(2)));
    let balance = shopper.buy(dear, 1).await.problem(409, "insufficient_balance");
    assert_eq!((&balance.body["balance"], &balance.body["needed"]), (&json!(10_000), &json!(20_000)));
    let mut changed = lines(&[(rare, 1)]);
    changed["expected_amount"] = json!(900);
    let price = shopper.order(&changed).await.problem(409, "price_changed");
    assert_eq!((&price.body["expected"], &price.body["actual"]), (&json!(900), &json!(1_000)));
    before.assert_nothing_moved(&shopper.facts().await);
    // They are kept, for the figures and for replays.
    let kept = shopper.get(&format!("{ORDERS}?status=REJECTED")).await.expect(200);
    let refused = shopper.get(&format!("{ORDERS}/{}", kept.items()[0]["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(refused.body["refusal"]["code"], "price_changed");
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn a_price_that_changed_since_the_page_is_refused() {
    let house = House::open().await;
    let id = house.save(draft("BOOK", 1_000, 10)).await;
    let shopper = house.shopper_with(10_000).await;
    house.save(draft("BOOK", 1_100, 10)).await;
    let before = shopper.facts().await;
    let mut body = lines(&[(id, 1)]);
    body["expected_amount"] = json!(1_000);
    shopper.order(&body).await.problem(409, "price_changed");
    before.assert_nothing_moved(&shopper.facts().await);
    body["expected_amount"] = json!(1_100);
    shopper.order(&body).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn a_coupon_that_does_not_apply_refuses_the_order_and_nothing_moves() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let now = house.shop.now();
    let unclaimed = house.coupon(Discount::Rate(10), 10).await;
    let others = house.coupon(Discount::Rate(10), 10).await;
    let ending =
        house.coupon_between(Discount::Rate(10), 10, now.before(DAY), now.after(Duration::from_secs(60))).await;
    let upcoming = house.coupon_between(Discount::Rate(10), 10, now.after(DAY), now.after(2 * DAY)).await;
    let whole = house.coupon(Discount::Fixed(Won::new(1_000)), 10).await;
    let used = house.coupon(Discount::Rate(10), 10).await;
    let shopper = house.shopper_with(10_000).await;
    house.shopper().await.claim(&others).await.expect(201);
    for code in [&ending, &whole, &used] {
        shopper.claim(code).await.expect(201);
    }
    let with = |code: &str| {
        let mut body = lines(&[(product, 1)]);
        body["coupon_code"] = json!(code);
        body
    };
    shopper.order(&with(&used)).await.expect(201);
    house.clock.advance(Duration::from_secs(61));

    let before = shopper.facts().await;
    let table = [
        (unclaimed.as_str(), "not_claimed"),
        (others.as_str(), "not_claimed"),
        (ending.as_str(), "expired"),
        (upcoming.as_str(), "not_claimed"),
        (whole.as_str(), "nothing_left"),
        (used.as_str(), "used"),
        ("NOSUCHCODE", "unknown"),
    ];
    for (code, reason) in table {
        let refused = shopper.order(&with(code)).await.problem(409, "coupon_not_applicable");
        assert!(refused.body["reason"].is_string(), "{code}");
        if code != upcoming {
            assert_eq!(refused.body["reason"], reason, "{code}");
        }
    }
    before.assert_nothing_moved(&shopper.facts().await);
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn the_same_request_is_answered_again_and_bought_once() {
    for house in House::on_each_engine().await {
        let product = house.product(1_000, 10).await;
        let shopper = house.shopper_with(10_000).await;
        let key = fresh("key");
        let body = lines(&[(product, 2)]);
        let first = shopper.post_with_key(ORDERS, &key, &body).await.expect(201);
        let again = shopper.post_with_key(ORDERS, &key, &body).await.expect(201);
        assert_eq!(first.body, again.body);
        // The same order written another way is the same request.
        let mut in_body = lines(&[(product, 1), (product, 1)]);
        in_body["request_id"] = json!(key);
        let third = shopper.post(ORDERS, &in_body).await.expect(201);
        assert_eq!(first.body["id"], third.body["id"]);
        assert_eq!(shopper.balance().await, 8_000);
        for other in [lines(&[(product, 1)]), {
            let mut body = lines(&[(product, 2)]);
            body["expected_amount"] = json!(2_000);
            body
        }] {
            shopper.post_with_key(ORDERS, &key, &other).await.problem(422, "idempotency_key_reused");
        }
        assert_eq!(shopper.balance().await, 8_000);
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn a_refusal_is_answered_again_unchanged_even_when_it_could_now_succeed() {
    let house = House::open().await;
    let product = house.product(5_000, 10).await;
    let shopper = house.shopper_with(1_000).await;
    let key = fresh("key");
    let body = lines(&[(product, 1)]);
    let strip = |answer: Answer| {
        let mut body = answer.problem(409, "insufficient_balance").body;
        body.as_object_mut().unwrap().remove("trace_id");
        body
    };
    let first = strip(shopper.post_with_key(ORDERS, &key, &body).await);
    shopper.charge(100_000).await.expect(201);
    assert_eq!(strip(shopper.post_with_key(ORDERS, &key, &body).await), first);
    shopper.post_with_key(ORDERS, &fresh("key"), &body).await.expect(201);
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn an_order_needs_a_good_request_id() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    let mut body = lines(&[(product, 1)]);
    shopper.post(ORDERS, &body).await.problem(400, "idempotency_key_missing");
    shopper.post_with_key(ORDERS, &"k".repeat(129), &body).await.invalid("Idempotency-Key");
    shopper.post_with_key(ORDERS, "", &body).await.invalid("Idempotency-Key");
    body["request_id"] = json!("one");
    shopper.post_with_key(ORDERS, "two", &body).await.invalid("request_id");
    body["request_id"] = json!("키");
    shopper.post(ORDERS, &body).await.invalid("request_id");
    // The shape of the body comes first, its values after the key.
    shopper.post(ORDERS, &json!({"items": 1})).await.invalid("items");
    shopper.post(ORDERS, &lines(&[(product, 0)])).await.problem(400, "idempotency_key_missing");
    assert_eq!(shopper.facts().await, before);
    // A malformed request is not remembered.
    let key = fresh("key");
    shopper.post_with_key(ORDERS, &key, &lines(&[(product, 0)])).await.invalid("items[0].quantity");
    shopper.post_with_key(ORDERS, &key, &lines(&[(product, 1)])).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn somebody_elses_order_is_not_found() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let (owner, other) = (house.shopper_with(10_000).await, house.shopper().await);
    let id = owner.buy(product, 1).await.expect(201).id();
    owner.get(&format!("{ORDERS}/{id}")).await.expect(200);
    other.get(&format!("{ORDERS}/{id}")).await.problem(404, "not_found");
    assert!(other.get(ORDERS).await.expect(200).items().is_empty());
    for id in [
        "1",
        "nonsense",
        &id.to_uppercase(),
        &id.replace('-', ""),
        &format!("{{{id}}}"),
        "%00",
        "018f8e3a-1111-7000-8000-000000000000",
    ] {
        owner.get(&format!("{ORDERS}/{id}")).await.problem(404, "not_found");
    }
    house.close().await;
}

#[tokio::test]
async fn orders_are_paged_newest_first() {
    for house in House::on_each_engine().await {
        let product = house.product(1_000, 100).await;
        let shopper = house.shopper_with(10_000).await;
        let mut placed = Vec::new();
        for _ in 0..5 {
            placed.push(shopper.buy(product, 1).await.expect(201).id());
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        placed.reverse();
        let mut seen = Vec::new();
        let mut path = format!("{ORDERS}?limit=2");
        loop {
            let page = shopper.get(&path).await.expect(200);
            seen.extend(page.items().iter().map(|order| order["id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("{ORDERS}?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, placed);
        house.close().await;
    }
}

#[tokio::test]
async fn orders_are_limited_to_one_a_second_and_a_replay_costs_nothing() {
    let settings =
        Settings { order_limit: Some(Limit { count: 1, window: Duration::from_secs(1) }), ..without_limits() };
    let house = House::open_with_settings(settings).await;
    let product = house.product(1_000, 100).await;
    let shopper = house.shopper_with(10_000).await;
    let (first, second) = (fresh("key"), fresh("key"));
    let body = lines(&[(product, 1)]);
    shopper.post_with_key(ORDERS, &first, &body).await.expect(201);
    // In one breath: the limit would otherwise be over.
    let limited = shopper.post_with_key(ORDERS, &second, &body).await.problem(429, "rate_limited");
    assert_eq!(limited.header("retry-after"), "1");
    shopper.post_with_key(ORDERS, &first, &body).await.expect(201);
    shopper.post_with_key(ORDERS, &first, &lines(&[(product, 2)])).await.problem(422, "idempotency_key_reused");
    house.clock.advance(Duration::from_secs(1));
    // 429 was not remembered under its key.
    shopper.post_with_key(ORDERS, &second, &body).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn the_fifth_refusal_in_a_row_blocks_orders_and_claims_for_ten_minutes() {
    let house = House::open_with_settings(Settings { failure_limit: Some(5), ..without_limits() }).await;
    let (dear, cheap) = (house.product(50_000, 100).await, house.product(1_000, 100).await);
    let code = house.coupon(Discount::Rate(10), 100).await;
    let shopper = house.shopper_with(10_000).await;
    for _ in 0..4 {
        shopper.buy(dear, 1).await.problem(409, "insufficient_balance");
    }
    shopper.buy(cheap, 1).await.expect(201);
    for _ in 0..4 {
        shopper.buy(dear, 1).await.problem(409, "insufficient_balance");
        shopper.order(&lines(&[(cheap, 0)])).await.invalid("items[0].quantity");
    }
    shopper.claim("NOSUCHCODE").await.problem(409, "coupon_not_applicable");
    let blocked = shopper.buy(cheap, 1).await.problem(429, "temporarily_blocked");
    let seconds: u64 = blocked.header("retry-after").parse().unwrap();
    assert!((595..=600).contains(&seconds), "{seconds}");
    shopper.claim(&code).await.problem(429, "temporarily_blocked");
    house.shopper_with(1_000).await.buy(cheap, 1).await.expect(201);
    house.clock.advance(Duration::from_secs(seconds));
    shopper.buy(cheap, 1).await.expect(201);
    shopper.claim(&code).await.expect(201);
    house.verify().await;
    house.close().await;
}

/// Many at once, all in one breath.
async fn all_at_once(clients: Vec<(Client, String, Value)>) -> Vec<Answer> {
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(clients.len()));
    let tries = clients.into_iter().map(|(client, key, body)| {
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            client.post_with_key(ORDERS, &key, &body).await
        })
    });
    futures::future::join_all(tries).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_buyers_one_gets_the_last_piece() {
    for house in House::on_each_engine().await {
        let product = house.product(1_000, 1).await;
        let mut buyers = Vec::new();
        for _ in 0..64 {
            buyers.push((house.shopper_with(1_000).await, fresh("key"), lines(&[(product, 1)])));
        }
        let answers = all_at_once(buyers).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.problem(409, "insufficient_stock");
        }
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_id_sixty_four_times_buys_once() {
    for house in House::on_each_engine().await {
        let product = house.product(1_000, 100).await;
        let shopper = house.shopper_with(100_000).await;
        let key = fresh("key");
        let answers =
            all_at_once((0..64).map(|_| (shopper.clone(), key.clone(), lines(&[(product, 1)]))).collect()).await;
        let bought: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(!bought.is_empty() && bought.iter().all(|answer| answer.body["id"] == bought[0].body["id"]));
        for answer in answers.iter().filter(|answer| ![201, 202].contains(&answer.status)) {
            assert_eq!(answer.body["code"], "request_in_progress", "{}", answer.text);
        }
        assert_eq!(shopper.balance().await, 99_000);
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_wallet_pays_for_as_many_orders_as_it_holds() {
    for house in House::on_each_engine().await {
        let product = house.product(1_000, 100).await;
        let shopper = house.shopper_with(10_000).await;
        let answers =
            all_at_once((0..32).map(|_| (shopper.clone(), fresh("key"), lines(&[(product, 1)]))).collect()).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 10);
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.problem(409, "insufficient_balance");
        }
        assert_eq!(shopper.balance().await, 0);
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_coupon_discounts_one_order() {
    for house in House::on_each_engine().await {
        let product = house.product(1_000, 100).await;
        let code = house.coupon(Discount::Rate(50), 10).await;
        let shopper = house.shopper_with(100_000).await;
        shopper.claim(&code).await.expect(201);
        let mut body = lines(&[(product, 1)]);
        body["coupon_code"] = json!(code);
        let answers = all_at_once((0..16).map(|_| (shopper.clone(), fresh("key"), body.clone())).collect()).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.problem(409, "coupon_not_applicable");
        }
        assert_eq!(shopper.balance().await, 99_500);
        house.verify().await;
        house.close().await;
    }
}
