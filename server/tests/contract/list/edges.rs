//! What every request meets: shapes, sizes, addresses, languages, headers; and what a shop says of itself.

use crate::client::Answer;
use crate::fleet::Fleet;
use reqwest::Method;
use serde_json::json;

const JSON: Option<&str> = Some("application/json");
const TAKING_BODIES: [&str; 4] =
    ["/api/v1/orders", "/api/v1/wallet/charges", "/api/v1/auth/login", "/api/v1/auth/register"];

pub async fn a_body_that_is_no_json_or_too_large_or_of_another_type_is_refused(shop: &Fleet) {
    let shopper = shop.shopper_with(10_000).await;
    let big = format!(r#"{{"amount": 1000, "x": "{}"}}"#, "x".repeat(1_048_576));
    for path in TAKING_BODIES {
        for bytes in [&b""[..], b"not json", b"{\"items\":", b"items=1", b"{\"amount\": NaN}", b"\"\xff\""] {
            let answer = shopper.post_bytes(path, JSON, bytes).await.problem(400, "malformed_request");
            shop.as_documented("post", path, answer);
        }
        for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            let answer = shopper.post_bytes(path, content_type, br#"{"amount": 1000}"#).await;
            shop.as_documented("post", path, answer.problem(415, "unsupported_media_type"));
        }
        let answer = shopper.post_bytes(path, JSON, big.as_bytes()).await.problem(413, "payload_too_large");
        shop.as_documented("post", path, answer);
    }
    assert_eq!(shopper.balance().await, 10_000);
    let fits = format!(r#"{{"amount": 1000{}}}"#, " ".repeat(1_000_000));
    shopper
        .post_bytes("/api/v1/wallet/charges", Some("application/json; charset=utf-8"), fits.as_bytes())
        .await
        .expect(201);
}

pub async fn unknown_addresses_and_methods_are_problems(shop: &Fleet) {
    for path in ["/api", "/api/v1", "/api/v2/me", "/api/v1/nothing", "/api/v1/products/", "/api/v1/orders/1/2"] {
        shop.visitor.get(path).await.problem(404, "not_found");
    }
    let table = [
        (Method::DELETE, "/api/v1/products", "GET,HEAD"),
        (Method::PUT, "/api/v1/orders", "GET,HEAD,POST"),
        (Method::GET, "/api/v1/auth/login", "POST"),
        (Method::GET, "/api/v1/wallet/charges", "POST"),
        (Method::POST, "/api/v1/me", "GET,HEAD"),
    ];
    for (method, path, allow) in table {
        let answer = Answer::of(shop.visitor.request(method, path)).await.problem(405, "method_not_allowed");
        let mut allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{path}");
    }
    let head = Answer::of(shop.visitor.request(Method::HEAD, "/api/v1/products")).await.expect(200);
    assert_eq!(head.text, "");
}

pub async fn a_problem_is_told_in_the_language_asked_for(shop: &Fleet) {
    let is_korean = |text: &str| text.chars().any(|letter| ('가'..='힣').contains(&letter));
    for (asked, told) in [("ko-KR,ko;q=0.9", "ko"), ("fr", "ko"), ("en-US,en;q=0.9,ko;q=0.8", "en")] {
        let answer = shop.visitor.with_header("accept-language", asked).get("/api/v1/products?sort=best").await;
        let answer = answer.problem(422, "validation_failed");
        assert_eq!(answer.header("content-language"), told, "{asked}");
        assert_eq!(is_korean(answer.body["detail"].as_str().expect("a sentence")), told == "ko", "{asked}");
    }
    let plain = shop.visitor.get("/api/v1/me").await.problem(401, "unauthorized");
    assert!(is_korean(plain.body["detail"].as_str().expect("a sentence")), "Korean unless asked otherwise");
}

pub async fn the_api_is_data_and_has_its_headers(shop: &Fleet) {
    let mut traces = Vec::new();
    for path in ["/api/v1/products", "/api/v1/coupons", "/api/v1/nothing"] {
        let answer = shop.visitor.with_header("cookie", "id=anything").get(path).await;
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        for none in ["access-control-allow-origin", "set-cookie"] {
            assert_eq!(answer.header(none), "", "{path}: {none}");
        }
        traces.push(answer.header("x-request-id").to_owned());
    }
    traces.sort();
    traces.dedup();
    assert!(traces.len() == 3 && traces.iter().all(|trace| trace.len() == 32), "{traces:?}");
    let known = shop.visitor.get("/api/v1/coupons?limit=1").await.expect(200);
    let again = shop.visitor.with_header("if-none-match", known.header("etag")).get("/api/v1/coupons?limit=1").await;
    assert_eq!(again.expect(304).text, "");
}

pub async fn a_living_shop_says_so_and_documents_itself(shop: &Fleet) {
    let alive = shop.as_documented("get", "/healthz", shop.visitor.get("/healthz").await.expect(200));
    assert_eq!((&alive.body, alive.header("cache-control")), (&json!({"status": "ok"}), "no-store"));
    let ready = shop.as_documented("get", "/readyz", shop.visitor.get("/readyz").await.expect(200));
    assert_eq!(ready.body, json!({"status": "ready", "failing": [], "degraded": []}));
    let document = shop.visitor.get("/api/openapi.json").await.expect(200).body;
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1."));
    let page = shop.visitor.get("/api/docs").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    // Figures are nobody's business here.
    shop.visitor.with_header("accept", "text/html").get("/metrics").await.expect(404);
}
