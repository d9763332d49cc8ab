//! Claiming. The campaigns are the demo's.

use crate::fleet::Fleet;
use serde_json::{Value, json};

const COUPONS: &str = "/api/v1/coupons";
const CLAIMS: &str = "/api/v1/coupons/{code}/claims";

async fn offer(shop: &Fleet, who: &crate::client::Client, code: &str) -> Value {
    let list = shop.as_documented("get", COUPONS, who.get(&format!("{COUPONS}?limit=100")).await.expect(200));
    list.items().iter().find(|offer| offer["code"] == code).expect("the demo's coupon").clone()
}

pub async fn a_coupon_is_claimed_once_and_shows_among_ones_own(shop: &Fleet) {
    let shopper = shop.shopper_with(0).await;
    let before = offer(shop, &shop.visitor, "WELCOME10").await;
    assert_eq!((&before["type"], &before["discount_value"]), (&json!("rate"), &json!(10)));
    assert!(before["total_quantity"].as_i64() >= before["remaining"].as_i64());
    let claimed = shop.as_documented("post", CLAIMS, shopper.claim("WELCOME10").await.expect(201)).body;
    assert_eq!((&claimed["coupon_code"], &claimed["status"]), (&json!("WELCOME10"), &json!("ISSUED")));
    for code in ["WELCOME10", "welcome10"] {
        shop.as_documented("post", CLAIMS, shopper.claim(code).await.problem(409, "coupon_already_claimed"));
    }
    let mine = shop.as_documented("get", "/api/v1/me/coupons", shopper.get("/api/v1/me/coupons").await.expect(200));
    let [piece] = &mine.items()[..] else { panic!("{}", mine.text) };
    assert_eq!((&piece["coupon_code"], &piece["status"]), (&json!("WELCOME10"), &json!("ISSUED")));
    let after = offer(shop, &shopper, "WELCOME10").await;
    assert!(after["remaining"].as_i64() < before["remaining"].as_i64());
    assert_eq!((&after["my_status"], &before["my_status"]), (&json!("ISSUED"), &json!(null)));
}

pub async fn what_cannot_be_claimed_says_why(shop: &Fleet) {
    let shopper = shop.shopper_with(0).await;
    for (code, reason) in [("NIGHT20", "not_begun"), ("AUTUMN15", "expired"), ("NOSUCHCODE", "unknown")] {
        let refused = shopper.claim(code).await.problem(409, "coupon_not_applicable");
        assert_eq!(shop.as_documented("post", CLAIMS, refused).body["reason"], reason, "{code}");
    }
    for code in ["AB", "A%20B%20C", "A'%3BDROP", "%FF"] {
        shop.as_documented("post", CLAIMS, shopper.claim(code).await.problem(404, "not_found"));
    }
    let mine = shopper.get("/api/v1/me/coupons").await.expect(200);
    assert!(mine.items().is_empty(), "{}", mine.text);
}

pub async fn the_last_piece_is_the_last(shop: &Fleet) {
    let left = offer(shop, &shop.visitor, "FIRST50").await["remaining"].as_i64().expect("a count");
    for _ in 0..left {
        shop.shopper_with(0).await.claim("FIRST50").await.expect(201);
    }
    let refused = shop.shopper_with(0).await.claim("FIRST50").await.problem(409, "coupon_sold_out");
    shop.as_documented("post", CLAIMS, refused);
    let offer = offer(shop, &shop.visitor, "FIRST50").await;
    assert_eq!((&offer["remaining"], &offer["state"]), (&json!(0), &json!("sold_out")));
}
