//! Claiming coupons and reading one's own.

use crate::support::{DAY, House, without_limits};
use serde_json::json;
use shop::coupon::Discount;
use shop::ports::Limit;
use shop::{Settings, Won};
use std::time::Duration;

#[tokio::test]
async fn a_coupon_is_claimed_once_and_shows_among_ones_own() {
    let house = House::open().await;
    let code = house.coupon(Discount::Rate(10), 3).await;
    let shopper = house.shopper().await;
    let offer = house.visitor().get("/api/v1/coupons").await.expect(200).items()[0].clone();
    assert_eq!((&offer["code"], &offer["type"], &offer["discount_value"]), (&json!(code), &json!("rate"), &json!(10)));
    assert_eq!(
        (&offer["total_quantity"], &offer["remaining"], &offer["my_status"]),
        (&json!(3), &json!(3), &json!(null))
    );

    let claimed = shopper.claim(&code).await.expect(201).body;
    assert_eq!((&claimed["coupon_code"], &claimed["status"]), (&json!(code), &json!("ISSUED")));
    shopper.claim(&code).await.problem(409, "coupon_already_claimed");
    shopper.claim(&code.to_lowercase()).await.problem(409, "coupon_already_claimed");
    let mine = shopper.get("/api/v1/me/coupons").await.expect(200);
    assert_eq!(mine.items().len(), 1);
    assert_eq!((&mine.items()[0]["coupon_code"], &mine.items()[0]["status"]), (&json!(code), &json!("ISSUED")));
    let offer = shopper.get("/api/v1/coupons").await.expect(200).items()[0].clone();
    assert_eq!((&offer["remaining"], &offer["my_status"]), (&json!(2), &json!("ISSUED")));
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn the_last_piece_goes_to_one_of_many() {
    for house in House::on_each_engine().await {
        let code = house.coupon(Discount::Fixed(Won::new(1_000)), 1).await;
        let mut shoppers = Vec::new();
        for _ in 0..8 {
            shoppers.push(house.shopper().await);
        }
        let claims = shoppers.iter().map(|shopper| shopper.claim(&code));
        let answers = futures::future::join_all(claims).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.problem(409, "coupon_sold_out");
        }
        let offer = house.visitor().get("/api/v1/coupons").await.expect(200).items()[0].clone();
        assert_eq!((&offer["remaining"], &offer["state"]), (&json!(0), &json!("sold_out")));
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn what_has_not_begun_is_over_or_does_not_exist_cannot_be_claimed() {
    let house = House::open().await;
    let now = house.shop.now();
    let upcoming = house.coupon_between(Discount::Rate(10), 5, now.after(DAY), now.after(2 * DAY)).await;
    let finished = house.coupon_between(Discount::Rate(10), 5, now.before(2 * DAY), now.before(DAY)).await;
    let shopper = house.shopper().await;
    for (code, reason) in [(upcoming.as_str(), "not_begun"), (finished.as_str(), "expired"), ("NOSUCHCODE", "unknown")]
    {
        let refused = shopper.claim(code).await.problem(409, "coupon_not_applicable");
        assert_eq!(refused.body["reason"], reason, "{code}");
    }
    for code in ["AB", "%EC%BF%A0%ED%8F%B0", "A%20B%20C", "A'%3BDROP", "%FF"] {
        shopper.claim(code).await.problem(404, "not_found");
    }
    assert!(house.visitor().get("/api/v1/coupons").await.expect(200).items().is_empty());
    assert!(shopper.get("/api/v1/me/coupons").await.expect(200).items().is_empty());
    house.close().await;
}

#[tokio::test]
async fn claims_are_limited_to_three_a_minute_whatever_their_answer() {
    let settings =
        Settings { claim_limit: Some(Limit { count: 3, window: Duration::from_secs(60) }), ..without_limits() };
    let house = House::open_with_settings(settings).await;
    let (one, two) = (house.coupon(Discount::Rate(10), 5).await, house.coupon(Discount::Rate(20), 5).await);
    let shopper = house.shopper().await;
    shopper.claim(&one).await.expect(201);
    shopper.claim(&one).await.problem(409, "coupon_already_claimed");
    shopper.claim("NOSUCHCODE").await.problem(409, "coupon_not_applicable");
    let full = shopper.claim(&two).await.problem(429, "rate_limited");
    let seconds: u64 = full.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds));
    house.shopper().await.claim(&two).await.expect(201);
    house.clock.advance(Duration::from_secs(seconds));
    shopper.claim(&two).await.expect(201);
    house.close().await;
}
