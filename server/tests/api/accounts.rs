//! Registering, logging in, `/me`, and the limits by address.

use crate::support::{Answer, House, NO_JOBS, PASSWORD, without_limits};
use serde_json::json;
use shop::Settings;
use shop::ports::Limit;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test]
async fn a_person_registers_logs_in_and_sees_their_account() {
    let house = House::open().await;
    let visitor = house.visitor();
    let body = json!({"email": "dami@test.example", "name": "김담이", "password": PASSWORD});
    let registered = visitor.post("/api/v1/auth/register", &body).await.expect(201);
    let user = &registered.body["user"];
    assert!(user["id"].is_i64());
    assert_eq!(
        (&user["email"], &user["name"], &user["role"]),
        (&json!("dami@test.example"), &json!("김담이"), &json!("shopper"))
    );
    assert_eq!((&registered.body["token_type"], &registered.body["expires_in"]), (&json!("Bearer"), &json!(3_600)));

    let login = json!({"email": "dami@test.example", "password": PASSWORD});
    let logged_in = visitor.post("/api/v1/auth/login", &login).await.expect(200);
    assert_eq!(&logged_in.body["user"], user);
    for answer in [&registered, &logged_in] {
        let token = answer.body["access_token"].as_str().expect("a token");
        let me = visitor.with_token(token).get("/api/v1/me").await.expect(200);
        assert_eq!(&me.body, user);
        assert!(!answer.text.contains(PASSWORD) && !answer.text.contains("argon2"));
    }
    house.close().await;
}

