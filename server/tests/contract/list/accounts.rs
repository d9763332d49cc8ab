//! Registering, logging in, and whose request it is.

use crate::client::{Answer, Client, PASSWORD};
use crate::fleet::{Fleet, unique_email};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

const REGISTER: &str = "/api/v1/auth/register";
const LOGIN: &str = "/api/v1/auth/login";

fn claims_of(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("claims");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

pub async fn a_person_registers_logs_in_and_reads_their_account(shop: &Fleet) {
    let email = unique_email();
    let body = json!({"email": email, "name": "김담이", "password": PASSWORD});
    let registered = shop.visitor.post(REGISTER, &body).await.expect(201);
    let registered = shop.as_documented("post", REGISTER, registered);
    let user = &registered.body["user"];
    assert!(user["id"].is_i64());
    assert_eq!((&user["email"], &user["name"], &user["role"]), (&json!(email), &json!("김담이"), &json!("shopper")));
    let logged_in = shop.visitor.post(LOGIN, &json!({"email": email, "password": PASSWORD})).await.expect(200);
    let logged_in = shop.as_documented("post", LOGIN, logged_in);
    for answer in [&registered, &logged_in] {
        assert_eq!((&answer.body["user"], &answer.body["token_type"]), (user, &json!("Bearer")));
        let token = answer.body["access_token"].as_str().expect("a token");
        let claims = claims_of(token);
        assert_eq!((&claims["sub"], &claims["role"]), (&json!(user["id"].to_string()), &json!("shopper")));
        let lasts = claims["exp"].as_i64().expect("a time") - claims["iat"].as_i64().expect("a time");
        assert_eq!(answer.body["expires_in"], lasts);
        assert!(claims["jti"].is_string());
        let me = shop.visitor.with_token(token).get("/api/v1/me").await.expect(200);
        assert_eq!(&shop.as_documented("get", "/api/v1/me", me).body, user);
    }
}

pub async fn an_address_is_taken_once_whatever_its_case(shop: &Fleet) {
    let email = unique_email();
    let body = |email: &str| json!({"email": email, "name": "a", "password": PASSWORD});
    shop.visitor.post(REGISTER, &body(&email)).await.expect(201);
    for taken in [email.clone(), email.to_uppercase()] {
        let refused = shop.visitor.post(REGISTER, &body(&taken)).await.problem(409, "email_taken");
        shop.as_documented("post", REGISTER, refused);
    }
}

pub async fn what_is_wrong_with_a_registration_is_named_all_at_once(shop: &Fleet) {
    let (email, name) = (unique_email(), "n".repeat(101));
    let table = [
        (json!({"email": "nonsense", "name": "", "password": "short"}), &["email", "name", "password"][..]),
        (json!({"email": email, "name": name, "password": PASSWORD}), &["name"]),
        (json!({"email": email, "name": "a", "password": "p".repeat(129)}), &["password"]),
        (json!({"email": email, "name": "a"}), &["password"]),
        (json!({"email": 7, "name": "a", "password": PASSWORD}), &["email"]),
        (json!({"email": email, "name": "a", "password": PASSWORD, "role": "operator"}), &["role"]),
    ];
    for (body, fields) in table {
        let mut answer = shop.visitor.post(REGISTER, &body).await;
        for field in fields {
            answer = answer.invalid(field);
        }
        shop.as_documented("post", REGISTER, answer);
    }
    shop.visitor.post(LOGIN, &json!({"email": email, "password": PASSWORD})).await.problem(401, "invalid_credentials");
}

pub async fn a_wrong_password_and_an_unknown_address_read_the_same(shop: &Fleet) {
    let email = unique_email();
    let body = json!({"email": email, "name": "a", "password": PASSWORD});
    shop.visitor.post(REGISTER, &body).await.expect(201);
    let told = async |email: &str, password: &str| {
        let answer = shop.visitor.post(LOGIN, &json!({"email": email, "password": password})).await;
        let answer = shop.as_documented("post", LOGIN, answer.problem(401, "invalid_credentials"));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        let mut body = answer.body;
        body.as_object_mut().expect("a problem").remove("trace_id");
        body
    };
    assert_eq!(told(&email, "wrong password").await, told(&unique_email(), PASSWORD).await);
}

pub async fn nothing_private_answers_without_a_good_token(shop: &Fleet) {
    let shopper = shop.shopper_with(0).await;
    let claims = claims_of(&shopper.token());
    let signed = |key: &str, algorithm, claims: &Value| {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key.as_bytes()))
            .expect("a token")
    };
    let unsigned = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "typ": "JWT"}).to_string());
    let mut bad = vec![
        "nonsense".to_owned(),
        signed("another key, just as long as the right one", Algorithm::HS256, &claims),
        format!("{unsigned}.{}.", URL_SAFE_NO_PAD.encode(claims.to_string())),
    ];
    if let Some(key) = shop.jwt_key() {
        shop.visitor.with_token(&signed(key, Algorithm::HS256, &claims)).get("/api/v1/me").await.expect(200);
        let mut late = claims.clone();
        late["exp"] = json!(claims["iat"].as_i64().expect("a time") - 3_600);
        bad.extend([signed(key, Algorithm::HS256, &late), signed(key, Algorithm::HS512, &claims)]);
    }
    let strangers = bad.iter().map(|token| shop.visitor.with_token(token));
    for stranger in strangers.chain([shop.visitor.clone(), shop.visitor.with_header("authorization", "Basic YTpi")]) {
        assert_unauthorized(shop, &stranger).await;
    }
}

/// Every operation that asks who you are.
const PRIVATE: [(&str, &str); 9] = [
    ("get", "/api/v1/me"),
    ("get", "/api/v1/me/coupons"),
    ("get", "/api/v1/wallet"),
    ("get", "/api/v1/wallet/transactions"),
    ("post", "/api/v1/wallet/charges"),
    ("post", "/api/v1/coupons/{code}/claims"),
    ("post", "/api/v1/orders"),
    ("get", "/api/v1/orders"),
    ("get", "/api/v1/orders/{id}"),
];

async fn assert_unauthorized(shop: &Fleet, stranger: &Client) {
    for (method, path) in PRIVATE {
        let address = path.replace("{code}", "WELCOME10").replace("{id}", "018f8e3a-1111-7000-8000-000000000000");
        let request = stranger.request(method.to_uppercase().parse().expect("a method"), &address);
        let answer = Answer::of(request).await.problem(401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{path}");
        shop.as_documented(method, path, answer);
    }
}
