//! Whose request it is: good tokens, and every bad one.

use crate::support::{Client, House, JWT_KEY, PASSWORD};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use shop::user::service as users;
use std::time::Duration;

/// Every endpoint that asks who you are.
const PRIVATE: [(&str, &str); 8] = [
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/me/coupons"),
    ("GET", "/api/v1/wallet"),
    ("GET", "/api/v1/wallet/transactions"),
    ("POST", "/api/v1/wallet/charges"),
    ("POST", "/api/v1/coupons/WELCOME10/claims"),
    ("POST", "/api/v1/orders"),
    ("GET", "/api/v1/orders/018f8e3a-1111-7000-8000-000000000000"),
];

async fn assert_unauthorized(client: &Client) {
    for (method, path) in PRIVATE {
        let request = client.request(method.parse().expect("a method"), path);
        let answer = crate::support::Answer::of(request).await.problem(401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{path}");
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(key: &str, algorithm: Algorithm, claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key.as_bytes())).expect("a token")
}

#[tokio::test]
async fn without_a_token_nothing_private_answers_and_the_caller_comes_before_the_body() {
    let house = House::open().await;
    assert_unauthorized(&house.visitor()).await;
    let garbage = house.visitor().post_bytes("/api/v1/orders", Some("text/plain"), b"\xff").await;
    garbage.problem(401, "unauthorized");
    house.close().await;
}

#[tokio::test]
async fn forged_expired_and_unsigned_tokens_are_refused() {
    let house = House::open().await;
    let shopper = house.shopper().await;
    let id = shopper.get("/api/v1/me").await.expect(200).body["id"].as_i64().unwrap();
    let now = house.shop.now().millis() / 1_000;
    let claims = |exp: i64| json!({"sub": id.to_string(), "role": "shopper", "iat": now, "exp": exp, "jti": "1-abc"});
    let good = signed(JWT_KEY, Algorithm::HS256, &claims(now + 60));
    house.visitor().with_token(&good).get("/api/v1/me").await.expect(200);

    let none = part(&json!({"alg": "none", "typ": "JWT"}));
    let real = shopper.token();
    let pieces: Vec<&str> = real.split('.').collect();
    let mut operator = claims(now + 60);
    operator["sub"] = json!("1");
    operator["role"] = json!("operator");
    let bad = [
        signed(JWT_KEY, Algorithm::HS256, &claims(now - 1)),
        signed("another key, which is as long as ours is", Algorithm::HS256, &claims(now + 60)),
        signed(JWT_KEY, Algorithm::HS512, &claims(now + 60)),
        format!("{none}.{}.", part(&claims(now + 60))),
        format!("{none}.{}.{}", pieces[1], pieces[2]),
        format!("{}.{}.{}", pieces[0], part(&operator), pieces[2]),
        format!("{}.{}.", pieces[0], pieces[1]),
        "nonsense".to_owned(),
    ];
    for token in bad {
        assert_unauthorized(&house.visitor().with_token(&token)).await;
    }
    for scheme in ["Basic", "Token"] {
        assert_unauthorized(&house.visitor().with_header("authorization", &format!("{scheme} {real}"))).await;
    }
    house.close().await;
}

#[tokio::test]
async fn a_token_of_nobody_is_refused() {
    let house = House::open().await;
    let now = house.shop.now().millis() / 1_000;
    let claims = json!({"sub": "999999", "role": "operator", "iat": now, "exp": now + 60, "jti": "1-abc"});
    assert_unauthorized(&house.visitor().with_token(&signed(JWT_KEY, Algorithm::HS256, &claims))).await;
    house.close().await;
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_with_the_password() {
    let house = House::open().await;
    let visitor = house.visitor();
    let body = json!({"email": "dami@test.example", "name": "a", "password": PASSWORD});
    let first = visitor.post("/api/v1/auth/register", &body).await.expect(201);
    let first = visitor.with_token(first.body["access_token"].as_str().unwrap());
    first.get("/api/v1/me").await.expect(200);
    users::reset_password(&house.shop, "dami@test.example", "another password").await.unwrap();
    let until = tokio::time::Instant::now() + Duration::from_secs(5);
    while first.get("/api/v1/me").await.status == 200 {
        assert!(tokio::time::Instant::now() < until, "the old token still counts after 5 seconds");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_unauthorized(&first).await;

    let login = json!({"email": "dami@test.example", "password": "another password"});
    let second = visitor.post("/api/v1/auth/login", &login).await.expect(200);
    let second = visitor.with_token(second.body["access_token"].as_str().unwrap());
    second.get("/api/v1/me").await.expect(200);
    house.clock.advance(Duration::from_secs(3_601));
    assert_unauthorized(&second).await;
    house.close().await;
}

#[tokio::test]
async fn coupons_are_for_everybody_but_a_bad_token_is_not_overlooked() {
    let house = House::open().await;
    house.visitor().get("/api/v1/coupons").await.expect(200);
    house.visitor().with_token("nonsense").get("/api/v1/coupons").await.problem(401, "unauthorized");
    house.close().await;
}

#[tokio::test]
async fn a_cookie_is_no_token() {
    let house = House::open().await;
    let token = house.shopper().await.token();
    for cookie in [format!("damda={token}"), format!("__Host-damda={token}"), format!("access_token={token}")] {
        assert_unauthorized(&house.visitor().with_header("cookie", &cookie)).await;
    }
    house.close().await;
}