#[tokio::test]
async fn an_email_is_taken_once_whatever_its_case() {
    for house in House::on_each_engine().await {
        let visitor = house.visitor();
        let body = |email: &str| json!({"email": email, "name": "a", "password": PASSWORD});
        visitor.post("/api/v1/auth/register", &body("dami@test.example")).await.expect(201);
        for email in ["dami@test.example", "DAMI@TEST.EXAMPLE"] {
            visitor.post("/api/v1/auth/register", &body(email)).await.problem(409, "email_taken");
        }
        house.close().await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_named_all_at_once() {
    let house = House::open().await;
    let visitor = house.visitor();
    let long = "가".repeat(129);
    let table = [
        (json!({"email": "nonsense", "name": "", "password": "short"}), vec!["email", "name", "password"]),
        (json!({"email": "a@b.co", "name": "n".repeat(101), "password": PASSWORD}), vec!["name"]),
        (json!({"email": "a@b.co", "name": "a", "password": long}), vec!["password"]),
        (json!({"email": "a@b.co", "name": "a"}), vec!["password"]),
        (json!({"email": 7, "name": "a", "password": PASSWORD}), vec!["email"]),
        (json!({"email": "a@b.co", "name": "a", "password": PASSWORD, "role": "operator"}), vec!["role"]),
    ];
    for (body, fields) in table {
        let mut answer = visitor.post("/api/v1/auth/register", &body).await;
        for field in fields {
            answer = answer.invalid(field);
        }
    }
    assert_eq!(shop::user::service::count_users(&house.shop).await.unwrap(), 0);
    house.close().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_read_the_same() {
    let house = House::open().await;
    let visitor = house.visitor();
    let body = json!({"email": "dami@test.example", "name": "a", "password": PASSWORD});
    visitor.post("/api/v1/auth/register", &body).await.expect(201);
    let login = |email: &str, password: &str| json!({"email": email, "password": password});
    let wrong = visitor.post("/api/v1/auth/login", &login("dami@test.example", "wrong password")).await;
    let unknown = visitor.post("/api/v1/auth/login", &login("nobody@test.example", PASSWORD)).await;
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let strip = |answer: Answer| {
        let mut body = answer.problem(401, "invalid_credentials").body;
        body.as_object_mut().unwrap().remove("trace_id");
        body
    };
    assert_eq!(strip(wrong), strip(unknown));
    house.close().await;
}

/// A hash takes some 20 ms and all else a few: left out for an address that nobody has, the clock would tell who has an
/// account. The least of several tries is compared, which no neighbour on the machine makes shorter.
#[tokio::test]
async fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let house = House::open().await;
    let visitor = house.visitor();
    let body = json!({"email": "dami@test.example", "name": "a", "password": PASSWORD});
    visitor.post("/api/v1/auth/register", &body).await.expect(201);
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..8 {
        for (email, least) in [("dami@test.example", &mut known), ("nobody@test.example", &mut unknown)] {
            let login = json!({"email": email, "password": "wrong password"});
            let began = Instant::now();
            visitor.post("/api/v1/auth/login", &login).await.problem(401, "invalid_credentials");
            *least = (*least).min(began.elapsed());
        }
    }
    assert!(known < unknown * 2 && unknown < known * 2, "{known:?} when it is known, {unknown:?} when not");
    house.close().await;
}

#[tokio::test]
async fn five_wrong_passwords_block_an_account_known_or_not() {
    let settings = Settings { failure_limit: Some(5), ..without_limits() };
    let house = House::open_with_settings(settings).await;
    let visitor = house.visitor();
    let body = json!({"email": "dami@test.example", "name": "a", "password": PASSWORD});
    visitor.post("/api/v1/auth/register", &body).await.expect(201);
    for email in ["dami@test.example", "nobody@test.example"] {
        let wrong = json!({"email": email, "password": "wrong password"});
        for _ in 0..5 {
            visitor.post("/api/v1/auth/login", &wrong).await.problem(401, "invalid_credentials");
        }
        let blocked = visitor.post("/api/v1/auth/login", &json!({"email": email, "password": PASSWORD})).await;
        let blocked = blocked.problem(429, "temporarily_blocked");
        let seconds: u64 = blocked.header("retry-after").parse().unwrap();
        assert!((590..=600).contains(&seconds), "{seconds}");
        assert_eq!(blocked.body["retry_after"], seconds);
    }
    house.clock.advance(Duration::from_secs(601));
    let right = json!({"email": "dami@test.example", "password": PASSWORD});
    visitor.post("/api/v1/auth/login", &right).await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn registrations_and_logins_are_limited_by_address() {
    let two_a_minute = Some(Limit { count: 2, window: Duration::from_secs(60) });
    let settings = Settings { register_limit: two_a_minute, login_limit: two_a_minute, ..without_limits() };
    let house = House::open_with(settings, NO_JOBS, "http://shop.test", "127.0.0.1").await;
    let from = |address: &str| house.visitor().with_header("x-forwarded-for", address);
    let register = |email: &str| json!({"email": email, "name": "a", "password": PASSWORD});
    let visitor = from("203.0.113.7");
    visitor.post("/api/v1/auth/register", &register("a@test.example")).await.expect(201);
    visitor.post("/api/v1/auth/register", &json!({"email": "x"})).await.problem(422, "validation_failed");
    visitor.post("/api/v1/auth/register", &register("a@test.example")).await.problem(409, "email_taken");
    let full = visitor.post("/api/v1/auth/register", &register("b@test.example")).await.problem(429, "rate_limited");
    let seconds: u64 = full.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds));
    from("203.0.113.8").post("/api/v1/auth/register", &register("b@test.example")).await.expect(201);

    let login = json!({"email": "a@test.example", "password": PASSWORD});
    visitor.post("/api/v1/auth/login", &login).await.expect(200);
    visitor.post("/api/v1/auth/login", &login).await.expect(200);
    visitor.post("/api/v1/auth/login", &login).await.problem(429, "rate_limited");
    from("198.51.100.1, 203.0.113.7").post("/api/v1/auth/login", &login).await.problem(429, "rate_limited");
    house.clock.advance(Duration::from_secs(61));
    visitor.post("/api/v1/auth/login", &login).await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn a_stranger_cannot_choose_an_address() {
    let one = Some(Limit { count: 1, window: Duration::from_secs(60) });
    let house = House::open_with_settings(Settings { login_limit: one, ..without_limits() }).await;
    let login = json!({"email": "a@test.example", "password": PASSWORD});
    let from = |address: &str| house.visitor().with_header("x-forwarded-for", address);
    from("203.0.113.7").post("/api/v1/auth/login", &login).await.problem(401, "invalid_credentials");
    from("203.0.113.8").post("/api/v1/auth/login", &login).await.problem(429, "rate_limited");
    house.close().await;
}
