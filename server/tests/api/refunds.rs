//! What a shopper sees of a refund: on the order, in the wallet, on pages and on the receipt.

use crate::support::browser::Browser;
use crate::support::{House, draft, fresh};
use serde_json::{Value, json};
use shop::id::{OrderId, ProductId};
use shop::operator::service::find_operator;
use shop::operator::{Operator, OperatorRole};
use shop::order::Lines;
use shop::refund::service::{RefundRequest, credit_owed, refund_order};
use shop::refund::{Refund, RefundLines, RefundReason};
use shop::request::RequestKey;

async fn operator(house: &House) -> Operator {
    let email = format!("{}@example.com", fresh("operator"));
    let made =
        shop::user::service::create_operator(&house.shop, &email, "운영자", "correct horse 1", OperatorRole::Manager);
    find_operator(&house.shop, &made.await.expect("an account"), "192.0.2.1")
        .await
        .expect("a database")
        .expect("an operator")
}

async fn refund(house: &House, by: &Operator, order: &str, lines: RefundLines) -> Refund {
    let order: OrderId = order.parse().expect("an order");
    let key = RequestKey::parse(&fresh("refund")).expect("a key");
    let request = RefundRequest { key, lines, reason: RefundReason::parse("찢어진 파일").expect("a reason") };
    refund_order(&house.shop, by, order, &request).await.expect("a refund")
}

fn pieces(product: i64, quantity: i64) -> RefundLines {
    RefundLines::Of(Lines::new([(ProductId::new(product), quantity)]).expect("lines"))
}

#[tokio::test]
async fn an_order_says_what_was_given_back_of_it() {
    for house in House::on_each_engine().await {
        let (book, font) = (house.product(12_300, 10).await, house.product(50_000, 3).await);
        let shopper = house.shopper_with(200_000).await;
        let body = json!({"items": [{"product_id": book, "quantity": 2}, {"product_id": font, "quantity": 1}]});
        let placed = shopper.order(&body).await.expect(201);
        assert_eq!(placed.body["refunded"], Value::Null);
        let path = format!("/api/v1/orders/{}", placed.id());
        let by = operator(&house).await;

        refund(&house, &by, &placed.id(), pieces(book, 1)).await;
        let shown = shopper.get(&path).await.expect(200).body;
        assert_eq!(
            (&shown["status"], &shown["finished_at"]),
            (&json!("PARTIALLY_REFUNDED"), &placed.body["finished_at"])
        );
        let refunded = &shown["refunded"];
        assert_eq!(
            (&refunded["amount"], &refunded["owed"], &refunded["coupon_returned"]),
            (&json!(12_300), &json!(0), &json!(false))
        );
        assert_eq!(refunded["items"], json!([{"product_id": book, "quantity": 1, "amount": 12_300}]));
        refund(&house, &by, &placed.id(), RefundLines::Whole).await;
        let shown = shopper.get(&path).await.expect(200).body;
        assert_eq!((&shown["status"], &shown["refunded"]["amount"]), (&json!("REFUNDED"), &json!(74_600)));
        assert_eq!(shopper.balance().await, 200_000);
        let statement = shopper.get("/api/v1/wallet/transactions?limit=2").await.expect(200);
        let amounts: Vec<(&str, i64)> = statement
            .items()
            .iter()
            .map(|posting| (posting["type"].as_str().unwrap(), posting["amount"].as_i64().unwrap()))
            .collect();
        assert_eq!(amounts, [("REFUND", 62_300), ("REFUND", 12_300)]);
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn pages_show_what_was_given_back_and_what_waits_for_room() {
    let house = House::open().await;
    let dear = house.save(draft("DEAR", 100_000, 9)).await;
    let mut owner = Browser::speaking(&house, "en");
    let member = owner.log_in_with(&house, 10_000_000).await;
    let order = member.buy(dear, 2).await.expect(201).id();
    member.charge(100_000).await.expect(201);
    member.charge(100_000).await.expect(201);
    let by = operator(&house).await;
    assert_eq!(refund(&house, &by, &order, pieces(dear, 1)).await.credited_at, None);

    let page = owner.get(&format!("/orders/{order}")).await.expect(200).text;
    for part in [
        "Part of your order was refunded",
        "1 refunded · ₩100,000",
        "of which waiting for room",
        "waits for room in your wallet",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let wallet = member.get("/api/v1/wallet").await.expect(200).body;
    assert_eq!(wallet, json!({"balance": 10_000_000, "limit": 10_000_000, "owed": 100_000}));
    let page = owner.get("/wallet").await.expect(200).text;
    assert!(page.contains("₩100,000 of refunds are waiting") && page.contains(&format!("/orders/{order}")), "{page}");
    let refused = member.charge(1_000).await.problem(409, "balance_limit_exceeded");
    assert_eq!(refused.body["unfinished"], json!(100_000));
    let receipt = owner.get(&format!("/orders/{order}/receipt")).await.expect(200).text;
    assert!(receipt.contains("Refunded") && receipt.contains("-₩100,000"), "{receipt}");
    let closing = owner.get("/account/close").await.expect(200).text;
    assert!(closing.contains("₩10,100,000") && closing.contains("₩100,000 of it is refunds"), "{closing}");

    member.buy(dear, 1).await.expect(201);
    assert_eq!(credit_owed(&house.shop).await.unwrap(), 1);
    let page = owner.get(&format!("/orders/{order}")).await.expect(200).text;
    assert!(page.contains("1 refunded · ₩100,000") && !page.contains("waiting for room"), "{page}");
    assert!(!owner.get("/wallet").await.expect(200).text.contains("refunds are waiting"));
    house.verify().await;
    house.close().await;
}
