//! What is answered instead of a page: in the shop's dress, in the reader's language, with no fault shown.
//! And the receipt, which only some may see.

use crate::edges::at_the_edge;
use crate::support::browser::Browser;
use crate::support::{Answer, House};
use app::legal::Seller;
use axum::routing::get;
use reqwest::Method;
use server::problem::Problem;
use server::state::Parts;
use shop::operator::OperatorRole;
use std::sync::Arc;
use std::time::Duration;

/// The page of a problem: whole, in the dress, and with nothing that runs.
#[track_caller]
fn dressed(answer: Answer, status: u16, title: &str) -> Answer {
    let answer = answer.expect(status);
    assert!(answer.header("content-type").starts_with("text/html"), "{}", answer.header("content-type"));
    assert_eq!(answer.header("cache-control"), "no-store");
    for part in [&format!("<h1 class=\"empty-title\">{title}</h1>"), "class=\"topbar\"", "class=\"footer\"", "noindex"]
    {
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
    assert!(!answer.text.contains("<script"), "{}", answer.text);
    answer
}

fn seller() -> Seller {
    Seller { name: "담다 & <b>상점</b>".to_owned(), phone: "02-123-4567".to_owned(), ..Seller::default() }
}

fn sold_by_somebody(web: &mut Parts) {
    web.legal = Arc::new(app::legal::Legal::read(seller(), |_| None).expect("sound templates"));
}

#[tokio::test]
async fn a_problem_wears_the_shops_dress_in_both_languages() {
    let house = House::open_changed(sold_by_somebody).await;
    for (lang, not_this_way, too_large, forbidden) in [
        ("ko", "이 주소는 이렇게 열 수 없습니다", "보낸 내용이 너무 큽니다", "받을 수 없는 요청입니다"),
        ("en", "This address cannot be opened like this", "What you sent is too large", "This request cannot be taken"),
    ] {
        let visitor = house.visitor().with_header("accept", "text/html").with_header("accept-language", lang);
        let page = dressed(visitor.get("/fn/login").await, 405, not_this_way);
        assert_eq!(page.header("content-language"), lang);
        assert!(page.text.contains(&format!("<html lang=\"{lang}\"")));
        assert!(page.text.contains("02-123-4567") && !page.text.contains("<b>"), "{}", page.text);
        let large = visitor.request(Method::POST, "/fn/login").form(&[("email", "x".repeat(300_000))]);
        dressed(Answer::of(large).await, 413, too_large);
        let foreign = visitor.request(Method::POST, "/fn/login").header("origin", "https://evil.example");
        dressed(Answer::of(foreign).await, 403, forbidden);
    }
    let named = house.visitor().with_header("accept", "text/html").with_header("accept-language", "ko");
    dressed(named.get("/fn/login?lang=en").await, 405, "This address cannot be opened like this");
    house.close().await;
}

#[tokio::test]
async fn a_limit_a_crowd_and_a_panic_wear_the_dress_too() {
    let house = House::open_changed(sold_by_somebody).await;
    for (lang, limited, busy, broken) in [
        ("ko", "잠시만 기다려 주세요", "지금은 손님이 많습니다", "상점에 문제가 생겼습니다"),
        ("en", "One moment, please", "The shop is very busy", "Something went wrong in the shop"),
    ] {
        let soon = Duration::from_millis(7_200);
        let too_many = get(async move || Problem::from(shop::Error::RateLimited { retry_after: soon }));
        let page = dressed(at_the_edge(&house, too_many, lang).await, 429, limited);
        assert_eq!((page.header("retry-after"), page.header("content-language")), ("8", lang));
        let crowded = get(async || Problem::service_unavailable());
        dressed(at_the_edge(&house, crowded, lang).await, 503, busy);
        let panics = get(async || -> String { panic!("a test of what becomes of it") });
        let page = dressed(at_the_edge(&house, panics, lang).await, 500, broken);
        assert!(page.text.contains(page.header("x-request-id")) && !page.text.contains("a test of"), "{}", page.text);
    }
    house.close().await;
}

#[tokio::test]
async fn a_fault_is_a_page_that_needs_no_database_and_says_nothing_of_itself() {
    let house = House::open().await;
    house.shop.db().close().await;
    let page = house.visitor().with_header("accept", "text/html").get("/products").await.expect(503);
    assert!(page.text.contains("상점에 문제가 생겼습니다") && page.text.contains("<code>"), "{}", page.text);
    for word in ["sqlite", "sqlx", "SELECT", "pool"] {
        assert!(!page.text.contains(word), "{word}: {}", page.text);
    }
}

#[tokio::test]
async fn a_closed_shop_says_so_and_lets_operators_in() {
    let house = House::open_changed(|web| web.is_in_maintenance = true).await;
    let visitor = house.visitor().with_header("accept", "text/html").with_header("accept-language", "ko");
    for path in ["/", "/products", "/checkout", "/orders", "/no-such-page", "/fn/buy_now"] {
        let page = dressed(visitor.get(path).await, 503, "잠시 문을 닫고 손보고 있습니다");
        assert_eq!(page.header("retry-after"), "600", "{path}");
    }
    let english = house.visitor().with_header("accept", "text/html").get("/?lang=en").await;
    dressed(english, 503, "We are closed for a short while");
    for path in ["/api/v1/products", "/api/v1/orders", "/api/v1/nothing"] {
        let problem = house.visitor().get(path).await.problem(503, "service_unavailable");
        assert_eq!(problem.header("retry-after"), "600", "{path}");
    }
    house.visitor().get("/healthz").await.expect(200);
    house.visitor().get("/readyz").await.expect(200);
    assert_eq!(visitor.get("/login").await.status, 200);
    assert_eq!(visitor.get("/admin").await.status, 303, "an operator is asked to log in");
    let email = "owner@shop.test";
    shop::user::service::create_operator(&house.shop, email, "운영자", crate::support::PASSWORD, OperatorRole::Owner)
        .await
        .unwrap();
    let mut operator = Browser::of(&house);
    operator.post("/fn/login", &[("email", email), ("password", crate::support::PASSWORD), ("next", "/admin")]).await;
    operator.get("/admin").await.expect(200);
    operator.get("/wallet").await.expect(503);
    house.close().await;
}

#[tokio::test]
async fn a_receipt_is_its_owners_and_of_what_was_sold() {
    let house = House::open_changed(sold_by_somebody).await;
    let product = house.save(crate::support::draft("RECEIPT", 10_000, 9)).await;
    let code = house.coupon(shop::coupon::Discount::Rate(10), 9).await;
    let mut owner = Browser::speaking(&house, "ko");
    let member = owner.log_in_with(&house, 50_000).await;
    member.claim(&code).await.expect(201);
    let order = serde_json::json!({"items": [{"product_id": product, "quantity": 2}], "coupon_code": code});
    let order = member.order(&order).await.expect(201).id();
    let path = format!("/orders/{order}/receipt");
    let page = owner.get(&path).await.expect(200);
    assert_eq!(page.header("cache-control"), "no-store");
    for part in [
        "영수증",
        "책RECEIPT",
        "₩20,000",
        "-₩2,000",
        "₩18,000",
        "KST",
        "02-123-4567",
        "담다 &#38; &#60;b&#62;",
        &order,
        &code,
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("<script") && !page.text.contains("<b>"));
    assert!(owner.get(&format!("/orders/{order}")).await.expect(200).text.contains(&path));
    let english = owner.get(&format!("{path}?lang=en")).await.expect(200);
    assert!(english.text.contains("Receipt") && english.text.contains("Book RECEIPT"));

    let mut stranger = Browser::of(&house);
    let asked = stranger.get(&path).await.expect(303);
    assert_eq!(asked.header("location"), format!("/login?next=%2Forders%2F{order}%2Freceipt"));
    stranger.log_in_with(&house, 0).await;
    let page = stranger.get(&path).await.expect(404);
    assert!(page.text.contains("empty-title") && !page.text.contains("책RECEIPT"));
    for nonsense in ["/orders/nonsense/receipt", "/orders/018f0000-0000-7000-8000-000000000000/receipt"] {
        owner.get(nonsense).await.expect(404);
    }
    let refused = serde_json::json!({"items": [{"product_id": product, "quantity": 10}]});
    let refused = member.order(&refused).await.problem(409, "insufficient_stock");
    let refused = refused.body["order_id"].as_str().expect("a kept order");
    owner.get(&format!("/orders/{refused}/receipt")).await.expect(404);
    assert!(!owner.get(&format!("/orders/{refused}")).await.expect(200).text.contains("/receipt"));
    house.verify().await;
    house.close().await;
}
